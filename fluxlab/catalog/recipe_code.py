"""Python that makes an image again: to be copied into a cell, read and changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fluxlab.blocks import flat_loras
from fluxlab.recipe import Recipe

#: What most recipes leave alone is only worth a word where somebody set it.
UNSET: dict[str, Any] = {"prompt_2": None, "negative_prompt": None, "true_cfg_scale": 1.0, "scheduler": "euler"}


def call(name: str, first: Any = None, /, **keywords: Any) -> str:
    """A call as Python writes it; over several lines where one would be long.

    Parameters
    ----------
    name
        What is called.
    first
        A positional argument, or none.
    **keywords
        The keywords; names that are no words of Python, such as ``lora.ink``, as well.
    """
    parts = [] if first is None else [repr(first)]
    parts += [
        f"{key}={value!r}" if key.isidentifier() else f"**{{{key!r}: {value!r}}}" for key, value in keywords.items()
    ]
    line = f"{name}({', '.join(parts)})"
    if len(line) <= 88:
        return line
    return "\n".join([f"{name}(", *(f"    {part}," for part in parts), ")"])


def generate_code(recipe: Recipe) -> str:
    """The call that makes an image, or finds it."""
    return call("lab.generate", recipe.prompt, **arguments(recipe.values()))


def arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords beside the prompt that are worth a word.

    Parameters
    ----------
    values
        Of a recipe.
    """
    out = {}
    for name, value in values.items():
        if name == "prompt" or value is None or (name in UNSET and value == UNSET[name]):
            continue
        if name == "loras":
            if worn := flat_loras(value):
                out[name] = worn
            continue
        out[name] = value
    return out
