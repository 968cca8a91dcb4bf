"""YAML of the plain kind: mappings, lists, texts, numbers, true, false and null.

It is built from PyYAML's events, which make no objects. Tags, anchors and aliases are refused, so that no text can name
a class or grow when it is read; and what YAML 1.1 makes of ``1:30``, ``010``, ``no`` and ``2026-01-01`` stays what was
written.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from fluxlab.errors import SweepError, brief

TEXT_MAX = 100_000
NODES_MAX = 20_000
DEPTH_MAX = 8

_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_WHOLE = re.compile(r"[-+]?[0-9]{1,40}")
_REAL = re.compile(r"[-+]?(?:[0-9]{1,40}\.[0-9]{0,40}|\.[0-9]{1,40}|[0-9]{1,40}(?=[eE]))(?:[eE][-+]?[0-9]{1,3})?")
#: The cell's first line is the magic, and people count from 1.
_FIRST_LINE = 2


class _Open:
    """A mapping or a list that has not ended."""

    def __init__(self, value: dict[str, Any] | list[Any]) -> None:
        self.value = value
        self.key: str | None = None


def read_yaml(text: str) -> Any:
    """The value that a text stands for.

    Parameters
    ----------
    text
        The cell below the magic; lines are counted with the magic's own.

    Raises
    ------
    SweepError
        For text that is not YAML of this kind, or is too long or too deep.
    """
    if len(text) > TEXT_MAX:
        raise SweepError(f"the cell has {len(text):,} characters, and at most {TEXT_MAX:,} are read: write ranges.")
    stack = [_Open([])]
    nodes = documents = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _error(event, "begins a second document", "one cell is one sweep")
            elif isinstance(event, yaml.NodeEvent):
                nodes += 1
                _check(event, nodes, len(stack))
                _begin(stack, event)
            elif isinstance(event, yaml.CollectionEndEvent):
                _add(stack, stack.pop().value)
    except yaml.YAMLError as error:
        raise _not_yaml(error) from None
    whole = stack[0].value
    return whole[0] if isinstance(whole, list) and whole else None


def _check(event: Any, nodes: int, depth: int) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise _error(
            event, "has an anchor or an alias", "write the value again, and put text that begins with & or * in quotes"
        )
    if event.tag is not None:
        raise _error(
            event, f"has the tag {brief(event.tag)}", "leave it out, and put text that begins with ! in quotes"
        )
    if nodes > NODES_MAX:
        raise _error(event, f"passes {NODES_MAX:,} values", "write ranges such as 1..100")
    if depth > DEPTH_MAX:
        raise _error(event, f"lies more than {DEPTH_MAX} levels deep", "a sweep needs two or three")


def _begin(stack: list[_Open], event: Any) -> None:
    if isinstance(event, yaml.CollectionStartEvent):
        top = stack[-1]
        if isinstance(top.value, dict) and top.key is None:
            raise _error(event, "has a list or a mapping as a name", "put text that begins with [ or { in quotes")
        stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else []))
        return
    top = stack[-1]
    if isinstance(top.value, dict) and top.key is None:
        if event.value in top.value:
            raise _error(event, f"gives {brief(event.value)} a second time", "give every name once")
        top.key = event.value
        return
    if event.style in {"|", ">"}:
        # The break that ends such a text is the way it is written, and would make another prompt of it.
        _add(stack, event.value.rstrip("\n"))
        return
    _add(stack, event.value if event.style is not None else _plain(event.value))


def _add(stack: list[_Open], value: Any) -> None:
    top = stack[-1]
    if isinstance(top.value, list):
        top.value.append(value)
    elif top.key is not None:
        top.value[top.key], top.key = value, None


def _plain(text: str) -> Any:
    """A scalar without quotes."""
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _REAL.fullmatch(text) else text


def _error(event: Any, fault: str, remedy: str) -> SweepError:
    return SweepError(f"line {event.start_mark.line + _FIRST_LINE} of the cell {fault}: {remedy}.")


def _not_yaml(error: yaml.YAMLError) -> SweepError:
    mark = getattr(error, "problem_mark", None)
    place = "the cell" if mark is None else f"line {mark.line + _FIRST_LINE} of the cell"
    if "'\\t'" in str(getattr(error, "problem", "")):
        return SweepError(f"{place} has a tab where YAML takes none: put spaces in its place.")
    reason = " ".join(str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it breaks off").split())
    return SweepError(
        f"{place} is not YAML ({reason}): write lines such as 'seed: [1, 2]', and put text with ': ' or ' #' in it, or "
        "with a sign such as { or [ at its beginning, in quotes."
    )
