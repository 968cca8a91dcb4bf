"""What a person may give for a parameter, and the checked, JSON-able values that it becomes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sized
from collections.abc import Set as AbstractSet
from typing import Any

from fluxlab import blocks
from fluxlab.errors import RecipeError, SweepError, nearest
from fluxlab.home import short_path
from fluxlab.lora_axes import LORA, NAME, ONLY, STRENGTH, WITHOUT, split_axis, takes_parts
from fluxlab.recipe import SEED_MAX, Recipe
from fluxlab.sweep.ranges import AXIS_MAX, excerpt, parse_range

#: Fields whose values are whole numbers, and those that take fractions; text in them is a range.
WHOLE = ("seed", "steps", "width", "height", "max_sequence_length")
REAL = ("guidance", "true_cfg_scale")
REPLACE = "replace:"
#: Every keyword that varies or fixes something, beside the template itself.
PARAMETERS = (
    *(name for name in Recipe.fields() if name not in {"prompt", "loras"}), "size", "lora", "strength", "replace"
)  # fmt: skip

_ELSEWHERE = {
    "num_inference_steps": "steps",
    "guidance_scale": "guidance",
    "cfg": "guidance",
    "sampler": "scheduler",
    "resolution": "size",
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
    if name in REAL or name == STRENGTH or (name.startswith(LORA) and not takes_parts(name)):
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
        if name == NAME:
            return Recipe(**_ANY, loras=[{"name": value}]).loras[0].name
        if name == STRENGTH or name.startswith(LORA):
            return _of_lora(name, value)
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
        raise SweepError(_OF_LORA.sub(lambda _: name, message.replace("loras.0.name", "lora name"))) from None


#: What a recipe says of the one LoRA that a value of an axis is tried with.
_OF_LORA = re.compile(r"^loras\[.*?\]\.(strength|blocks)")


def _of_lora(name: str, value: Any) -> Any:
    """A strength, the factor of a part of the model, or the name of such a part."""
    if name == STRENGTH:
        return Recipe(**_ANY, loras={"any": value}).loras[0].strength
    if takes_parts(name):
        try:
            return blocks.canonical(value)
        except ValueError as error:
            raise SweepError(f"{name} {error}.") from None
    use = Recipe(**_ANY, loras={name.removeprefix(LORA): value}).loras[0]
    return use.blocks[0][1] if use.blocks else use.strength


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


def lora_axes(given: Mapping[str, Any]) -> dict[str, Any]:
    """The ``lora``, ``loras`` and ``strength`` keywords as axes or fixed values, by their axis names.

    Parameters
    ----------
    given
        Any keywords; the others are passed over.

    Raises
    ------
    SweepError
        For shapes that cannot be read, and for LoRAs that are given in two ways.
    """
    strength = given.get("strength")
    found: dict[str, Any] = {}
    for keyword in ("lora", "loras"):  # the second is the word of a Recipe
        value = given.get(keyword)
        if value is None:
            continue
        names = None if isinstance(value, Mapping) else list(dict.fromkeys(_names(value)))
        if names is None:
            of_names = strengths(value)
        elif len(names) == 1:
            of_names, strength = {names[0]: 1.0 if strength is None else strength}, None
        elif NAME in found:
            raise SweepError("lora and loras both list names: give one list, and fixed LoRAs as loras={'ink': 1}.")
        else:
            found |= {NAME: names, STRENGTH: 1.0 if strength is None else strength}
            strength, of_names = None, {}
        named = {LORA + _plain(name): values for name, values in of_names.items()}
        if twice := next((axis for axis in named if axis in found), None):
            raise SweepError(f"lora '{twice.removeprefix(LORA)}' is in lora and in loras: give it once.")
        found |= named
    if strength is not None:
        raise SweepError(
            f"strength={excerpt(repr(strength))[1:-1]} is for LoRAs that are listed by name, as in "
            "lora=['ink', 'pixel']: without them write lora={'ink': [0, 0.5, 1]}."
        )
    _check_together(found)
    return found


def _names(given: Any) -> list[str]:
    raw, _ = listed("lora", given)
    for name in raw:
        if not isinstance(name, str) or not name:
            raise SweepError(
                f"lora={repr(given)[:80]} gives no strengths: write lora={{'ink': [0, 0.5, 1]}}, the name first, or a "
                "list of names with strength=[0, 0.5, 1]."
            )
    return [short_path(name) for name in raw]


def _plain(name: str) -> str:
    """The name of an axis of factors in its one form."""
    name = short_path(name)
    lora, key = blocks.split_name(name)
    try:
        return name if key is None else f"{lora}{blocks.MARK}{blocks.canonical(key)}"
    except ValueError as error:
        raise SweepError(f"lora={name!r} {error}.") from None


def _check_together(found: Mapping[str, Any]) -> None:
    """Refuse a LoRA whose strength or factors would come from two places."""
    names = found.get(NAME, ())
    for axis in found:
        if not axis.startswith(LORA):
            continue
        lora, key = split_axis(axis)
        if key is None and lora in names:
            raise SweepError(f"lora '{lora}' is listed by name and has strengths of its own: give it once.")
        others = [other for other in found if other != axis and other.startswith(LORA) and split_axis(other)[0] == lora]
        if key in {ONLY, WITHOUT} and any(split_axis(other)[1] is not None for other in others):
            raise SweepError(
                f"lora '{lora}' has '{lora}{blocks.MARK}{key}' beside other factors: '{key}' sets them all, so give it "
                "alone."
            )


def strengths(given: Mapping[Any, Any]) -> dict[str, Any]:
    """A mapping as LoRA names and strengths.

    Raises
    ------
    SweepError
        For other shapes.
    """
    if not all(isinstance(name, str) and name for name in given):
        raise SweepError(
            f"lora={repr(given)[:80]} gives no strengths: write lora={{'ink': [0, 0.5, 1]}}, the name first."
        )
    return dict(given)
