"""The line behind a magic: ``--seed 42 --lora ink=0.8``."""

from __future__ import annotations

import keyword
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from IPython.core.error import UsageError

from fluxlab.errors import brief, nearest
from fluxlab.magics.session_lab import NAME as LAB
from fluxlab.recipe import Recipe
from fluxlab.sweep.axes import REAL, WHOLE

#: Reads the text behind an option; None stands for an option without any.
Reader = Callable[[str, str], Any]


def _text(_: str, given: str) -> str:
    return given


def _whole(option: str, given: str) -> int:
    try:
        return int(given)
    except ValueError:
        raise UsageError(
            f"{option} {brief(given)} is not a whole number: give one; several are a sweep, which %%fluxsweep makes."
        ) from None


def _real(option: str, given: str) -> float:
    try:
        return float(given)
    except ValueError:
        raise UsageError(
            f"{option} {brief(given)} is not a number: give one; several are a sweep, which %%fluxsweep makes."
        ) from None


def _lora(option: str, given: str) -> tuple[str, float]:
    name, equals, strength = given.rpartition("=")
    if not equals:
        return given, 1.0
    if not name:
        raise UsageError(f"{option} {brief(given)} names no LoRA: write {option} ink=0.8.")
    return name, _real(f"{option} {name}=", strength)


def _name(option: str, given: str) -> str:
    if not given.isidentifier() or keyword.iskeyword(given):
        raise UsageError(f"{option} {brief(given)} is not a name of Python: write {option} fox.")
    if given == LAB:
        raise UsageError(f"{option} {LAB} would take the name of the notebook's lab away: write {option} fox.")
    return given


def _readers() -> dict[str, Reader | None]:
    found: dict[str, Reader | None] = {}
    for field in Recipe.fields():
        if field == "loras":
            found["lora"] = _lora
        elif field == "compile":
            found[field] = None
        elif field != "prompt":
            found[field] = _whole if field in WHOLE else _real if field in REAL else _text
    return found


#: Options of ``%%flux``: every parameter of an image, and the name for the result.
FLUX: Mapping[str, Reader | None] = {**_readers(), "as": _name}
#: Options of ``%%fluxsweep``, whose parameters stand in the cell.
FLUXSWEEP: Mapping[str, Reader | None] = {"mode": _text, "as": _name}


def option(name: str) -> str:
    """An option as it is written."""
    return f"--{name.replace('_', '-')}"


def read_options(magic: str, line: str, readers: Mapping[str, Reader | None]) -> dict[str, Any]:
    """The values of the options of a line; LoRAs come as one mapping, ``{"ink": 0.8}``.

    Parameters
    ----------
    magic
        For the messages: ``"%%flux"``.
    line
        What stands behind it. Words with spaces are quoted as in a shell.
    readers
        What each option takes, by its name.

    Raises
    ------
    UsageError
        For an option that is unknown, given twice, or without a value that can be read.
    """
    try:
        words = shlex.split(line)
    except ValueError:
        raise UsageError(f"{magic} {brief(line)} has a quote that does not end: close it.") from None
    values: dict[str, Any] = {}
    loras: dict[str, float] = {}
    rest = iter(words)
    for word in rest:
        written, equals, given = word.partition("=")
        name = written.removeprefix("--").replace("-", "_")
        if not written.startswith("--") or name not in readers:
            raise UsageError(_unknown(magic, written, readers))
        reader = readers[name]
        if name in values:
            raise UsageError(f"{written} is given twice: give it once.")
        if reader is None:
            if equals:
                raise UsageError(f"{written} takes no value: write {written} alone, or leave it out.")
            values[name] = True
            continue
        if not equals:
            given = next(rest, "")
            if not given or given.startswith("--"):
                raise UsageError(f"{written} has no value: write it behind, as in {written} {_EXAMPLES.get(name, 1)}.")
        if name != "lora":
            values[name] = reader(written, given)
            continue
        lora, strength = reader(written, given)
        if lora in loras:
            raise UsageError(f"{written} names '{lora}' twice: give each LoRA one strength.")
        loras[lora] = strength
    return {**values, "loras": loras} if loras else values


_EXAMPLES = {
    "as": "fox", "attention": "_native_math", "guidance": 3.5, "guidance_schedule": '"1, 3.5, 3.5, 1"', "height": 128,
    "lora": "ink=0.8", "max_sequence_length": 128, "mode": "fast", "model": "nano", "negative_prompt": '"a dog"',
    "prompt_2": '"a fox"', "quantization": "fp8", "scheduler": "euler", "seed": 42, "step_cache": "first_block:0.12",
    "steps": 8, "true_cfg_scale": 2, "width": 128,
}  # fmt: skip


def _unknown(magic: str, written: str, readers: Mapping[str, Reader | None]) -> str:
    allowed = [option(name) for name in readers]
    if not written.startswith("--"):
        return (
            f"{brief(written)} is no option of {magic}: the prompt stands in the lines below, and options are "
            f"{', '.join(allowed)}."
        )
    if written in {"--help", "--prompt"}:
        help_is, prompt_is = "%fluxlab help tells what there is.", "the prompt stands in the lines below."
        return f"'{written}' is no option of {magic}: {help_is if written == '--help' else prompt_is}"
    hint = nearest(written, allowed)
    return f"{brief(written)} is no option of {magic}:{hint or ' leave it out.'} Allowed are {', '.join(allowed)}."
