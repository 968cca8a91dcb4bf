"""A grid as the browser gets it: directions, cells and what there is to say of them, as JSON without pictures."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.compare import flat as nested
from fluxlab.catalog.marks import REJECTED
from fluxlab.grid.cells import GridCell
from fluxlab.grid.details import alt
from fluxlab.grid.labels import clean, coords_text, shorten, strengths, value_text
from fluxlab.grid.layout import Bundle
from fluxlab.grid.side_by_side import IMAGE
from fluxlab.grid.view import Grid

if TYPE_CHECKING:
    from fluxlab.catalog import Generation
    from fluxlab.catalog.marks import Marks

Json = dict[str, Any]

LABEL_MAX, TEXT_MAX, ERROR_MAX = 80, 4000, 600


@dataclass(frozen=True)
class Place:
    """Where a cell stands, and what is said of it.

    Parameters
    ----------
    steps
        Index along each direction of the grid.
    notes
        Its likeness to other cells: ``same pixels as seed 2``.
    """

    steps: tuple[int, ...]
    notes: tuple[str, ...] = ()


def directions(grid: Grid) -> list[Bundle]:
    """The directions of a grid, those that its layout puts into rows and columns first.

    Images side by side have none: they fill the lines of the window.
    """
    layout = grid.layout
    if tuple(grid.axes) == (IMAGE,):
        return []
    return [each for each in (layout.rows, layout.columns, *layout.tabs, *layout.facets) if each is not None]


def places(grid: Grid) -> dict[int, Place]:
    """Where every cell stands, by its index."""
    found = directions(grid)
    numbers = [{place: number for number, place in enumerate(bundle.places())} for bundle in found]
    return {
        cell.index: Place(
            tuple(of[bundle.place(cell.coords)] for bundle, of in zip(found, numbers, strict=True)),
            grid.notes.get(cell.index, ()),
        )
        for cell in grid.cells
    }


def frame(grid: Grid) -> Json:
    """What a scene says of the grid as a whole: everything but its cells."""
    layout = grid.layout
    found = directions(grid)
    return {
        "title": clean(shorten(grid.title, TEXT_MAX)),
        "summary": clean(grid.summary),
        "directions": [_direction(bundle) for bundle in found],
        "rows": found.index(layout.rows) if layout.rows in found else None,
        "columns": found.index(layout.columns) if layout.columns in found else None,
        "warnings": [str(dead) for dead in grid.dead],
        "fixed": [[clean(name), value_text(value, TEXT_MAX)] for name, value in grid.fixed.items()],
    }


def scene(grid: Grid, marks: Mapping[str, Marks]) -> Json:
    """A grid that stays as it is, with all its cells.

    Parameters
    ----------
    grid
        Of recorded generations.
    marks
        Theirs, by uid.
    """
    where = places(grid)
    told = [
        cell_json(cell, where[cell.index], None if cell.generation is None else marks.get(cell.generation.uid))
        for cell in grid.cells
    ]
    name = hashlib.sha256(repr([*grid.axes, *(cell["uid"] for cell in told)]).encode("utf-8", "replace")).hexdigest()
    still: Json = {"trail": [], "progress": None, "actions": [], "code": ""}
    return {"id": name[:16], **frame(grid), "cells": told, **still}


def cell_json(cell: GridCell, place: Place, marks: Marks | None) -> Json:
    """One cell.

    Parameters
    ----------
    cell
        A cell of a grid.
    place
        Where it stands.
    marks
        Its stars, tags and note; ``None`` where it has no generation.
    """
    made = cell.generation
    finished = cell.finished
    asked = cell.parameters
    return {
        "id": cell.index,
        "place": list(place.steps),
        "status": {"started": "running"}.get(cell.status, cell.status),
        "cached": cell.cached,
        "lossy": bool(cell.lossy),
        "label": coords_text(cell.coords, LABEL_MAX),
        "alt": alt(cell),
        "notes": list(place.notes),
        "uid": None if made is None else made.uid,
        "version": None if finished is None else version(finished),
        "width": asked.get("width"),
        "height": asked.get("height"),
        "error": None if cell.error is None or finished is not None else value_text(cell.error, ERROR_MAX),
        "step": 0 if made is None or made.step is None else made.step,
        "steps": asked.get("steps") or 0,
        **marks_json(marks),
    }


def marks_json(marks: Marks | None) -> Json:
    """What a person said of a cell."""
    tags = () if marks is None else marks.tags
    return {
        "stars": None if marks is None else marks.stars,
        "rejected": REJECTED in tags,
        "tags": [tag for tag in tags if tag != REJECTED],
        "note": None if marks is None else marks.note,
    }


def version(generation: Generation) -> str:
    """Changes with the picture."""
    return generation.file_hash or generation.uid


def uids(cells: Iterable[GridCell]) -> list[str]:
    """The uids of the cells that have a generation, each once."""
    return list(dict.fromkeys(cell.generation.uid for cell in cells if cell.generation is not None))


def _direction(bundle: Bundle) -> Json:
    numbers = len(bundle.axes) == 1 and all(_is_number(step[0]) for step in bundle.values)
    values: Sequence[tuple[Any, ...]] = bundle.values
    rising = numbers and all(operator.lt(a[0], b[0]) for a, b in pairwise(values))
    return {
        "name": bundle.name,
        "labels": [{"text": label.text, "full": label.full} for label in bundle.named(LABEL_MAX)],
        "numeric": rising,
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def details(cell: GridCell, first: GridCell | None, notes: Sequence[str]) -> Json:
    """Everything that is known of a cell.

    Parameters
    ----------
    cell
        The cell.
    first
        The cell that it is told against, the first of the grid; ``None`` where there is nothing to tell against.
    notes
        Its likeness to other cells.
    """
    made = cell.generation
    asked = flat(cell.parameters)
    other = {} if first is None else flat(first.parameters)
    effective: Mapping[str, Any] = {} if made is None else made.effective
    environment: Mapping[str, Any] = {} if made is None else made.environment
    return {
        "title": alt(cell),
        "parameters": [
            {
                "name": clean(name),
                "text": value_text(value, TEXT_MAX),
                "differs": bool(other) and other.get(name) != value,
                "base": value_text(other.get(name), TEXT_MAX) if other and other.get(name) != value else None,
            }
            for name, value in asked.items()
        ],
        "effective": _pairs(effective),
        "environment": _pairs(environment),
        "path": None if made is None or made.path is None else str(made.path),
        "seconds": None if made is None or not made.timings else sum(made.timings.values()),
        "notes": [*notes, *([f"lossy: {clean(cell.lossy)}"] if cell.lossy else [])],
    }


def flat(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a recipe, each LoRA as one of them."""
    loras = strengths(parameters.get("loras"))
    values = {name: value for name, value in parameters.items() if name != "loras"}
    return {**values, **{f"lora:{name}": strength for name, strength in loras.items()}}


def _pairs(values: Mapping[str, Any]) -> list[list[str]]:
    return [[clean(name), value_text(value, TEXT_MAX)] for name, value in nested(values).items()]


def comparison(cells: Sequence[GridCell]) -> Json:
    """A table of what two to four cells have in common and what not.

    Parameters
    ----------
    cells
        The cells, in the order of the table's columns.
    """
    asked = [flat(cell.parameters) for cell in cells]
    used = [{} if c.generation is None else nested(c.generation.effective) for c in cells]
    around = [{} if c.generation is None else nested(c.generation.environment) for c in cells]
    rows = [row for part, values in (("", asked), ("used ", used), ("", around)) for row in _rows(part, values)]
    factors = [row["name"] for row in _rows("", asked) if not row["same"]]
    warning = None
    if len(factors) > 1:
        warning = f"{len(factors)} factors changed: {', '.join(factors)}; the difference cannot be put down to one."
    return {"rows": rows, "factors": factors, "warning": warning}


def _rows(part: str, values: Sequence[Mapping[str, Any]]) -> list[Json]:
    names = dict.fromkeys(name for each in values for name in each)
    return [
        {
            "name": f"{part}{clean(str(name))}",
            "values": [value_text(each[name], TEXT_MAX) if name in each else "not said" for each in values],
            "same": all(name in each and each[name] == values[0].get(name) for each in values),
        }
        for name in names
    ]
