"""Measures of images, kept with the version of the measure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fluxlab.catalog.record import now
from fluxlab.errors import CatalogError, NotFoundError

if TYPE_CHECKING:
    from sqlite_utils import Database


def checked(metric: str, values: Mapping[str, float]) -> dict[str, float]:
    """The values as finite floats.

    Raises
    ------
    CatalogError
        For a value that is no finite number.
    """
    numbers: dict[str, float] = {}
    for uid, value in values.items():
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise CatalogError(f"score {metric!r}={value!r} is not allowed: it must be a finite number.")
        numbers[str(uid)] = number
    return numbers


def put(db: Database, metric: str, values: Mapping[str, float], version: str) -> None:
    """Write measures inside the caller's transaction; a new one replaces the old."""
    for uid, value in values.items():
        if db.execute("SELECT 1 FROM generations WHERE uid = ?", [uid]).fetchone() is None:
            raise NotFoundError(f"uid={uid[:60]!r} is not in the catalog, so it cannot be scored.")
        db.execute(
            "INSERT OR REPLACE INTO scores (uid, metric, version, value, created) VALUES (?, ?, ?, ?, ?)",
            [uid, metric, version, value, now()],
        )


def read(db: Database, uids: Iterable[str], metric: str, version: str | None) -> dict[str, float]:
    """The measures of these images by uid."""
    rows = db.execute(
        "SELECT uid, value FROM scores WHERE uid IN (SELECT value FROM json_each(?)) AND metric = ? "
        "AND (? IS NULL OR version = ?)",
        [json.dumps(list(uids)), metric, version, version],
    ).fetchall()
    return {str(uid): float(value) for uid, value in rows}
