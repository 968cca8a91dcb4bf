"""Filling the holes of a grid: which images are wanted, and the grid with them in their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fluxlab.errors import GridError
from fluxlab.grid import Grid, GridCell, recipes_of_holes
from fluxlab.models import Resolver
from fluxlab.recipe import Recipe
from fluxlab.sweep import Sweep, sweep_of


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
            f"{self._many} to fill",
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
            f"{self._many} filled: {made.summary}",
        )

    @property
    def _many(self) -> str:
        return f"{len(self)} {'hole' if len(self) == 1 else 'holes'}"

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
