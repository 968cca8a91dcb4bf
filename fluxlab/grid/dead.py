"""Dead axes: cells that differ in their recipe and not in their pixels, reported in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from fluxlab.grid.cells import GridCell
from fluxlab.grid.folded import FoldedAxis, folded_axes
from fluxlab.grid.groups import along
from fluxlab.grid.labels import clean, coords_text, frozen, listed, value_text
from fluxlab.grid.layout import Bundle

#: Pairs of values that a sentence names before it counts the rest.
PAIRS_SHOWN = 3


@dataclass(frozen=True)
class SamePixels:
    """Two values of an axis, and in how many of the comparable groups they gave the same pixels."""

    one: str
    other: str
    equal: int
    groups: int


@dataclass(frozen=True)
class DeadAxis:
    """An axis whose different recipes gave the same pixels.

    Parameters
    ----------
    axis
        Name of the axis; axes that advance together are joined by ``" + "``.
    entirely
        Whether all cells of every comparable group are the same picture (dead), or only some (partly dead).
    groups
        Comparable groups: cells that agree in all other coordinates, at least two of them finished and with
        different content keys.
    equal
        Groups in which at least one pair is the same picture.
    whole
        Groups in which all cells are the same picture.
    where
        What the groups with equal pixels have in common and the others have not, such as ``lora:ink 1``; empty where
        there is no such thing.
    pairs
        The pairs of values that gave the same pixels.
    values
        Labels of all values that took part.
    """

    axis: str
    entirely: bool
    groups: int
    equal: int
    whole: int
    where: str
    pairs: tuple[SamePixels, ...]
    values: tuple[str, ...]

    def __str__(self) -> str:
        """One sentence that says what changed nothing, and where."""
        if self.entirely:
            where = f"in all {self.groups} comparable groups" if self.groups > 1 else "in the one comparable group"
            return (
                f"{self.axis} is a dead axis: {listed(self.values)} gave the same pixels {where}, "
                "although the recipes differ."
            )
        where = f" (those with {self.where})" if self.where else ""
        if self.whole == self.equal:
            return (
                f"{self.axis} is partly dead: all of its values gave the same pixels in {self.equal} of {self.groups} "
                f"comparable groups{where}, although the recipes differ."
            )
        pairs = [f"{p.one} and {p.other} gave the same pixels in {p.equal} of {p.groups} comparable groups"
                 for p in self.pairs[:PAIRS_SHOWN]]  # fmt: skip
        more = len(self.pairs) - PAIRS_SHOWN
        if more > 0:
            pairs.append(f"and so did {more} more pair{'s' if more > 1 else ''} of values in some groups")
        return f"{self.axis} is partly dead: {'; '.join(pairs)}{where}, although the recipes differ."


def dead_axes(cells: Sequence[GridCell], axes: Mapping[str, tuple[Any, ...]]) -> tuple[DeadAxis | FoldedAxis, ...]:
    """Find the axes along which different recipes gave the same pixels, or could give nothing else.

    Cells with the same content key share one image, so their pixels are not compared. Values that the model takes as
    one follow as a `FoldedAxis`; LoRAs of strength 0 are left out on purpose and are not reported. `notes` says of
    every such cell that it is the same image as another.

    Parameters
    ----------
    cells
        The cells of a grid; those without a finished image are passed over.
    axes
        Axis names and values.
    """
    found = (_examine(bundle, groups, axes) for bundle, groups in _grouped(cells, axes))
    return (*(dead for dead in found if dead is not None), *folded_axes(cells, axes))


def notes(cells: Sequence[GridCell], axes: Mapping[str, tuple[Any, ...]]) -> dict[int, tuple[str, ...]]:
    """What each cell has to say of its likeness to others: cell index to phrases such as ``same pixels as seed 2``."""
    out: dict[int, list[str]] = {}
    first: dict[str, GridCell] = {}
    for cell in cells:
        if first.setdefault(cell.key, cell) is not cell and cell.key:
            other = first[cell.key]
            differing = {a: v for a, v in other.coords.items() if cell.coords.get(a) != v}
            out.setdefault(cell.index, []).append(f"same image as {coords_text(differing) or f'cell {other.index}'}")
    for bundle, groups in _grouped(cells, axes):
        for members in groups:
            for cell in members:
                twins = [c for c in members if c.pixels == cell.pixels and c.key != cell.key]
                if twins:
                    labels = dict(zip(bundle.places(), bundle.labels(24), strict=True))
                    others = listed([labels[bundle.place(c.coords)] for c in twins], 3)
                    name = f"{bundle.name} " if len(bundle.axes) == 1 else ""
                    out.setdefault(cell.index, []).append(f"same pixels as {name}{others}")
    return {index: tuple(phrases) for index, phrases in out.items()}


def _grouped(
    cells: Sequence[GridCell], axes: Mapping[str, tuple[Any, ...]]
) -> list[tuple[Bundle, list[list[GridCell]]]]:
    """For each direction, the groups of finished cells that agree in everything else and have different keys."""
    out = []
    for bundle, groups in along(cells, axes):
        finished = [[cell for cell in members if cell.pixels] for members in groups]
        out.append((bundle, [members for members in finished if len({cell.key for cell in members}) > 1]))
    return out


def _examine(
    bundle: Bundle, groups: Sequence[Sequence[GridCell]], axes: Mapping[str, tuple[Any, ...]]
) -> DeadAxis | None:
    position = {place: i for i, place in enumerate(bundle.places())}
    same: Counter[tuple[int, int]] = Counter()
    compared: Counter[tuple[int, int]] = Counter()
    equal: list[GridCell] = []
    unequal: list[GridCell] = []
    whole = 0
    taken: set[int] = set()
    for members in groups:
        placed = sorted(((position[bundle.place(c.coords)], c) for c in members), key=lambda item: item[0])
        hits = tried = 0
        for (i, one), (j, two) in combinations(placed, 2):
            if one.key != two.key:
                compared[i, j] += 1
                tried += 1
                taken.update((i, j))
                if one.pixels == two.pixels:
                    same[i, j] += 1
                    hits += 1
        (equal if hits else unequal).append(members[0])
        whole += hits == tried
    if not same:
        return None
    labels = bundle.labels(40)
    pairs = tuple(SamePixels(labels[i], labels[j], same[i, j], compared[i, j]) for i, j in sorted(same))
    return DeadAxis(
        axis=bundle.name,
        entirely=same == compared,
        groups=len(groups),
        equal=len(equal),
        whole=whole,
        where=_common(equal, unequal, [axis for axis in axes if axis not in bundle.axes]),
        pairs=pairs,
        values=tuple(labels[i] for i in sorted(taken)),
    )


def _common(equal: Sequence[GridCell], unequal: Sequence[GridCell], axes: Sequence[str]) -> str:
    """The values of one axis that all groups with equal pixels have and no other group has."""
    if not unequal:
        return ""
    for axis in axes:
        inside = {frozen(cell.coords[axis]): cell.coords[axis] for cell in equal}
        if not inside.keys() & {frozen(cell.coords[axis]) for cell in unequal}:
            return f"{clean(axis)} {listed([value_text(value, 40) for value in inside.values()], 4)}"
    return ""
