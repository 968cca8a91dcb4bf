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
        ``"30m"``, ``"12h"``, ``"7d"`` or ``"2w"`` before now; a datetime, a date, or either as ISO text.

    Raises
    ------
    CatalogError
        For anything else.
    """
    try:
        found = _read(name, given)
        return found.astimezone(UTC).isoformat(timespec="microseconds")
    except (ValueError, OverflowError, OSError):
        shown = repr(given if not isinstance(given, str) else given[:60])
        raise CatalogError(
            f"{name}={shown[:80]} is no time: give a span back from now such as '7d', '12h', '30m' or '2w', a date, "
            "a datetime, or ISO text such as '2026-11-24T18:30'."
        ) from None


def _read(name: str, given: Any) -> datetime:
    if isinstance(given, str):
        span = _SPAN.fullmatch(given)
        if span is not None:
            return datetime.now(UTC) - timedelta(seconds=float(span[1]) * _SECONDS[span[2].lower()])
        text = given.strip()
        given = date.fromisoformat(text) if len(text) == len("2026-11-24") else datetime.fromisoformat(text)
    if isinstance(given, datetime):
        return given
    if isinstance(given, date):
        return datetime.combine(given, clock.max if name == "until" else clock.min)
    raise ValueError
