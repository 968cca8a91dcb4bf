"""Which levers of a recipe make another image than the exact one, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fluxlab.levers.attention import NATIVE

#: The levers that trade the exact image for time or memory, with the value that is none.
LOSSY: dict[str, Any] = {"step_cache": None, "attention": None, "quantization": None, "compile": False}


def lossy_levers(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The levers that are set, such as ``("step_cache first_block:0.12", "compile")``; empty for an exact recipe.

    Every one of them changes bits: a step cache, quantisation and attention in 8 bits (sage) may change what is seen,
    another order of sums (compile, other attention) mostly the last digits. How far it is from the exact image is
    measured, not promised.

    Parameters
    ----------
    values
        A recipe's values, or some of them.
    """
    found = []
    for name, unset in LOSSY.items():
        value = values.get(name, unset)
        if value is None or value == unset or (name == "attention" and value == NATIVE):
            continue
        found.append(name if value is True else f"{name} {value}")
    return tuple(found)


def exact_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the exact image: all but the levers that are lossy."""
    return {name: value for name, value in values.items() if name not in LOSSY}
