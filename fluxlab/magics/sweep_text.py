"""A sweep as YAML: a line for each parameter, with the names that axes have in grids and tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fluxlab.errors import SweepError, brief
from fluxlab.lora_axes import LORA
from fluxlab.magics.plain_yaml import read_yaml
from fluxlab.sweep import Sweep
from fluxlab.sweep.axes import PARAMETERS, REPLACE, check_name

#: Keywords of `Sweep` that say how axes combine.
DESIGN = ("zip", "sample", "sample_seed", "wildcards")
#: Every name that a line may begin with; those that end with a colon go on.
NAMES = ("prompt", *PARAMETERS, *DESIGN, LORA, REPLACE)
_EXAMPLE = "'prompt: a {red|blue} fox', and below it lines such as 'seed: [1, 2]' or 'guidance: 1..5'"


def read_sweep(text: str) -> Sweep:
    """The sweep that a text describes.

    Parameters
    ----------
    text
        YAML: keywords of `Sweep` and their values, and the axes ``lora:<name>`` and ``replace:<text>``.

    Raises
    ------
    SweepError
        For text that is no sweep.
    """
    given = read_yaml(text)
    if not isinstance(given, Mapping):
        found = "is empty" if given is None else f"holds {brief(given)}, which names no parameter"
        raise SweepError(f"the cell {found}: write {_EXAMPLE}.")
    keywords: dict[str, Any] = {}
    for name, value in given.items():
        if name.startswith(LORA):
            _put(keywords, "loras", name, name.removeprefix(LORA), value)
        elif name.startswith(REPLACE):
            _put(keywords, "replace", name, name.removeprefix(REPLACE), value)
        else:
            _check(name, value)
            keywords[name] = _zip(value) if name == "zip" else value
    prompt = keywords.pop("prompt", None)
    if prompt is None:
        raise SweepError(f"the cell has no prompt: write {_EXAMPLE}.")
    return Sweep(prompt, **keywords)


def _put(keywords: dict[str, Any], keyword: str, name: str, key: str, value: Any) -> None:
    """A line such as ``lora:ink: [0, 1]``, into the mapping that `Sweep` takes."""
    if not key:
        raise SweepError(f"'{name}' names nothing: write {LORA}ink or {REPLACE}red.")
    mapping = keywords.setdefault(keyword, {})
    if not isinstance(mapping, dict) or key in mapping:
        raise SweepError(f"'{name}' and {keyword} are both given: give one of them.")
    mapping[key] = value


def _check(name: str, value: Any) -> None:
    if name == "where":
        raise SweepError("where is a function of Python: run lab.run(Sweep(..., where=...)) in a cell of its own.")
    if name == "prompt" and isinstance(value, Mapping):
        raise SweepError("the prompt is read as a mapping: put a text that begins with '{' in quotes.")
    if name not in {"prompt", *DESIGN}:
        check_name(name)


def _zip(value: Any) -> Any:
    """Names that advance together: ``[steps, guidance]``, or a list of such lists."""
    if isinstance(value, list) and value and all(isinstance(names, str) for names in value):
        return tuple(value)
    return [tuple(names) if isinstance(names, list) else names for names in value] if isinstance(value, list) else value
