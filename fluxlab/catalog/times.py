"""``since`` and ``until``: a span back from now, a date, or a moment."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from typing import Any

from fluxlab.errors import CatalogError

_SPAN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([mhdw])\s*", re.IGNORECASE)
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def moment(name: str, given: Any) -> str:
    """A time as the catalog keeps it: UTC text of fixed width, so that text order is time order.

    A date alone is the whole day: its beginning for ``since``, its end for ``until``. A time without a zone is local.

    Parameters
    ----------
    name
        ``"since"`` or ``"until"``.
    given
        ``"30m"``, ``"12h"``, ``"7d"`` or ``"2w"`` before now, or a timedelta; a datetime, a date, or either as ISO
        text; also those of pandas and NumPy.

    Raises
    ------
    CatalogError
        For anything else.
    """
    try:
        return instant(_read(name, given))
    except (ValueError, TypeError, OverflowError, OSError):
        shown = repr(given if not isinstance(given, str) else given[:60])
        raise CatalogError(
            f"{name}={shown[:80]} is no time: give a span back from now such as '7d', '12h', '30m' or '2w', a date, "
            "a datetime, or ISO text such as '2026-11-24T18:30'."
        ) from None


def instant(found: datetime) -> str:
    """A moment as UTC text of fixed width; one without a zone is local.

    Raises
    ------
    ValueError, OverflowError
        For one that is none, such as pandas' NaT, or too early for UTC.
    """
    if found != found:  # noqa: PLR0124  (how NaT is told: it equals nothing)
        raise ValueError("it is no time")
    return found.astimezone(UTC).isoformat(timespec="microseconds")


def python_time(given: Any) -> Any:
    """A time of pandas or NumPy as Python has it; anything else as it is."""
    if type(given).__module__.partition(".")[0] == "numpy" and hasattr(given, "item"):
        given = given.item()
    to_python = getattr(given, "to_pydatetime", None) or getattr(given, "to_pytimedelta", None)
    return given if to_python is None or given != given else to_python()  # noqa: PLR0124  (as above)


def _read(name: str, given: Any) -> datetime:
    given = python_time(given)
    if isinstance(given, str):
        span = _SPAN.fullmatch(given)
        if span is not None:
            return datetime.now(UTC) - timedelta(seconds=float(span[1]) * _SECONDS[span[2].lower()])
        text = given.strip()
        given = date.fromisoformat(text) if len(text) == len("2026-11-24") else datetime.fromisoformat(text)
    if isinstance(given, timedelta):
        return datetime.now(UTC) - given
    if isinstance(given, datetime):
        return given
    if isinstance(given, date):
        return datetime.combine(given, clock.max if name == "until" else clock.min)
    raise ValueError
