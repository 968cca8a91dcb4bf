"""Filling the holes of a grid: which images are wanted, and the grid with them in their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fluxlab.errors import GridError
from fluxlab.grid import Grid, GridCell, recipes_of_holes
from fluxlab.grid.labels import coords_text, frozen, strengths
from fluxlab.models import Resolver
from fluxlab.recipe import LATER, Recipe
from fluxlab.sweep import Sweep, sweep_of

#: What is said of what was made; a size is told as one.
_TOLD = (
    *("model", "prompt", "negative_prompt", "seed", "steps", "guidance", "true_cfg_scale", "size", "scheduler"),
    *("loras", *LATER),
)


@dataclass(frozen=True)
class Hole:
    """A place without an image: the recipe that its label tells, and the content key of what will be made."""

    recipe: Recipe
    key: str


@dataclass(frozen=True)
class Holes:
    """What a grid lacks.

    Parameters
    ----------
    grid
        The grid as it was.
    of
        What would fill them, by the index of the cell.
    """

    grid: Grid
    of: Mapping[int, Hole]

    def __len__(self) -> int:
        return len(self.of)

    @property
    def sweep(self) -> Sweep:
        """The sweep that makes them, one cell for each.

        Raises
        ------
        GridError
            For a grid without holes.
        """
        if not self.of:
            raise GridError("this grid has no holes: there is nothing to fill.")
        return sweep_of([hole.recipe for hole in self.of.values()])

    @property
    def waiting(self) -> Grid:
        """The grid whose holes say what they wait for, so that a run can be watched in it."""
        return self._with(
            lambda cell, hole: replace(cell, status="waiting", key=hole.key, recipe=hole.recipe, error=None),
            f"{self._many} to fill{self._taken}",
        )

    def filled(self, made: Grid) -> Grid:
        """The grid with the images of its holes.

        Parameters
        ----------
        made
            The grid of the run that made them.
        """
        by_key = {cell.key: cell for cell in made.cells}
        return self._with(
            lambda cell, hole: replace(by_key[hole.key], index=cell.index, coords=cell.coords, recipe=hole.recipe),
            f"{self._many} filled{self._taken}: {made.summary}",
        )

    @property
    def _many(self) -> str:
        return f"{len(self)} {'hole' if len(self) == 1 else 'holes'}"

    @property
    def _taken(self) -> str:
        """What all that fills it has beside the axes, where images of other programs say nothing of it, or another."""
        if not self.of or not any(cell.generation is not None and cell.recipe is None for cell in self.grid.cells):
            return ""
        told = [_told(hole.recipe) for hole in self.of.values()]
        on_axes = {*self.grid.axes, *(("size",) if {"width", "height"} & set(self.grid.axes) else ())}
        common = {
            name: value
            for name, value in told[0].items()
            if name not in on_axes and all(name in each and frozen(each[name]) == frozen(value) for each in told)
        }
        return f" with {coords_text(common)}" if common else ""

    def _with(self, put: Callable[[GridCell, Hole], GridCell], summary: str) -> Grid:
        cells = [cell if (hole := self.of.get(cell.index)) is None else put(cell, hole) for cell in self.grid.cells]
        return replace(self.grid, cells=tuple(cells), summary=summary)


def holes_of(grid: Grid, base: Mapping[str, Any], resolver: Resolver) -> Holes:
    """What a grid lacks.

    Parameters
    ----------
    grid
        Any grid.
    base
        Values for the parameters in which its images differ beside the axes.
    resolver
        Tells what is made for a recipe.

    Raises
    ------
    GridError
        When the images leave a recipe open, or the model would make another one.
    FluxlabError
        For a recipe that cannot be made.
    """
    recipes = recipes_of_holes(grid, base)
    found = {index: Hole(recipe, resolver.key(_same(recipe, resolver))) for index, recipe in recipes.items()}
    return Holes(grid, found)


def _told(recipe: Recipe) -> dict[str, Any]:
    """What is said of an image that is made: what is unset is not."""
    values = {
        **recipe.values(),
        "size": f"{recipe.width}x{recipe.height}",
        "loras": strengths(recipe.values()["loras"]),
    }
    return {name: values[name] for name in _TOLD if values.get(name) not in (None, {})}


def _same(recipe: Recipe, resolver: Resolver) -> Recipe:
    """The recipe as it will be made, which must be no other: a hole's label says what it is filled with."""
    resolved = resolver.recipe(recipe.values())
    wanted, given = recipe.values(), resolved.values()
    for name, value in given.items():
        if value != wanted.get(name):
            raise GridError(
                f"a hole with {name}={wanted.get(name)!r} cannot be filled: model '{recipe.model}' would take "
                f"{name}={value!r}; choose images with a value, or make a Sweep."
            )
    return resolved
