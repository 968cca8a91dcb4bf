"""The places of a grid without an image, and the recipes that would fill them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fluxlab.blocks import absent, flat_loras, nested_loras
from fluxlab.errors import GridError, RecipeError, brief, nearest
from fluxlab.grid.cells import GridCell
from fluxlab.grid.labels import coords_text, frozen, listed, value_text
from fluxlab.lora_axes import LORA, NAME, STRENGTH, is_set, worn_at
from fluxlab.recipe import LATER, Recipe

if TYPE_CHECKING:
    from fluxlab.grid.view import Grid


def recipes_of_holes(grid: Grid, base: Mapping[str, Any]) -> dict[int, Recipe]:
    """The recipe of every cell without a finished image, by the cell's index.

    Parameters
    ----------
    grid
        Any grid.
    base
        Values for the parameters in which its images differ beside the axes.

    Raises
    ------
    GridError
        When the images leave a recipe open, and for values that are not needed.
    """
    if not hasattr(grid, "cells"):
        raise GridError(f"grid={brief(grid)} is not a grid: give one such as catalog.grid('seed', 'guidance').")
    if not isinstance(base, Mapping):
        raise GridError(f"base={brief(base)} names no values: give a mapping such as {{'seed': 1}}.")
    holes = [cell for cell in grid.cells if cell.finished is None and cell.status != "started"]
    bare = [cell for cell in holes if cell.recipe is None or base]
    constant, varying = shared(grid.cells, grid.axes)
    if base:
        _check_base(base, grid, constant, varying)
    if bare and not constant and not varying:
        sources = sorted({cell.generation.source for cell in grid.cells if cell.generation is not None})
        why = f"its images were imported from {listed(sources)} and have" if sources else "it has no image with"
        raise GridError(f"this grid has holes that cannot be filled, because {why} no recipe of fluxlab: use a Sweep.")
    still = {name: count for name, count in varying.items() if name not in base}
    if bare and still:
        example = ", ".join(f"'{name}': ..." for name in still)
        raise GridError(
            f"the images of this grid also vary in {_counts(still)}, so that a hole has no single recipe: "
            f"give fill(grid, base={{{example}}}), or make the grid of images that agree in {listed(list(still))}."
        )
    out = {cell.index: cell.recipe for cell in holes if cell.recipe is not None}
    for cell in bare:
        try:
            out[cell.index] = recipe_at({**constant, **base}, cell.coords)
        except RecipeError as error:
            raise GridError(f"the hole at {coords_text(cell.coords)} cannot be filled: {error}") from None
    return out


def shared(cells: Sequence[GridCell], axes: Mapping[str, tuple[Any, ...]]) -> tuple[dict[str, Any], dict[str, int]]:
    """The parameters in which the recipes of a grid's images agree, and those in which they do not.

    Parameters
    ----------
    cells
        Those without a generation, or with an imported one, are passed over.
    axes
        They are left out.

    Returns
    -------
    tuple of dict
        Values by name; and by name how many different values there are. A LoRA's strength is called ``lora:<name>``,
        a factor of it ``lora:<name>@<part>``.
    """
    recipes = [_flat(cell.recipe) for cell in cells if cell.generation is not None and cell.recipe is not None]
    on_axes = {*axes, *(("width", "height") if "size" in axes else ())}
    names = [
        name
        for name in dict.fromkeys(name for recipe in recipes for name in recipe)
        if name not in on_axes and not (name.startswith(LORA) and is_set(name.removeprefix(LORA), axes))
    ]
    constant: dict[str, Any] = {}
    varying: dict[str, int] = {}
    for name in names:
        values = {frozen(value): value for value in (recipe.get(name, _missing(name)) for recipe in recipes)}
        if len(values) == 1:
            constant[name] = next(iter(values.values()))
        else:
            varying[name] = len(values)
    return constant, varying


def recipe_at(constant: Mapping[str, Any], coords: Mapping[str, Any]) -> Recipe:
    """The recipe at some coordinates.

    Parameters
    ----------
    constant
        As `shared` names them.
    coords
        Values by axis.

    Raises
    ------
    RecipeError
        When the values do not go together.
    """
    values: dict[str, Any] = {}
    given = {**constant, **coords}
    for name, value in given.items():
        if name in {NAME, STRENGTH} or name.startswith(LORA):
            continue
        if name == "size":
            values["width"], values["height"] = map(int, str(value).split("x"))
        else:
            values[name] = value
    # A LoRA of strength 0 is no LoRA, and need not be there any more.
    loras = nested_loras(worn_at(given))
    return Recipe(**values, loras=[use for use in loras if use.get("strength", 1.0) != 0])


def _flat(recipe: Recipe) -> dict[str, Any]:
    values = {**{name: getattr(recipe, name) for name in LATER}, **recipe.values()}
    loras = flat_loras(values.pop("loras"))
    return {**values, **{f"{LORA}{name}": strength for name, strength in loras.items()}}


def _missing(name: str) -> float:
    """What a parameter is where a recipe does not name it: a LoRA without effect, a factor of 1."""
    return absent(name.removeprefix(LORA))


def _check_base(base: Mapping[str, Any], grid: Grid, constant: Mapping[str, Any], varying: Mapping[str, int]) -> None:
    for name, value in base.items():
        if name in grid.axes:
            raise GridError(f"base names '{name}', which is an axis of this grid: leave it out.")
        if name in constant and frozen(constant[name]) != frozen(value):
            raise GridError(
                f"base has {name}={value_text(value)}, but all images of this grid have {value_text(constant[name])}: "
                "leave it out, or make a Sweep, whose images are new."
            )
        if name not in constant and name not in varying:
            known = ", ".join(varying) or "nothing else"
            raise GridError(
                f"base names '{name}':{nearest(str(name), varying)} The images of this grid vary in {known}."
            )


def _counts(varying: Mapping[str, int]) -> str:
    return listed([f"{name} ({count} values)" for name, count in varying.items()])
