"""Python that gives a grid again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fluxlab.catalog.recipe_code import UNSET, call
from fluxlab.errors import FluxlabError
from fluxlab.lora_axes import LORA
from fluxlab.panels import entries
from fluxlab.panels.code import sweep_code
from fluxlab.recipe import Recipe
from fluxlab.sweep import Sweep
from fluxlab.sweep.template import escape as as_template

if TYPE_CHECKING:
    from fluxlab.engine import Mode
    from fluxlab.grid import Grid


def grid_code(grid: Grid, mode: Mode = "exact") -> str:
    """The lines that give a grid again and show it; empty for one without images that is no sweep.

    A grid whose cells are all those of a sweep is written as this sweep, which finds its images in the catalog, and any
    other as the images that it shows.

    Parameters
    ----------
    grid
        Of any origin.
    mode
        Of the run that makes it; that of a grid with fast images is ``"fast"`` in any case.
    """
    made = [cell.generation for cell in grid.cells if cell.generation is not None]
    recipes = {cell.recipe for cell in grid.cells}
    if recipes and None not in recipes:
        try:
            prompt, arguments = _arguments(grid)
            if {Recipe(**values) for _, values in Sweep(prompt, **arguments).cells()} == recipes:
                fast = any(generation.mode == "fast" for generation in made)
                return sweep_code(prompt, arguments, "fast" if fast else mode)
        except FluxlabError:
            pass  # its axes are not those of a sweep
    if not made:
        return ""
    found = call("lab.catalog.grid", uid=list(dict.fromkeys(each.uid for each in made)), status=None)
    return f"grid = {found}\nlab.panel.grid(grid)"


def _arguments(grid: Grid) -> tuple[Any, dict[str, Any]]:
    """What a grid's axes and common values are as a sweep."""
    fixed = {name: value for name, value in grid.fixed.items() if name not in UNSET or value != UNSET[name]}
    fixed |= {f"{LORA}{name}": strength for name, strength in fixed.pop("loras", {}).items()}
    if "size" in grid.axes:
        fixed = {name: value for name, value in fixed.items() if name not in {"width", "height"}}
    columns = {**grid.axes, **{name: (value,) for name, value in fixed.items()}}
    prompts = [as_template(str(prompt)) for prompt in columns.pop("prompt", ("",))]
    return prompts[0] if len(prompts) == 1 else prompts, entries.read(entries.write(columns).items())
