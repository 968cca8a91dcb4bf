"""Which axis goes where: bundles of axes that advance together, and the choice of rows, columns, tabs and sections."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fluxlab.errors import GridError, nearest
from fluxlab.grid.cells import GridCell
from fluxlab.grid.labels import clean, frozen, value_labels, value_text

#: Text on an axis that is longer than this reads better as a heading than as a column's label.
LONG_TEXT = 24
#: Text kept behind a shortened label.
FULL_MAX = 4000


@dataclass(frozen=True)
class Bundle:
    """One axis, or several that advance together, as one direction of the grid.

    Parameters
    ----------
    axes
        Names, in the order of the grid's axes.
    values
        One tuple of values for each step along the bundle.
    """

    axes: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]

    @property
    def name(self) -> str:
        """The names of the axes, joined."""
        return " + ".join(clean(axis) for axis in self.axes)

    def labels(self, limit: int = 80) -> list[str]:
        """A label for each step; of an axis alone the value, of several each value with its name."""
        if len(self.axes) == 1:
            return value_labels([step[0] for step in self.values], limit)
        columns = [value_labels([step[i] for step in self.values], limit) for i in range(len(self.axes))]
        return [", ".join(f"{clean(axis)} {text}" for axis, text in zip(self.axes, step, strict=True))
                for step in zip(*columns, strict=True)]  # fmt: skip

    def named(self, limit: int = 80) -> list[Label]:
        """The labels with the name of the direction and the whole text of each value."""
        full = [", ".join(value_text(value, FULL_MAX) for value in step) for step in self.values]
        return [Label(self.name, *both) for both in zip(self.labels(limit), full, strict=True)]

    def place(self, coords: Mapping[str, Any]) -> tuple[Hashable, ...]:
        """Where a cell stands along the bundle."""
        return tuple(frozen(coords[axis]) for axis in self.axes)

    def places(self) -> list[tuple[Hashable, ...]]:
        """All places along the bundle, in order."""
        return [tuple(frozen(value) for value in step) for step in self.values]


class Label(NamedTuple):
    """A value along a direction: a text of its own among the direction's labels, and the whole text behind it."""

    name: str
    text: str
    full: str


@dataclass(frozen=True)
class Section:
    """A part of the grid where some axes are fixed; its cells by row and column."""

    labels: tuple[Label, ...]
    cells: dict[tuple[int, int], GridCell]


@dataclass(frozen=True)
class Layout:
    """Where every axis goes; ``None`` for a direction that no axis needs."""

    rows: Bundle | None
    columns: Bundle | None
    tabs: tuple[Bundle, ...]
    facets: tuple[Bundle, ...]

    def sections(self, cells: Sequence[GridCell], directions: Sequence[Bundle], limit: int = 160) -> list[Section]:
        """Split cells by the values of ``directions`` (the tabs or the facets); parts without a cell are left out."""
        positions = [_positions(direction) for direction in directions]
        labels = [direction.named(limit) for direction in directions]
        row_of, column_of = _positions(self.rows), _positions(self.columns)
        parts: dict[tuple[int, ...], dict[tuple[int, int], GridCell]] = {}
        for cell in cells:
            part = tuple(_at(of, d, cell) for of, d in zip(positions, directions, strict=True))
            parts.setdefault(part, {})[_at(row_of, self.rows, cell), _at(column_of, self.columns, cell)] = cell
        return [
            Section(tuple(names[i] for names, i in zip(labels, part, strict=True)), parts[part])
            for part in sorted(parts)
        ]


def _positions(bundle: Bundle | None) -> dict[tuple[Hashable, ...], int]:
    return {} if bundle is None else {place: i for i, place in enumerate(bundle.places())}


def _at(positions: Mapping[tuple[Hashable, ...], int], bundle: Bundle | None, cell: GridCell) -> int:
    return 0 if bundle is None else positions[bundle.place(cell.coords)]


def bundles(axes: Mapping[str, tuple[Any, ...]], cells: Sequence[GridCell]) -> list[Bundle]:
    """Axes with more than one value; those whose values go one to one in all cells are bundled.

    Two such axes came from ``zip=``, or a filter left only one partner to each value. Apart they would draw a
    diagonal in an empty square.
    """
    out: list[Bundle] = []
    for axis, values in axes.items():
        if len(values) < 2:
            continue
        for i, other in enumerate(out):
            pairs = {frozen(c.coords[other.axes[0]]): frozen(c.coords[axis]) for c in cells}
            seen = {(frozen(c.coords[other.axes[0]]), frozen(c.coords[axis])) for c in cells}
            if len(seen) == len(pairs) == len(set(pairs.values())) == len(values) == len(other.values):
                original = {frozen(value): value for value in values}
                out[i] = Bundle(
                    (*other.axes, axis), tuple((*step, original[pairs[frozen(step[0])]]) for step in other.values)
                )
                break
        else:
            out.append(Bundle((axis,), tuple((value,) for value in values)))
    return out


def choose(
    axes: Mapping[str, tuple[Any, ...]],
    cells: Sequence[GridCell],
    rows: str | None = None,
    columns: str | None = None,
    tabs: Sequence[str] = (),
) -> Layout:
    """Give every axis its place.

    Columns get the numeric axis with most values, rows the next; a seed comes after what is compared over seeds, and
    long texts last, because they make good headings. What is left becomes sections, or tabs where asked.

    Raises
    ------
    GridError
        For an unknown axis, or one that is asked for twice.
    """
    asked = [name for name in (rows, columns, *tabs) if name is not None]
    for name in asked:
        if name not in axes:
            known = ", ".join(axes) or "none: the grid has a single cell"
            raise GridError(f"axis '{name}' is not in this grid:{nearest(name, axes)} Its axes are {known}.")
    twice = next((name for name in asked if asked.count(name) > 1), None)
    if twice is not None:
        raise GridError(f"axis '{twice}' is asked for twice: give rows, columns and tabs an axis each.")
    found = bundles(axes, cells)
    for one in asked:
        # Whoever names two axes of a bundle wants to see them apart.
        together = next((b for b in found if one in b.axes and sum(name in b.axes for name in asked) > 1), None)
        if together is not None:
            at = found.index(together)
            found[at : at + 1] = [Bundle((a,), tuple((v,) for v in axes[a])) for a in together.axes]
    for name in asked:
        # An axis of one value is a fine row when somebody asks for it.
        if not any(name in b.axes for b in found):
            found.append(Bundle((name,), tuple((v,) for v in axes[name])))
    named = {name: next(b for b in found if name in b.axes) for name in asked}
    tab_bundles = tuple(named[name] for name in tabs)
    free = sorted((b for b in found if b not in named.values()), key=_rank)
    column = named[columns] if columns else (free.pop(0) if free else None)
    row = named[rows] if rows else (free.pop(0) if free else None)
    facets = tuple(b for b in found if b in free)
    return Layout(row, column, tab_bundles, facets)


def _rank(bundle: Bundle) -> tuple[int, int]:
    kind = min(_kind(axis, [step[i] for step in bundle.values]) for i, axis in enumerate(bundle.axes))
    return kind, -len(bundle.values)


def _kind(axis: str, values: Sequence[Any]) -> int:
    if axis == "seed":
        return 1
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return 0
    return 3 if any(len(str(v)) > LONG_TEXT for v in values) else 2
