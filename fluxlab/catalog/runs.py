"""Runs: one execution of a plan each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.encoding import dump, load, text_safe
from fluxlab.catalog.record import now
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from sqlite_utils import Database

#: Stands in the sweep's own text, where whoever reads sweeps alone passes over it: no table has to change for it.
_CELLS = "cells"


@dataclass(frozen=True)
class RunCells:
    """The cells of a run, whether it makes them or has them from the catalog.

    Parameters
    ----------
    mode
        ``"exact"`` or ``"fast"``: which images of the catalog it takes.
    places
        The number of each cell among all combinations of the sweep's axes.
    keys
        Their content keys.
    """

    mode: str
    places: Sequence[int]
    keys: Sequence[str]


def put(db: Database, run_id: str, sweep_json: str, name: str | None, cells: RunCells | None) -> None:
    """Write a run inside the caller's transaction; one that is known keeps its first record."""
    sweep = load(sweep_json)
    if cells is not None:
        everything = list(cells.places) == list(range(len(cells.keys)))
        places = None if everything else list(cells.places)
        sweep = {**sweep, _CELLS: {"mode": cells.mode, "places": places, "keys": list(cells.keys)}}
    db.execute(
        "INSERT OR IGNORE INTO runs (id, name, sweep, created) VALUES (?, ?, ?, ?)",
        [run_id, None if name is None else text_safe(name), dump(sweep), now()],
    )


def read(db: Database, run_id: str) -> dict[str, Any] | None:
    """A run, or ``None``."""
    for row in db.query("SELECT id, name, sweep, created FROM runs WHERE id = ?", [run_id]):
        return {**row, **_parts(row["sweep"])}
    return None


def _parts(text: str) -> dict[str, Any]:
    """The sweep and the cells; a text that somebody changed is given as it is: whoever reads the sweep refuses it."""
    try:
        sweep = load(text)
        cells = _cells(sweep.pop(_CELLS, None))
        return {"sweep": dump(sweep), "cells": cells}
    except (AttributeError, CatalogError):
        return {"sweep": text, "cells": None}


def _cells(told: Any) -> RunCells | None:
    """What `put` wrote; ``None`` for anything else, and for runs of a fluxlab that wrote nothing."""
    try:
        keys = [str(key) for key in told["keys"]]
        places = range(len(keys)) if told["places"] is None else [int(place) for place in told["places"]]
        return RunCells(str(told["mode"]), places, keys) if len(places) == len(keys) else None
    except (KeyError, TypeError, ValueError):
        return None
