"""Values to JSON text and back without damage: NaN, infinities, numpy values and lone surrogates survive."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from pathlib import PurePath
from typing import Any

from fluxlab.errors import CatalogError

DEPTH_MAX = 64
#: JSON has no NaN and no infinities: they are written as ``{"$float": "nan"}``.
_FLOAT = "$float"
#: A real mapping that looks like a tag is wrapped in this one, so that it comes back as it was.
_OBJECT = "$object"
_SURROGATE = re.compile("[\ud800-\udfff]")


def plain(value: Any, depth: int = 0) -> Any:
    """``value`` as JSON types: numpy scalars and arrays, tuples, sets, enums, paths, dates and datetimes are turned.

    Parameters
    ----------
    value
        What is to be kept.
    depth
        How deep the caller already is.

    Raises
    ------
    CatalogError
        For a type that JSON cannot hold, and for nesting deeper than `DEPTH_MAX`.
    """
    if depth > DEPTH_MAX:
        raise CatalogError(f"a recorded value is nested deeper than {DEPTH_MAX} levels: record something flatter.")
    if isinstance(value, Enum):
        return plain(value.value, depth)
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {_FLOAT: str(float(value))}
    if isinstance(value, Mapping):
        body = {str(key): plain(item, depth + 1) for key, item in value.items()}
        return {_OBJECT: body} if len(body) == 1 and set(body) <= {_FLOAT, _OBJECT} else body
    if isinstance(value, (set, frozenset)):
        return [plain(item, depth + 1) for item in sorted(value, key=repr)]
    if isinstance(value, (list, tuple, range)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, date):  # or a datetime, which is one
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    # numpy and torch are not imported here: their values know how to become Python values themselves.
    turn = getattr(value, "tolist", None)
    if callable(turn):
        return plain(turn(), depth + 1)
    raise CatalogError(
        f"a value of type {type(value).__name__} cannot be recorded: give numbers, text, lists or mappings."
    )


def dump(value: Any) -> str:
    """Canonical JSON of any value: sorted keys, no spaces, valid UTF-8 whatever the text."""
    try:
        text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise CatalogError(f"a recorded value cannot be written as JSON ({error}): use smaller numbers.") from None
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def load(text: str | bytes) -> Any:
    """What `dump` wrote.

    Raises
    ------
    CatalogError
        For text that is not JSON, or is nested too deeply.
    """
    try:
        value = json.loads(text)
        # Most records hold no tag, and a look at the text is cheaper than a walk through the values.
        tagged = any(tag in text for tag in (_FLOAT, _OBJECT)) if isinstance(text, str) else True
        return _untag(value) if tagged else value
    except (ValueError, RecursionError) as error:
        raise CatalogError(f"a record is not readable JSON ({type(error).__name__}): it was changed or cut.") from None


def clean(value: Any) -> Any:
    """``value`` as it will be when it is read back: plain Python values, NaN and infinities included."""
    return _untag(plain(value))


def text_safe(text: str) -> str:
    """``text`` with lone surrogates escaped, so that SQLite and files take it."""
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def is_unicode(text: str) -> bool:
    """Whether ``text`` has no lone surrogate, so that files and databases take it as it is."""
    return _SURROGATE.search(text) is None


def _untag(value: Any) -> Any:
    if isinstance(value, dict):
        if len(value) == 1:
            if isinstance(value.get(_FLOAT), str):
                return float(value[_FLOAT])
            if isinstance(value.get(_OBJECT), dict):
                return {key: _untag(item) for key, item in value[_OBJECT].items()}
        return {key: _untag(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_untag(item) for item in value]
    return value
