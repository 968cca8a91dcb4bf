"""``catalog.sql``: a person's own query, which can only read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.arrays import inferred
from fluxlab.catalog.columns import column, known, members, quoted_names
from fluxlab.catalog.reading import Asked, reading
from fluxlab.catalog.selection import bindable
from fluxlab.errors import CatalogError, brief

if TYPE_CHECKING:
    import pandas as pd

#: Bytes that the rows of one query may take: below what ends a notebook, far above an honest table.
TABLE_MAX = 4 * 2**30
#: About what Python takes for a row, and for a value beside the letters of a text.
_ROW, _CELL = 64, 48
_EXAMPLE = "'select model, count(*) from images group by model'"
_ALIAS = re.compile(r'\bas\s+("[^"]*")', re.IGNORECASE)
_BEGINNING = re.compile(r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*([a-zA-Z]*)", re.DOTALL)

#: Names that only the real tables have.
_OF_TABLES = frozenset(
    (
        *("images", "generations", "details", "environments", "scores", "tags", "notes", "runs", "prompts"),
        *(
            "id",
            "rowid",
            "rank",
            "recipe",
            "effective",
            "files",
            "pipeline",
            "timings",
            "environment",
            "imported",
            "pid",
        ),
        *("pid", "boot", "hash", "body", "metric", "version", "value", "tag", "note", "name", "sweep"),
        *("seconds_encode", "seconds_denoise", "seconds_decode", "seconds_write", "seconds_total"),
    )
)


def table(path: Path, text: str, params: Mapping[str, Any] | Sequence[Any] | None) -> pd.DataFrame:
    """The rows of a query; see `Catalog.sql`."""
    import pandas as pd

    if not isinstance(text, str) or not text.strip():
        raise CatalogError(f"sql={brief(text)} is no query: write one such as {_EXAMPLE}.")
    asked = Asked("sql", text, "a query", _EXAMPLE)
    begins = _BEGINNING.match(text)
    word = begins[1] if begins else ""
    if word.lower() not in {"select", "with"}:
        raise CatalogError(f"{asked} begins with {word or text.strip()[:1]!r}: only SELECT and WITH are allowed.")
    aliases = {name.strip('"') for name in _ALIAS.findall(text)}
    for name in quoted_names(text):
        if name not in aliases and name not in _OF_TABLES:
            # SQLite takes a name in double quotes that no column has for a text, and compares with that.
            column(name)
    bound = bindable(params)
    with reading(path, asked, view=_view(text)) as connection:
        cursor = connection.execute(text, bound)
        names = [str(item[0]) for item in cursor.description]
        rows = list(_bounded(cursor, asked))
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    found = pd.concat([pd.Series(inferred(values)) for values in columns], axis=1) if rows else None
    result = pd.DataFrame(columns=names) if found is None else found.set_axis(names, axis=1)
    result.attrs = {"query": {"sql": text}, "count": len(rows)}
    return result


def _bounded(rows: Iterable[tuple[Any, ...]], asked: Asked) -> Iterator[tuple[Any, ...]]:
    """The rows, as long as the memory can be expected to hold them: a query may go on for ever."""
    held = 0
    for row in rows:
        held += _ROW + sum(_CELL + len(value) if isinstance(value, (str, bytes)) else _CELL for value in row)
        if held > TABLE_MAX:
            raise CatalogError(
                f"{asked} gives more than {TABLE_MAX >> 30} GiB: ask for less at once, or LIMIT the rows."
            )
        yield row


def _view(text: str) -> str:
    """``images``: every generation with the columns of ``df``, and those of the LoRAs and scores that are named."""
    columns = {item.name: item for item in (*known(), *members(text))}
    parts = ", ".join(f"{item.literal} AS {item.quoted}" for item in columns.values())
    return f"CREATE TEMP VIEW images AS SELECT {parts} FROM generations"  # noqa: S608  (own names, quoted values)
