"""What images took lately, for the price of a plan."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.encoding import load
from fluxlab.catalog.record import seconds
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from sqlite_utils import Database

_RECENT = 50


def medians(db: Database, model: str, width: int, height: int) -> dict[str, float] | None:
    """Median seconds ``per_step``, to ``encode`` and to ``decode``; ``None`` while nothing is recorded.

    ``per_step`` is one call of the transformer: true classifier-free guidance takes two of them in each step.

    Parameters
    ----------
    db
        The catalog.
    model, width, height
        As in the recipe.
    """
    rows = db.execute(
        "SELECT timings, effective, recipe FROM generations JOIN details ON details.id = generations.id "
        "WHERE model = ? AND width = ? AND height = ? AND status = 'ok' AND recipe IS NOT NULL "
        "ORDER BY generations.id DESC LIMIT ?",
        [model, int(width), int(height), _RECENT],
    ).fetchall()
    taken = [each for row in rows if (each := _taken(*row)) is not None]
    steps = [each["denoise"] / calls for each, calls in taken if "denoise" in each]
    if not steps:
        return None
    phases = {name: [each[name] for each, _ in taken if name in each] for name in ("encode", "decode")}
    return {
        "per_step": statistics.median(steps),
        **{name: statistics.median(values) if values else 0.0 for name, values in phases.items()},
    }


def _taken(timings: str, effective: str, recipe: str) -> tuple[dict[str, float], int] | None:
    """Seconds and calls of one image; none of a row that is not as fluxlab writes it: it must not cost the others."""
    try:
        return seconds(load(timings)), _calls(load(effective), load(recipe))
    except (AttributeError, CatalogError, LookupError, TypeError, ValueError):
        return None


def _calls(effective: Mapping[str, Any], recipe: Mapping[str, Any]) -> int:
    """How often the transformer ran: as counted, or as the recipe asks for where nobody counted."""
    counted = effective.get("transformer_calls")
    if isinstance(counted, int) and counted > 0:
        return counted
    return max(1, int(recipe["steps"])) * (2 if recipe["true_cfg_scale"] > 1 else 1)
