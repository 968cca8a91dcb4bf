"""Measures of images, kept with the version of the measure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.record import now
from fluxlab.errors import CatalogError, brief

if TYPE_CHECKING:
    from sqlite_utils import Database


def checked(metric: Any, values: Any, version: Any) -> dict[Any, float]:
    """The values as finite floats, by what names the generation.

    Raises
    ------
    CatalogError
        For a value that is no finite number, and a name of the measure or a version that is no text in one line.
    """
    for name, word in (("metric", metric), ("version", version)):
        if not isinstance(word, str) or not word.strip() or not word.isprintable():
            raise CatalogError(
                f"{name}={brief(word)} is not allowed: give text in one line such as 'sharpness' or '1'."
            )
    if not isinstance(values, Mapping):
        raise CatalogError(f"values={brief(values)} names no generations: give a mapping such as {{uid: 0.5}}.")
    numbers: dict[Any, float] = {}
    for uid, value in values.items():
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise CatalogError(f"score {brief(metric)}={brief(value)} is not allowed: it must be a finite number.")
        numbers[uid] = number
    return numbers


def put(db: Database, metric: str, values: Mapping[str, float], version: str) -> None:
    """Write measures inside the caller's transaction; a new one replaces the old."""
    for uid, value in values.items():
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
