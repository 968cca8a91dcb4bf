"""Filling the holes of a grid: which images are wanted, and the grid with them in their places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fluxlab.errors import GridError
from fluxlab.grid import Grid, recipes_of_holes
from fluxlab.models import Resolver
from fluxlab.recipe import Recipe


@dataclass(frozen=True)
class Hole:
    """A place without an image: the recipe that its label tells, and the content key of what will be made."""

    recipe: Recipe
    key: str


def holes_of(grid: Grid, base: Mapping[str, Any], resolver: Resolver) -> dict[int, Hole]:
    """What a grid lacks, by the index of the cell.

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
    return {index: Hole(recipe, resolver.key(_same(recipe, resolver))) for index, recipe in recipes.items()}


def filled(grid: Grid, holes: Mapping[int, Hole], made: Grid) -> Grid:
    """The grid with the images of its holes.

    Parameters
    ----------
    grid
        As it was.
    holes
        From `holes_of`, at least one.
    made
        The grid of the run that made them.
    """
    by_key = {cell.key: cell for cell in made.cells}
    cells = [
        cell
        if (hole := holes.get(cell.index)) is None
        else replace(by_key[hole.key], index=cell.index, coords=cell.coords, recipe=hole.recipe)
        for cell in grid.cells
    ]
    many = "hole" if len(holes) == 1 else "holes"
    return replace(grid, cells=tuple(cells), summary=f"{len(holes)} {many} filled: {made.summary}")


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
