"""InvokeAI's ``invokeai_metadata``: one flat JSON mapping."""

from __future__ import annotations

from typing import Any

from fluxlab.catalog.formats.findings import Findings, Names, real, text, whole
from fluxlab.catalog.formats.loose_json import LooseJSONError, loads

_NAMES: Names = {
    "positive_prompt": ("prompt", text),
    "negative_prompt": ("negative_prompt", text),
    "seed": ("seed", whole),
    "steps": ("steps", whole),
    "guidance": ("guidance", real),
    "cfg_scale": ("true_cfg_scale", real),
    "width": ("width", whole),
    "height": ("height", whole),
    "scheduler": ("scheduler_name", text),
}


def parse(source: str) -> Findings:
    """What the text says.

    Raises
    ------
    LooseJSONError
        When it cannot be read at all.
    """
    values = loads(source)
    if not isinstance(values, dict):
        raise LooseJSONError("is not a mapping")
    found = Findings()
    for key, value in values.items():
        if key == "model":
            _model(value, found)
        elif key == "loras" and isinstance(value, list):
            for use in value:
                _lora(use, found)
        else:
            found.put(key, value, _NAMES)
    if not found.parameters.get("negative_prompt", "-"):
        del found.parameters["negative_prompt"]
    return found


def _model(value: Any, found: Findings) -> None:
    """The model: a mapping of name, hash, base and type; its name alone in old files."""
    entry = value if isinstance(value, dict) else {"name": value}
    name = entry.get("name", entry.get("model_name"))
    if isinstance(name, str):
        found.parameters["model"] = name
        if isinstance(entry.get("hash"), str):
            found.parameters["model_hash"] = entry["hash"]
    else:
        found.note("the model has no name.")
    if isinstance(value, dict):
        found.extra["model"] = value


def _lora(use: Any, found: Findings) -> None:
    use = use if isinstance(use, dict) else {}
    model = use.get("model", use.get("lora"))
    entry = model if isinstance(model, dict) else {}
    name, strength = entry.get("name", entry.get("model_name")), real(use.get("weight"))
    if not isinstance(name, str) or strength is None:
        found.note("a LoRA has no name or no weight: it was left out.")
        return
    found.add_lora(name, strength)
    if isinstance(entry.get("hash"), str):
        found.extra.setdefault("lora_hashes", {})[name] = entry["hash"]
