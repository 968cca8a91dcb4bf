"""JSON as other programs write it, from anybody: NaN and huge numbers are taken, bombs are not."""

from __future__ import annotations

import json
from typing import Any

from fluxlab.catalog.formats.bounds import DEPTH_MAX, ITEMS_MAX

_DIGITS_MAX = 400


class LooseJSONError(ValueError):
    """A text that is not JSON, or more of it than is read; the message finishes a sentence."""


def _int(digits: str) -> int | str:
    """A number too long for any parameter stays text."""
    return int(digits) if len(digits) <= _DIGITS_MAX else digits


# Python's own defaults take NaN and the infinities.
_DECODER = json.JSONDecoder(parse_int=_int, strict=False)


def loads(source: str, start: int = 0) -> Any:
    """The value of a JSON text.

    Parameters
    ----------
    source
        The text.
    start
        Where in it the value begins.

    Raises
    ------
    LooseJSONError
        When it is no JSON, holds too many values, or is nested too deeply.
    """
    value, end = loads_at(source, start)
    # Some programs end their texts with NULs.
    if source[end:].strip(" \t\r\n\0"):
        raise LooseJSONError("has text after its JSON")
    return value


def loads_at(source: str, start: int) -> tuple[Any, int]:
    """The JSON value that begins at ``start``, and where it ends; more text may follow.

    Raises
    ------
    LooseJSONError
        As in `loads`.
    """
    if sum(source.count(mark) for mark in ",[{") > ITEMS_MAX:
        raise LooseJSONError(f"holds more than {ITEMS_MAX:,} values")
    while source[start : start + 1] in {" ", "\t", "\r", "\n", "\ufeff"}:
        start += 1
    try:
        value, end = _DECODER.raw_decode(source, start)
    except RecursionError:
        raise LooseJSONError(f"is nested deeper than {DEPTH_MAX} levels") from None
    except ValueError:
        raise LooseJSONError("is not readable JSON") from None
    if _depth(value) > DEPTH_MAX:
        raise LooseJSONError(f"is nested deeper than {DEPTH_MAX} levels")
    return value, end


def _depth(value: Any) -> int:
    """Levels of lists and mappings, counted level by level, so that depth costs no stack."""
    level, depth = [value] if isinstance(value, (dict, list)) else [], 0
    while level:
        depth += 1
        level = [
            item
            for each in level
            for item in (each.values() if isinstance(each, dict) else each)
            if isinstance(item, (dict, list))
        ]
    return depth
