"""Templates as lines of a field, one a line; a backslash at the end of a line lets its template go on in the next."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import ipywidgets as widgets

from fluxlab.panels.panel import WIDE

#: A backslash that no other one makes literal, at the end of a line.
_GOES_ON = re.compile(r"(?<!\\)(?:\\\\)*\\$")


def prompt_field(templates: Sequence[str]) -> Any:
    """A field for templates; `written` reads it.

    Parameters
    ----------
    templates
        What stands in it at first.
    """
    return widgets.Textarea(
        value=as_lines(templates), description="prompt", style=WIDE, layout=widgets.Layout(width="98%", height="5em")
    )


def as_lines(templates: Sequence[str]) -> str:
    """Templates as a person would type them.

    Parameters
    ----------
    templates
        With line breaks or without.
    """
    return "\n".join("\\\n".join(map(_ended, template.split("\n"))) for template in templates)


def _ended(line: str) -> str:
    """A line whose end cannot be mistaken: templates take two backslashes for one."""
    return f"{line}\\" if _GOES_ON.search(line) else line


def written(prompt: Any) -> list[str]:
    """The templates in a `prompt_field`; an empty one is the empty prompt."""
    out: list[str] = []
    going_on = False
    for line in prompt.value.split("\n"):
        if going_on:
            out[-1] = f"{out[-1][:-1]}\n{line}"
        elif line.strip():
            out.append(line)
        else:
            continue
        going_on = _GOES_ON.search(line) is not None
    return out or [""]
