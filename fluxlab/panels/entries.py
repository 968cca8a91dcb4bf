"""What people type for an axis, as the value that `Sweep` takes, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any

from fluxlab.blocks import flat_loras
from fluxlab.catalog.recipe_code import UNSET
from fluxlab.errors import SweepError, brief, nearest
from fluxlab.grid.labels import value_text
from fluxlab.lora_axes import LORA, takes_parts
from fluxlab.recipe import LATER, Recipe
from fluxlab.sweep import Sweep
from fluxlab.sweep.axes import REAL, WHOLE, listed

#: What may stand on a line of a form, beside ``lora:<name>``; the prompt has a field of its own.
NAMES = (
    *("seed", "steps", "guidance", "size", "scheduler", "max_sequence_length", "true_cfg_scale", "negative_prompt"),
    *LATER,
    *("model", "prompt_2", "width", "height", "lora", "strength"),
)
_WORDS: dict[str, Any] = {"none": None, "yes": True, "no": False, "true": True, "false": False}


def read(lines: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Lines of a form as keywords of `Sweep`.

    Parameters
    ----------
    lines
        Name and text: ``("seed", "1..4")``, ``("scheduler", "euler, unipc")``, ``("lora:ink", "0..1 (+0.5)")``.

    Raises
    ------
    SweepError
        For an unknown name, and one that stands there twice.
    """
    out: dict[str, Any] = {}
    loras: dict[str, Any] = {}
    for name, text in lines:
        given = text.strip()
        if not given:
            continue
        if name in out or name.removeprefix(LORA) in loras:
            raise SweepError(f"{name} stands in two lines of the form: put all its values into one.")
        if name.startswith(LORA):
            loras[name.removeprefix(LORA)] = _value(name, given)
        elif name in NAMES:
            out[name] = _value(name, given)
        else:
            raise SweepError(f"axis {brief(name)} is not known:{nearest(name, NAMES)} Allowed are {', '.join(NAMES)}.")
    if loras:
        if "lora" in out:
            raise SweepError("lora stands beside lora:<name>: give names with strength, or strengths by name.")
        out["lora"] = loras
    return out


def _value(name: str, text: str) -> Any:
    numbers = name in WHOLE or name in REAL or name in {"size", "strength"}
    if numbers or (name.startswith(LORA) and not takes_parts(name)):
        return _number(text)
    if name in {"negative_prompt", "prompt_2"}:
        return text
    # A schedule has commas and semicolons of its own.
    parts = [part.strip() for part in text.split("|")] if name == "guidance_schedule" else _split(text)
    values = [_WORDS.get(each.lower(), each) for each in parts if each]
    if not values:
        raise SweepError(f"{name}={brief(text)} has no value: write one, or leave the line out.")
    return values if len(values) > 1 or name == "lora" else values[0]


def _number(text: str) -> Any:
    """A number as a number, so that the code reads as people write it; a range stays text."""
    if text.lower() == "none":
        return None
    for kind in (int, float):
        try:
            value = kind(text)
        except ValueError:
            continue
        # What is no number of any recipe is told as it was typed.
        return value if str(value) == text and isfinite(value) else text
    return text


def _split(text: str) -> list[str]:
    """Parts between commas that stand outside of brackets: ``fbcache(0.1, 2), none``."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def write(values: Mapping[str, Sequence[Any]]) -> dict[str, str]:
    """The lines that a form shows for the axes and fixed values of a sweep.

    Parameters
    ----------
    values
        Values by axis; a fixed one has a single value.
    """
    between = {"guidance_schedule": " | "}
    return {name: between.get(name, ", ").join(_text(value) for value in column) for name, column in values.items()}


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return str(value) if isinstance(value, str) else value_text(value)


def pairs(text: str) -> list[tuple[str, str]]:
    """Lines ``name = values`` as names and texts; empty lines and those that begin with ``#`` are passed over.

    Raises
    ------
    SweepError
        For a line without a name or without values.
    """
    out = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, sign, values = (each.strip() for each in line.partition("="))
        if not (sign and name and values):
            raise SweepError(f"line {brief(line)} is no axis: write a name, '=' and its values, such as steps = 4, 8.")
        out.append((name, values))
    return out


def lines(found: Iterable[tuple[str, str]]) -> str:
    """Names and texts as lines ``name = values``."""
    return "\n".join(f"{name} = {text}" for name, text in found)


def of_arguments(arguments: Mapping[str, Any]) -> dict[str, str]:
    """The lines for keywords of `Sweep`: scalars, lists and range strings, ``lora={"ink": [0, 1]}`` included.

    Raises
    ------
    SweepError
        For a keyword that no line of a form can hold.
    """
    flat: dict[str, Any] = {}
    for name, value in arguments.items():
        if name in {"lora", "loras"} and isinstance(value, Mapping):
            flat |= {f"{LORA}{lora}": strength for lora, strength in value.items()}
        elif name in NAMES:
            flat[name] = value
        else:
            raise SweepError(f"{name} cannot stand in a form:{nearest(name, NAMES)} Allowed are {', '.join(NAMES)}.")
    return write({name: _column(name, value) for name, value in flat.items() if value is not None})


def of_recipe(recipe: Recipe) -> dict[str, str]:
    """The lines for everything that a recipe says beside its prompt."""
    values = recipe.values()
    loras = flat_loras(values.pop("loras"))
    size = f"{values.pop('width')}x{values.pop('height')}"
    told = {name: value for name, value in values.items() if name != "prompt" and value != UNSET.get(name)}
    return of_arguments({**told, "size": size, "lora": loras})


def of_sweep(sweep: Sweep) -> dict[str, str]:
    """The lines for a sweep's axes and fixed values beside its prompts."""
    columns = {**sweep.axes, **{name: (value,) for name, value in sweep.fixed.items()}}
    return write({name: column for name, column in columns.items() if name != "prompt"})


def prompts(sweep: Sweep) -> list[str]:
    """The prompts of a sweep, whether they vary or not."""
    return [str(prompt) for prompt in sweep.axes.get("prompt") or (sweep.values["prompt"],)]


def _column(name: str, value: Any) -> list[Any]:
    if name == "size" and isinstance(value, tuple) and len(value) == 2 and all(isinstance(side, int) for side in value):
        return [f"{value[0]}x{value[1]}"]
    found, _ = listed(name, value)
    return [f"{each[0]}x{each[1]}" if name == "size" and isinstance(each, tuple | list) else each for each in found]
