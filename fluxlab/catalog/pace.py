"""What images took lately, for the price of a plan."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from fluxlab.catalog.encoding import load

if TYPE_CHECKING:
    from sqlite_utils import Database

_RECENT = 50


def medians(db: Database, model: str, width: int, height: int) -> dict[str, float] | None:
    """Median seconds ``per_step``, to ``encode`` and to ``decode``; ``None`` while nothing is recorded.

    Parameters
    ----------
    db
        The catalog.
    model, width, height
        As in the recipe.
    """
    rows = db.execute(
        "SELECT timings, steps FROM generations WHERE model = ? AND width = ? AND height = ? "
        "AND status = 'ok' ORDER BY id DESC LIMIT ?",
        [model, int(width), int(height), _RECENT],
    ).fetchall()
    taken = [(load(timings), steps) for timings, steps in rows]
    steps = [each["denoise"] / count for each, count in taken if "denoise" in each]
    if not steps:
        return None
    phases = {name: [each[name] for each, _ in taken if name in each] for name in ("encode", "decode")}
    return {
        "per_step": statistics.median(steps),
        **{name: statistics.median(values) if values else 0.0 for name, values in phases.items()},
    }
