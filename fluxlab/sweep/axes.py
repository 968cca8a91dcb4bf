"""What a person may give for a parameter, and the checked, JSON-able values that it becomes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sized
from collections.abc import Set as AbstractSet
from typing import Any

from fluxlab.errors import RecipeError, SweepError, nearest
from fluxlab.recipe import SEED_MAX, Recipe
from fluxlab.sweep.ranges import AXIS_MAX, excerpt, parse_range

#: Fields whose values are whole numbers, and those that take fractions; text in them is a range.
WHOLE = ("seed", "steps", "width", "height", "max_sequence_length")
REAL = ("guidance", "true_cfg_scale")
LORA = "lora:"
REPLACE = "replace:"
#: Every keyword that varies or fixes something, beside the template itself.
PARAMETERS = (*(name for name in Recipe.fields() if name not in {"prompt", "loras"}), "size", "lora", "replace")

_ELSEWHERE = {
    "num_inference_steps": "steps",
    "guidance_scale": "guidance",
    "cfg": "guidance",
    "sampler": "scheduler",
    "resolution": "size",
    "strength": "lora",
    "negative": "negative_prompt",
}
_SIZE = re.compile(r"\s*([0-9]{1,6})\s*[x×*]\s*([0-9]{1,6})\s*", re.IGNORECASE)
_ANY: dict[str, Any] = {"prompt": "", "seed": 0, "steps": 1, "width": 16, "height": 16, "max_sequence_length": 1}


def check_name(name: str) -> None:
    """Refuse a keyword that is no parameter, with the nearest one that is.

    Raises
    ------
    SweepError
        For an unknown name.
    """
    if name in PARAMETERS or name == "loras":
        return
    hint = f" Did you mean '{_ELSEWHERE[name]}'?" if name in _ELSEWHERE else nearest(name, PARAMETERS)
    raise SweepError(f"unknown parameter '{name}':{hint} Allowed are {', '.join(PARAMETERS)}.")


def listed(name: str, given: Any) -> tuple[list[Any], bool]:
    """The raw values in ``given`` and whether it is an axis: lists, tuples, ranges and arrays are; a scalar is not.

    Raises
    ------
    SweepError
        For an empty axis, one that is too long, a set (it has no order) and a mapping.
    """
    if getattr(given, "shape", None) == () and callable(getattr(given, "item", None)):
        return [given.item()], False
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        return [given], False
    if isinstance(given, (Mapping, AbstractSet)):
        raise SweepError(
            f"{name}={excerpt(repr(given))[1:-1]} has no order of values: give a list, a numpy array or a range string."
        )
    if not isinstance(given, Sized) or len(given) <= AXIS_MAX:
        to_list = getattr(given, "tolist", None)
        values = list(itertools.islice(to_list() if callable(to_list) else given, AXIS_MAX + 1))
        if not values:
            raise SweepError(f"{name}={given!r} is empty: give at least one value, or leave {name} out.")
        if len(values) <= AXIS_MAX:
            return values, True
    raise too_many(name)


def too_many(name: str) -> SweepError:
    """The error for an axis that is too long."""
    return SweepError(f"{name} has more than {AXIS_MAX:,} values, the most that an axis may have: give fewer.")


def read(name: str, given: Any) -> tuple[list[Any], bool]:
    """The checked values of a Recipe field, a ``lora:`` axis or ``size``, and whether they are an axis.

    Repetitions are kept; they are folded where it is known which axes advance together.

    Raises
    ------
    SweepError
        For a value that the field does not allow, a malformed range, and everything that `listed` refuses.
    """
    if name == "size" and isinstance(given, tuple) and len(given) == 2 and not isinstance(given[0], (str, tuple, list)):
        given = [given]
    raw, is_axis = listed(name, given)
    values: list[Any] = []
    for item in raw:
        values += _parsed(name, item)
        if len(values) > AXIS_MAX:
            raise too_many(name)
    return [check(name, value) for value in values], is_axis or len(values) > 1


def _parsed(name: str, item: Any) -> Iterable[Any]:
    if not isinstance(item, str):
        return [item]
    if name == "size":
        return item.split(",")
    if name in WHOLE:
        return parse_range(item, field=name, whole=True)
    if name in REAL or name.startswith(LORA):
        return parse_range(item, field=name)
    return [item]


def check(name: str, value: Any) -> Any:
    """One value as a Recipe holds it, or for ``size`` its label such as ``"128x160"``.

    Raises
    ------
    SweepError
        For a value that the field does not allow.
    """
    try:
        if name == "size":
            width, height = _sides(value)
            Recipe(**{**_ANY, "width": width, "height": height})
            return f"{width}x{height}"
        if name.startswith(LORA):
            return Recipe(**_ANY, loras={name.removeprefix(LORA): value}).loras[0].strength
        values = {**_ANY, name: value}
        # The two only make sense together; here each is looked at alone.
        if name == "negative_prompt" and value is not None:
            values["true_cfg_scale"] = 2
        if name == "true_cfg_scale" and isinstance(value, (int, float)) and value > 1:
            values["negative_prompt"] = ""
        return getattr(Recipe(**values), name)
    except RecipeError as error:
        message = str(error)
        if name == "seed" and value == -1:
            message = (
                f"seed=-1 is not allowed: it must be from 0 to {SEED_MAX} (2**64 - 1); "
                "leave seed out to have one drawn, which is then recorded."
            )
        raise SweepError(message.replace("loras.0.strength", name).replace("loras.0.name", "lora name")) from None


def sides(label: str) -> tuple[int, int]:
    """Width and height of a size label."""
    width, height = label.split("x")
    return int(width), int(height)


def _sides(value: Any) -> tuple[int, int]:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match:
        return int(match[1]), int(match[2])
    if isinstance(value, (tuple, list)) and len(value) == 2:
        width, height = (_whole(side) for side in value)
        if width is not None and height is not None:
            return width, height
    raise SweepError(
        f"size={excerpt(value) if isinstance(value, str) else repr(value)[:80]} is not a size: "
        "write '128x160' or (128, 160), width first, or a list of these."
    )


def _whole(side: Any) -> int | None:
    item = getattr(side, "item", None)
    side = item() if callable(item) else side
    return side if isinstance(side, int) and not isinstance(side, bool) else None


def texts(name: str, given: Any) -> list[str]:
    """A text, or the texts of a list.

    Raises
    ------
    SweepError
        For anything that is not text.
    """
    values, _ = listed(name, given)
    for value in values:
        if not isinstance(value, str):
            raise SweepError(f"{name}={repr(value)[:80]} is not text: write it in quotes.")
    return values


def replacements(given: Any) -> dict[str, list[str]]:
    """The ``replace`` keyword as needle and values: a mapping of them, or a list that begins with the needle.

    Raises
    ------
    SweepError
        For other shapes and for an empty needle.
    """
    if isinstance(given, Mapping):
        found = {needle: texts(f"{REPLACE}{needle}", values) for needle, values in given.items()}
    elif isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise SweepError(
            f"replace={repr(given)[:80]} names no values: write replace={{'blue': ['blue', 'red']}}, the needle first."
        )
    else:
        values = texts("replace", given)
        found = {values[0]: values}
    for needle in found:
        if not isinstance(needle, str) or not needle:
            raise SweepError(f"replace={{{needle!r}: ...}} searches for nothing: give the text that is to be replaced.")
    return found


def strengths(given: Any) -> dict[str, Any]:
    """The ``lora`` keyword as LoRA name and strengths; a name alone is a strength of 1.

    Raises
    ------
    SweepError
        For other shapes.
    """
    if isinstance(given, str):
        return {given: 1.0}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) and name for name in given):
        raise SweepError(
            f"lora={repr(given)[:80]} gives no strengths: write lora={{'ink': [0, 0.5, 1]}}, the name first."
        )
    return dict(given)
