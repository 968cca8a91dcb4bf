"""The axes that some images of the catalog could be laid out along: the parameters in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fluxlab.catalog import Catalog
from fluxlab.grid.labels import frozen
from fluxlab.grid.varied import strengths_in
from fluxlab.lora_axes import LORA, takes_parts

_COLUMNS = (
    *("model", "prompt", "seed", "steps", "guidance", "width", "height", "scheduler", "max_sequence_length"),
    *("prompt_2", "negative_prompt", "true_cfg_scale", "guidance_schedule", "step_cache", "attention"),
    *("quantization", "compile"),
)


def choices(catalog: Catalog, query: Mapping[str, Any]) -> list[str]:
    """The names of axes, as `Catalog.grid` takes them, along which the images differ.

    Parameters
    ----------
    catalog
        Where they are.
    query
        Which, as in `Catalog.df`.
    """
    table = catalog.values([*_COLUMNS, "loras"], **query).columns
    found = [name for name in _COLUMNS if len(set(table[name])) > 1]
    if {"width", "height"} & {*found}:
        found.append("size")
    worn = [strengths_in(text) for text in dict.fromkeys(table["loras"])]
    names = dict.fromkeys(name for loras in worn for name in loras if not takes_parts(LORA + name))
    # A LoRA that a recipe does not name has no effect.
    return [*found, *(LORA + name for name in names if len({frozen(loras.get(name, 0.0)) for loras in worn}) > 1)]
