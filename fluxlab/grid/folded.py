"""Folded axes: values that come to the same image before anything runs, because the model takes them as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fluxlab.grid.cells import GridCell
from fluxlab.grid.groups import along
from fluxlab.grid.labels import listed
from fluxlab.grid.layout import Bundle
from fluxlab.recipe import Recipe

#: Sets of values that a sentence names before it counts the rest.
SETS_SHOWN = 3


@dataclass(frozen=True)
class SameImage:
    """Values of an axis that share one content key, and in how many of the comparable groups they do."""

    values: tuple[str, ...]
    equal: int
    groups: int


@dataclass(frozen=True)
class FoldedAxis:
    """An axis on which different recipes have the same content key, so that one image was made for all of them.

    Parameters
    ----------
    axis
        Name of the axis; axes that advance together are joined by ``" + "``.
    sets
        The values that come to the same image.
    """

    axis: str
    sets: tuple[SameImage, ...]

    def __str__(self) -> str:
        """One sentence that says which values are one to the model, and where."""
        first, *others = [
            listed(same.values)
            + ("" if same.equal == same.groups else f" (in {same.equal} of {same.groups} comparable groups)")
            for same in self.sets[:SETS_SHOWN]
        ]
        more = len(self.sets) - SETS_SHOWN
        if more > 0:
            others.append(f"{more} more set{'s' if more > 1 else ''} of values")
        rest = f", and so do {'; '.join(others)}" if others else ""
        return f"{self.axis} {first} come to the same image{rest}: the model cannot tell them apart."


def folded_axes(cells: Sequence[GridCell], axes: Mapping[str, tuple[Any, ...]]) -> tuple[FoldedAxis, ...]:
    """Find the axes along which different recipes have the same content key.

    Recipes that differ in LoRAs of strength 0 alone are no finding: such a LoRA is left out on purpose.

    Parameters
    ----------
    cells
        The cells of a grid, those without an image included.
    axes
        Axis names and values.
    """
    found = (FoldedAxis(bundle.name, _sets(bundle, groups)) for bundle, groups in along(cells, axes))
    return tuple(folded for folded in found if folded.sets)


def _sets(bundle: Bundle, groups: Sequence[Sequence[GridCell]]) -> tuple[SameImage, ...]:
    position = {place: i for i, place in enumerate(bundle.places())}
    equal: Counter[tuple[int, ...]] = Counter()
    present: list[set[int]] = []
    for members in groups:
        present.append({position[bundle.place(cell.coords)] for cell in members})
        shared: dict[str, dict[Recipe, int]] = {}
        for cell in members:
            if cell.key and cell.recipe is not None:
                # Recipes that are equal but for LoRAs that take no part stand once.
                shared.setdefault(cell.key, {}).setdefault(_worn(cell.recipe), position[bundle.place(cell.coords)])
        equal.update(tuple(sorted(recipes.values())) for recipes in shared.values() if len(recipes) > 1)
    labels = bundle.labels(40)
    return tuple(
        SameImage(tuple(labels[i] for i in places), equal[places], sum(here.issuperset(places) for here in present))
        for places in sorted(equal)
    )


def _worn(recipe: Recipe) -> Recipe:
    return recipe.replace(loras=[use.model_dump() for use in recipe.loras if use.acts])
