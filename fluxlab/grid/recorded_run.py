"""The grid of a run as it was recorded: its own axes, and the images that it made."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from fluxlab.catalog import Catalog, Generation
from fluxlab.catalog.encoding import load
from fluxlab.errors import CatalogError, GridError, brief
from fluxlab.grid.cells import GridCell
from fluxlab.grid.gather import PLACES_MAX
from fluxlab.grid.labels import frozen
from fluxlab.grid.view import Grid


def recorded_run(catalog: Catalog, run: str) -> Grid:
    """The grid of a run.

    Places without an image of this run stand empty: they were not made, or the catalog had them before.

    Parameters
    ----------
    catalog
        Where it is recorded.
    run
        Its id.

    Raises
    ------
    NotFoundError
        When there is no such run.
    GridError
        When it has more places than a grid may have, or is not recorded as fluxlab writes it.
    """
    recorded = catalog.run(run)
    found = [
        each
        for each in catalog.get_each(catalog.values([], run=run, status=None).uids)
        if isinstance(each, Generation) and each.coords is not None
    ]
    try:
        groups = _groups(load(recorded["sweep"]))
    except (CatalogError, KeyError, TypeError, ValueError) as error:
        raise GridError(f"run={brief(run)} is not recorded as fluxlab writes it ({brief(error)}).") from None
    count = math.prod(len(rows) for _, rows in groups)
    if count > PLACES_MAX:
        raise GridError(f"the run has {count:,} places, and a grid at most {PLACES_MAX:,}: look at its images instead.")
    axes = {
        name: tuple(dict.fromkeys(row[i] for row in rows)) for names, rows in groups for i, name in enumerate(names)
    }
    newest: dict[tuple[Hashable, ...], list[Generation]] = {}
    for made in found:
        if made.coords is not None and made.coords.keys() == axes.keys():
            newest.setdefault(tuple(frozen(made.coords[axis]) for axis in axes), []).append(made)
    cells = []
    for index, coords in enumerate(_places(groups)):
        here = newest.get(tuple(frozen(coords[axis]) for axis in axes), [])
        good = [each for each in here if each.status == "ok"]
        if not here:
            cells.append(GridCell(index, coords, None, "missing", False, ""))
            continue
        shown = (good or here)[-1]
        cells.append(GridCell(index, coords, shown, shown.status, False, shown.key, count=max(1, len(good))))
    return Grid(axes=axes, cells=tuple(cells), title=_title(recorded, found), summary=_summary(cells))


def _groups(sweep: Mapping[str, Any]) -> list[tuple[list[str], list[list[Any]]]]:
    """The axes that advance together, and the rows of their values."""
    groups = [([str(name) for name in group["names"]], list(group["rows"])) for group in sweep["groups"]]
    if any(len(row) != len(names) for names, rows in groups for row in rows):
        raise ValueError("its rows are not as long as its axes")
    return [
        (names, [[tuple(value) if isinstance(value, list) else value for value in row] for row in rows])
        for names, rows in groups
    ]


def _values(rows: Sequence[Sequence[Any]], place: int) -> tuple[Any, ...]:
    """The values of one axis, each once, in their order."""
    values: dict[Hashable, Any] = {}
    for row in rows:
        values.setdefault(frozen(row[place]), row[place])
    return tuple(values.values())


def _places(groups: Sequence[tuple[list[str], list[list[Any]]]]) -> list[dict[str, Any]]:
    names = [name for names, _ in groups for name in names]
    product = itertools.product(*(rows for _, rows in groups))
    return [dict(zip(names, itertools.chain.from_iterable(rows), strict=True)) for rows in product]


def _title(recorded: Mapping[str, Any], found: Sequence[Generation]) -> str:
    prompts = dict.fromkeys(str(each.parameters.get("prompt")) for each in found)
    more = f" and {len(prompts) - 1} more" if len(prompts) > 1 else ""
    return str(recorded["name"] or next(iter(prompts), "") + more)


def _summary(cells: Sequence[GridCell]) -> str:
    made = sum(cell.status == "ok" for cell in cells)
    parts = [f"{len(cells):,} places: {made:,} made by this run"]
    if failed := sum(cell.status == "failed" for cell in cells):
        parts.append(f"{failed:,} failed")
    if missing := sum(cell.status == "missing" for cell in cells):
        parts.append(f"{missing:,} not made by it, because it was stopped or the catalog had them before")
    return ", ".join(parts)
