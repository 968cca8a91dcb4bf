"""A sweep of exactly the recipes that are given, whatever they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fluxlab.blocks import absent, flat_loras
from fluxlab.lora_axes import LORA
from fluxlab.recipe import Recipe, canonical_json
from fluxlab.sweep.sweep import FORMAT, Sweep
from fluxlab.sweep.template import escape


def sweep_of(recipes: Sequence[Recipe]) -> Sweep:
    """A sweep whose cells are these recipes, in their order; what varies advances together.

    Parameters
    ----------
    recipes
        At least one; equal ones become one cell.
    """
    rows = list(dict.fromkeys(recipes))
    loras = sorted({name for recipe in rows for name in flat_loras(recipe.values()["loras"])})
    flat = [_flat(recipe, loras) for recipe in rows]
    names = list(flat[0])
    varied = [name for name in names if any(row[name] != flat[0][name] for row in flat)]
    group = {"names": varied, "rows": [[row[name] for name in varied] for row in flat]}
    return Sweep.from_json(
        canonical_json(
            {
                "format": FORMAT,
                "template": [escape(prompt) for prompt in dict.fromkeys(recipe.prompt for recipe in rows)],
                "fixed": {name: flat[0][name] for name in names if name not in varied},
                "groups": [group] if varied else [],
                "axes": varied,
                "kept": None,
                "sample": None,
                "sample_seed": 0,
                "seed_drawn": False,
            }
        )
    )


def _flat(recipe: Recipe, loras: Sequence[str]) -> dict[str, Any]:
    """Every parameter under its axis' name; a LoRA that the recipe does not name has strength 0, and factors of 1."""
    values = recipe.values()
    worn = flat_loras(values.pop("loras"))
    return {**values, **{LORA + name: worn.get(name, absent(name)) for name in loras}}
