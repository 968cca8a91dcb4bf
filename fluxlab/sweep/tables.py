"""Small tables for notebooks: every text escaped, colours inherited, so that dark themes stay readable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

_CELL = "text-align:left;padding:2px 12px 2px 0;color:inherit;background:transparent;overflow-wrap:anywhere"


def shown(value: Any) -> str:
    """A value as short text: numbers without trailing zeros, long text cut, line breaks made visible."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, int):
        return str(value)
    text = repr(str(value))
    return text if len(text) <= 60 else text[:56] + "…" + text[-1]


def table(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """An HTML table with a caption.

    Parameters
    ----------
    title
        The caption.
    head
        Column headers.
    rows
        Cells; each is escaped.
    """
    header = "".join(f'<th scope="col" style="{_CELL}">{escape(str(cell))}</th>' for cell in head)
    body = "".join(
        "<tr>" + "".join(f'<td style="{_CELL}">{escape(str(cell))}</td>' for cell in row) + "</tr>" for row in rows
    )
    return (
        f'<table style="color:inherit;background:transparent;border-collapse:collapse">'
        f'<caption style="{_CELL};font-weight:bold;caption-side:top">{escape(title)}</caption>'
        f"<thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"
    )
