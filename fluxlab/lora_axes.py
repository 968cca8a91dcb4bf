"""How axes speak of LoRAs: by name, by strength, by factors, and by the parts of the model that act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fluxlab.blocks import MARK, split_name

#: Before a LoRA's name: its strength, and with a key behind the name the factor of a part of the model.
LORA = "lora:"
#: The axes of LoRAs' names, and of the strength of whichever it is.
NAME, STRENGTH = "lora", "strength"
#: Behind a LoRA's name: the axis goes through parts of the model, of which only one acts, or one does not.
ONLY, WITHOUT = "only", "without"


def split_axis(axis: str) -> tuple[str, str | None]:
    """A LoRA's name and the key of an axis such as ``"lora:ink@double.3"`` or ``"lora:ink@only"``."""
    name = axis.removeprefix(LORA)
    front, mark, key = name.rpartition(MARK)
    return (front, key) if mark and front and key in {ONLY, WITHOUT} else split_name(name)


def takes_parts(axis: str) -> bool:
    """Whether the values of an axis are parts of the model."""
    return axis.startswith(LORA) and split_axis(axis)[1] in {ONLY, WITHOUT}


def worn_at(values: Mapping[str, Any]) -> dict[str, Any]:
    """LoRAs as `fluxlab.recipe.Recipe` takes them.

    Parameters
    ----------
    values
        By axis; those that speak of no LoRA are passed over.

    Returns
    -------
    dict
        Strengths by name, and factors by ``name@key``.
    """
    loras: dict[str, Any] = {}
    if NAME in values and STRENGTH in values:
        loras[values[NAME]] = values[STRENGTH]
    for axis, value in values.items():
        if not axis.startswith(LORA):
            continue
        lora, key = split_axis(axis)
        if key == ONLY:
            loras |= {f"{lora}{MARK}all": 0.0, f"{lora}{MARK}{value}": 1.0}
        elif key == WITHOUT:
            loras[f"{lora}{MARK}{value}"] = 0.0
        else:
            loras[axis.removeprefix(LORA)] = value
    return loras


def is_set(name: str, axes: Mapping[str, tuple[Any, ...]]) -> bool:
    """Whether axes decide on a strength or a factor.

    Parameters
    ----------
    name
        ``"ink"``, or ``"ink@double"``.
    axes
        Values by axis.
    """
    lora, key = split_name(name)
    if f"{LORA}{name}" in axes:
        return True
    if key is None:
        return lora in axes.get(NAME, ())
    return any(f"{LORA}{lora}{MARK}{word}" in axes for word in (ONLY, WITHOUT))
