"""SwarmUI's ``parameters``: JSON in which any number may be text."""

from __future__ import annotations

from typing import Any

from fluxlab.catalog.formats.findings import Findings, Names, real, shown, text, whole
from fluxlab.catalog.formats.loose_json import LooseJSONError, loads

_KEY = "sui_image_params"
_NAMES: Names = {
    "prompt": ("prompt", text),
    "negativeprompt": ("negative_prompt", text),
    "model": ("model", text),
    "seed": ("seed", whole),
    "steps": ("steps", whole),
    "cfgscale": ("true_cfg_scale", real),
    "fluxguidancescale": ("guidance", real),
    "width": ("width", whole),
    "height": ("height", whole),
    "sampler": ("sampler", text),
    "comfyuisampler": ("sampler", text),
    "scheduler": ("scheduler_name", text),
    "comfyuischeduler": ("scheduler_name", text),
}


def is_swarm(source: str) -> bool:
    """Whether a text looks like SwarmUI's; it may be unreadable all the same."""
    return source.lstrip()[:1] == "{" and f'"{_KEY}"' in source


def parse(source: str) -> Findings:
    """What the text says.

    Raises
    ------
    LooseJSONError
        When it cannot be read at all.
    """
    whole_text = loads(source)
    values = whole_text.get(_KEY) if isinstance(whole_text, dict) else None
    if not isinstance(values, dict):
        raise LooseJSONError(f"has no mapping '{_KEY}'")
    found = Findings()
    for key, value in values.items():
        if key not in {"loras", "loraweights"}:
            found.put(key, value, _NAMES)
    _loras(_list(values.get("loras")), _list(values.get("loraweights")), found)
    for key, value in whole_text.items():
        if key == "sui_models" and isinstance(value, list):
            for model in value:
                _hash(model, found)
        if key != _KEY:
            found.extra[key] = value
    if not found.parameters.get("negative_prompt", "-"):
        del found.parameters["negative_prompt"]
    return found


def _list(value: Any) -> list[Any]:
    """A list, which older versions wrote as text with commas."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value if isinstance(value, list) else []


def _loras(names: list[Any], weights: list[Any], found: Findings) -> None:
    for index, name in enumerate(names):
        if not isinstance(name, str):
            found.note("a LoRA has no name: it was left out.")
            continue
        weight = weights[index] if index < len(weights) else 1
        strength = real(weight)
        if strength is None:
            found.note(f"the weight of LoRA {shown(name)} is {shown(weight)}, which is no number: 1 was read.")
        found.add_lora(_stem(name), 1.0 if strength is None else strength)


def _hash(model: Any, found: Findings) -> None:
    """The hash of the model or of a LoRA, over the tensors of its file."""
    if not isinstance(model, dict) or not isinstance(model.get("hash"), str) or not isinstance(model.get("name"), str):
        return
    if model.get("param") == "model":
        found.parameters["model_hash"] = model["hash"]
    elif model.get("param") == "loras":
        found.extra.setdefault("lora_hashes", {})[_stem(model["name"])] = model["hash"]


def _stem(name: str) -> str:
    return name.removesuffix(".safetensors")
