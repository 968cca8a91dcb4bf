"""The grid of a run as it was recorded: its own axes, the images that it made, and those that it had already."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from fluxlab.catalog import Catalog, Generation
from fluxlab.catalog.encoding import load
from fluxlab.catalog.runs import RunCells
from fluxlab.errors import CatalogError, GridError, brief
from fluxlab.grid.cells import GridCell
from fluxlab.grid.gather import PLACES_MAX
from fluxlab.grid.labels import frozen
from fluxlab.grid.view import Grid

_MADE, _NOT_MADE = "made by this run", "not made"
_NOT_KNOWN = "not made by it, because it was stopped or the catalog had them before"
_Groups = Sequence[tuple[list[str], list[list[Any]]]]


def recorded_run(catalog: Catalog, run: str) -> Grid:
    """The grid of a run.

    A cell shows what this run made of it; where it made nothing, the image of its content key that the catalog has.
    Cells without an image stand empty. A run of a fluxlab that did not record its cells shows what it made alone, and
    says that the catalog may have had the others.

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
    told: RunCells | None = recorded["cells"]
    made = _made(catalog, run)
    try:
        groups = _groups(load(recorded["sweep"]))
        count = math.prod(len(rows) for _, rows in groups)
        if told is not None and any(place not in range(count) for place in told.places):
            raise ValueError("it has cells beyond its axes")
    except (CatalogError, KeyError, TypeError, ValueError) as error:
        raise GridError(f"run={brief(run)} is not recorded as fluxlab writes it ({brief(error)}).") from None
    shown = count if told is None else len(told.places)
    if shown > PLACES_MAX:
        raise GridError(f"the run has {shown:,} places, and a grid at most {PLACES_MAX:,}: look at its images instead.")
    axes = {
        name: tuple(dict.fromkeys(row[i] for row in rows)) for names, rows in groups for i, name in enumerate(names)
    }
    here = _by_place(axes, made)
    by_key = {} if told is None else {**had(catalog, told), **_by_key(made)}
    places: Iterable[int] = range(count) if told is None else told.places
    keys: Sequence[str] = [""] * shown if told is None else told.keys
    cells = []
    for index, (place, key) in enumerate(zip(places, keys, strict=True)):
        coords = _coords(groups, place)
        found = here.get(tuple(frozen(coords[axis]) for axis in axes), [])
        good = [each for each in found if each.status == "ok"]
        image = (good or found)[-1] if found else by_key.get(key)
        if image is None:
            cells.append(GridCell(index, coords, None, "missing", False, key))
        else:
            is_had = image.run != run
            cells.append(GridCell(index, coords, image, image.status, is_had, image.key, count=max(1, len(good))))
    title = str(recorded["name"] or _prompts([cell.generation for cell in cells if cell.generation is not None]))
    return Grid(
        axes=axes, cells=tuple(cells), title=title, summary=_summary(cells, _NOT_KNOWN if told is None else _NOT_MADE)
    )


def images_of_run(catalog: Catalog, run: str) -> list[str]:
    """The uids of what a run made, however it ended, and of the images that it had already.

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
    """
    told: RunCells | None = catalog.run(run)["cells"]
    made = catalog.values([], run=run, status=None).uids
    others = [] if told is None else [each.uid for each in had(catalog, told).values()]
    return list(dict.fromkeys([*made, *others]))


def had(catalog: Catalog, cells: RunCells) -> dict[str, Generation]:
    """The images of some cells by content key: exact ones, and for a fast run also fast ones.

    Parameters
    ----------
    catalog
        Where to look.
    cells
        Of a run.
    """
    found = catalog.find(cells.keys, mode="exact")
    if cells.mode == "fast":
        found |= catalog.find([key for key in cells.keys if key not in found], mode="fast")
    return found


def _made(catalog: Catalog, run: str) -> list[Generation]:
    uids = catalog.values([], run=run, status=None).uids
    return [each for each in catalog.get_each(uids) if isinstance(each, Generation) and each.coords is not None]


def _by_place(
    axes: Mapping[str, Sequence[Any]], made: Sequence[Generation]
) -> dict[tuple[Hashable, ...], list[Generation]]:
    places: dict[tuple[Hashable, ...], list[Generation]] = {}
    for each in made:
        if each.coords is not None and each.coords.keys() == axes.keys():
            places.setdefault(tuple(frozen(each.coords[axis]) for axis in axes), []).append(each)
    return places


def _by_key(made: Sequence[Generation]) -> dict[str, Generation]:
    """What the run made, for cells that share the image of another: a good image before an attempt that failed."""
    return {each.key: each for each in sorted(made, key=lambda each: each.status == "ok")}


def _groups(sweep: Mapping[str, Any]) -> _Groups:
    """The axes that advance together, and the rows of their values."""
    groups = [([str(name) for name in group["names"]], list(group["rows"])) for group in sweep["groups"]]
    if any(len(row) != len(names) for names, rows in groups for row in rows):
        raise ValueError("its rows are not as long as its axes")
    return [
        (names, [[tuple(value) if isinstance(value, list) else value for value in row] for row in rows])
        for names, rows in groups
    ]


def _coords(groups: _Groups, place: int) -> dict[str, Any]:
    """The values at a place, the last group advancing fastest."""
    coords: list[tuple[str, Any]] = []
    for names, rows in reversed(groups):
        place, row = divmod(place, len(rows))
        coords[:0] = zip(names, rows[row], strict=True)
    return dict(coords)


def _prompts(made: Sequence[Generation]) -> str:
    prompts = dict.fromkeys(str(each.parameters.get("prompt")) for each in made)
    more = f" and {len(prompts) - 1} more" if len(prompts) > 1 else ""
    return next(iter(prompts), "") + more


def _summary(cells: Sequence[GridCell], missing: str) -> str:
    """Every cell counted once, the first of those that share an image by where it came from."""
    kinds = Counter({_MADE: 0})
    seen: set[str] = set()
    for cell in cells:
        if cell.status == "missing":
            kinds[missing] += 1
        elif cell.status != "ok":
            kinds["being made" if cell.status == "started" else cell.status] += 1
        elif cell.key in seen:
            kinds["sharing the image of another cell"] += 1
        else:
            kinds["from the catalog" if cell.cached else _MADE] += 1
            seen.add(cell.key)
    return f"{len(cells):,} places: {', '.join(f'{count:,} {kind}' for kind, count in kinds.items())}"
