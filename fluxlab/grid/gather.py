"""A grid of images that were made at any time: the axes are what was recorded, and what nobody made stays visible."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fluxlab.analysis.exactness import known_distances
from fluxlab.blocks import absent
from fluxlab.catalog import Catalog, Generation
from fluxlab.catalog.columns import seed_of
from fluxlab.catalog.record import OWN
from fluxlab.errors import CatalogError, GridError, RecipeError, brief, nearest
from fluxlab.grid.cells import GridCell
from fluxlab.grid.holes import recipe_at, shared
from fluxlab.grid.labels import frozen, listed
from fluxlab.grid.varied import varied
from fluxlab.grid.view import Grid
from fluxlab.lora_axes import LORA, takes_parts
from fluxlab.recipe import Recipe

#: Most places of a grid, holes included.
PLACES_MAX = 10_000
#: Parameters that are read back from the pipeline under the same name.
_READ_BACK = ("steps", "width", "height")
_NAMES = (*(name for name in Recipe.fields() if name != "loras"), "size")
_UNKNOWN = object()


@dataclass(frozen=True)
class _Found:
    """The images at one place: the newest, and how many there are."""

    uid: str
    count: int


def gather(catalog: Catalog, x: str, y: str | None, facets: str | Sequence[str], query: Mapping[str, Any]) -> Grid:
    """The grid; see `fluxlab.Catalog.grid`."""
    if not isinstance(facets, Iterable):
        raise GridError(f"facets={brief(facets)} names no parameter: write text such as 'seed', or a list of such.")
    more = [facets] if isinstance(facets, str) else list(facets)
    names = [_axis(name) for name in (x, *([] if y is None else [y]), *more)]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise GridError(f"axis '{twice}' is asked for twice: give x, y and facets a parameter each.")
    needed = dict.fromkeys(column for name in names for column in (*_columns(name), *_read_back(name)))
    table = catalog.values(["status", "source", *needed], **query)
    places, unknown, foreign = _places(names, table.uids, table.columns)
    axes = {name: _ordered(name, [place[i] for place, _ in places.values()]) for i, name in enumerate(names)}
    count = math.prod(len(values) for values in axes.values())
    if count > PLACES_MAX:
        sizes = " x ".join(f"{len(values):,} {name}" for name, values in axes.items())
        raise GridError(
            f"the grid would have {count:,} places ({sizes}), and at most {PLACES_MAX:,} are allowed: choose other "
            "axes, or filter, as in prompt='a cat' or since='7d'."
        )
    shown = dict(zip(places, catalog.get_each(found.uid for _, found in places.values()), strict=True))
    cells = _cells(axes, shown, {key: found.count for key, (_, found) in places.items()})
    made = [each for each in shown.values() if isinstance(each, Generation)]
    scores = known_distances(catalog, made)
    cells = [replace(c, scores=scores.get(c.generation.uid, {})) if c.generation is not None else c for c in cells]
    prompts = dict.fromkeys(str(each.parameters.get("prompt")) for each in made)
    varying = varied(catalog, query, cells, axes)
    not_seen = {"foreign": foreign, "unknown": unknown, "failed": table.hidden_failed}
    return Grid(
        axes=axes,
        cells=tuple(cells),
        title=next(iter(prompts), "") + (f" and {len(prompts) - 1} more" if len(prompts) > 1 else ""),
        summary=_summary(cells, axes, varying, **not_seen),
        columns=names[0],
        rows=None if y is None else names[1],
    )


def _summary(
    cells: Sequence[GridCell],
    axes: Mapping[str, tuple[Any, ...]],
    varying: Mapping[str, int],
    *,
    foreign: int,
    unknown: int,
    failed: int,
) -> str:
    """What is seen, and everything that is not."""
    images = sum(cell.generation is not None for cell in cells)
    behind = sum(cell.count - 1 for cell in cells)
    unreadable = sum(cell.generation is None and cell.error is not None for cell in cells)
    holes = len(cells) - images - unreadable
    head = _counted(images, "image", "images") or "no image matches"
    if holes:
        head += f", {_counted(holes, 'hole', 'holes')}"
        # Images of other programs have no recipe that a hole could take.
        if any(cell.recipe is not None for cell in cells):
            head += " (lab.fill(grid) makes what is missing)"
    recorded = f"whose {listed(list(axes))} is not recorded"
    parts = (
        f"{len(cells):,} {'place' if len(cells) == 1 else 'places'}: {head}",
        _counted(behind, "older image behind them", "older images behind them"),
        f"they also vary in {listed([f'{name} ({count} values)' for name, count in varying.items()])}"
        if varying
        else "",
        _counted(foreign, "image of another program among them", "images of other programs among them")
        + (", not looked at for what varies" if foreign else ""),
        _counted(unknown, f"image left out, {recorded}", f"images left out, {recorded}"),
        _counted(unreadable, "image that cannot be read", "images that cannot be read"),
        _counted(failed, "failed one not shown", "failed ones not shown"),
    )
    return " · ".join(part for part in parts if part)


def _axis(given: str) -> str:
    """The name of an axis as grids write it: a column ``lora.ink`` is the axis ``lora:ink``."""
    name = given if isinstance(given, str) else brief(given)
    if name.startswith((LORA, "lora.")) and len(name) > len(LORA) and not takes_parts(LORA + name[len(LORA) :]):
        return LORA + name[len(LORA) :]
    if name not in _NAMES:
        raise GridError(
            f"axis '{name[:60]}' is no parameter:{nearest(name, _NAMES)} Allowed are {', '.join(_NAMES)} and "
            "lora:<name>."
        )
    return name


def _columns(axis: str) -> tuple[str, ...]:
    if axis == "size":
        return ("width", "height")
    return (f"lora.{axis.removeprefix(LORA)}",) if axis.startswith(LORA) else (axis,)


def _read_back(axis: str) -> tuple[str, ...]:
    return tuple(f"effective.{column}" for column in _columns(axis) if column in _READ_BACK)


def _places(
    names: Sequence[str], uids: Sequence[str], rows: Mapping[str, Sequence[Any]]
) -> tuple[dict[tuple[Hashable, ...], tuple[tuple[Any, ...], _Found]], int, int]:
    """What stands at each place; how many images say too little to stand anywhere; how many that do were imported.

    The oldest come first.
    """
    places: dict[tuple[Hashable, ...], tuple[tuple[Any, ...], _Found]] = {}
    unknown = foreign = 0
    for number, uid in enumerate(uids):
        values = tuple(_value(name, number, rows) for name in names)
        if _UNKNOWN in values:
            unknown += 1
            continue
        foreign += rows["source"][number] != OWN
        key = tuple(frozen(value) for value in values)
        good = rows["status"][number] == "ok"
        before = places.get(key)
        if before is None or not before[1].count:
            places[key] = (values, _Found(uid, int(good)))
        elif good:
            places[key] = (values, _Found(uid, before[1].count + 1))
    placed = {key: (values, _Found(found.uid, max(1, found.count))) for key, (values, found) in places.items()}
    return placed, unknown, foreign


def _value(axis: str, number: int, rows: Mapping[str, Sequence[Any]]) -> Any:
    """What was recorded: as read back from the pipeline where it was, else as asked for."""
    values = []
    for column in _columns(axis):
        read_back = rows.get(f"effective.{column}", [None] * (number + 1))[number]
        values.append(rows[column][number] if read_back is None else read_back)
    if None in values and rows["source"][number] != OWN:
        return _UNKNOWN  # what another program did not write down is not the same as none
    if axis == "size":
        return "x".join(map(str, values))
    if axis == "compile":
        return bool(values[0])  # kept as a number, and left out where it is off
    if axis.startswith(LORA):
        return absent(axis.removeprefix(LORA)) if values[0] is None else values[0]
    if axis == "seed":
        seed = seed_of(values[0])
        return _UNKNOWN if isinstance(seed, str) else seed  # a row that somebody changed
    return values[0]


def _ordered(axis: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """Numbers from small to large, sizes by their area, texts as they first came, none before all."""
    distinct = list({frozen(value): value for value in values}.values())
    if axis == "size":
        return tuple(sorted(distinct, key=lambda size: [math.prod(map(int, size.split("x"))), size]))
    if any(isinstance(value, str) for value in distinct):
        return tuple(sorted(distinct, key=lambda value: value is not None))
    return tuple(sorted(distinct, key=lambda value: (value is not None, value or 0)))


def _cells(
    axes: Mapping[str, tuple[Any, ...]],
    shown: Mapping[tuple[Hashable, ...], Generation | CatalogError],
    counts: Mapping[tuple[Hashable, ...], int],
) -> list[GridCell]:
    cells: list[GridCell] = []
    holes: list[int] = []
    for index, values in enumerate(itertools.product(*axes.values())):
        coords = dict(zip(axes, values, strict=True))
        key = tuple(frozen(value) for value in values)
        made = shown.get(key)
        if made is None:
            holes.append(index)
            cells.append(GridCell(index, coords, None, "missing", False, ""))
        elif isinstance(made, CatalogError):
            # Its row cannot be read: the sentence stands in its place, and the others are shown.
            cells.append(GridCell(index, coords, None, "failed", False, "", str(made), count=counts[key]))
        else:
            cells.append(GridCell(index, coords, made, made.status, True, made.key, count=counts[key]))
    constant, varying = shared(cells, axes)
    if constant and not varying:
        for index in holes:
            try:
                recipe = recipe_at(constant, cells[index].coords)
            except RecipeError:
                continue  # such as a guidance for a model without one: filling says so
            cells[index] = GridCell(index, cells[index].coords, None, "missing", False, "", recipe=recipe)
    return cells


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}" if count else ""
