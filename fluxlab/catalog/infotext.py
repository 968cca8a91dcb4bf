"""The A1111-style ``parameters`` text that other programs read from a PNG. It is a courtesy, never the record."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fluxlab.catalog.record import Record, fluxlab_version

_SAMPLERS = {
    "euler": ("Euler", "Simple"),
    "euler-karras": ("Euler", "Karras"),
    "euler-exponential": ("Euler", "Exponential"),
    "unipc": ("UniPC", "Simple"),
    "dpm++2m": ("DPM++ 2M", "Simple"),
}


def parameters(record: Record) -> str:
    """Prompt, negative prompt and one line of ``Key: value`` pairs.

    Parameters
    ----------
    record
        A whole record.
    """
    recipe: Mapping[str, Any] = record["recipe"]
    files: Mapping[str, str] = record["files"]
    sampler, schedule = _SAMPLERS.get(recipe["scheduler"], (recipe["scheduler"], ""))
    loras = {use["name"]: use["strength"] for use in recipe["loras"]}
    # A LoRA of strength 0 takes no part and has no hash.
    hashes = {name: files[f"lora:{name}"] for name in loras if f"lora:{name}" in files}
    pairs: dict[str, Any] = {
        "Steps": recipe["steps"],
        "Sampler": sampler,
        "Schedule type": schedule,
        "CFG scale": _number(recipe["true_cfg_scale"]),
        "Distilled CFG Scale": None if recipe["guidance"] is None else _number(recipe["guidance"]),
        "Seed": recipe["seed"],
        "Size": f"{recipe['width']}x{recipe['height']}",
        "Model hash": files.get("model", "")[:10],
        "Model": recipe["model"],
        "Lora hashes": ", ".join(f"{_word(name)}: {hashes[name][:12]}" for name in loras if name in hashes),
        "Version": f"fluxlab {fluxlab_version()}",
    }
    # The usual place of a strength is a tag at the end of the prompt.
    tags = "".join(f" <lora:{_word(name)}:{_number(strength)}>" for name, strength in loras.items())
    lines = [_body(recipe["prompt"]) + tags]
    if recipe["negative_prompt"]:
        lines.append(f"Negative prompt: {_body(recipe['negative_prompt'])}")
    lines.append(", ".join(f"{name}: {_quoted(value)}" for name, value in pairs.items() if value not in (None, "")))
    return "\n".join(lines)


def _number(value: float) -> str:
    """Every digit of a number; whole ones without a fraction, as other programs write them."""
    return repr(value).removesuffix(".0")


def _body(text: str) -> str:
    """A NUL ends a PNG text for many readers."""
    return text.replace("\0", "")


def _word(name: str) -> str:
    """A LoRA's name without the characters that end it in a tag or in the list of hashes."""
    return re.sub(r"[:,<>\"\s\0]+", "_", name)


def _quoted(value: Any) -> str:
    text = str(value).replace("\0", "")
    return json.dumps(text, ensure_ascii=False) if re.search(r"[,:\n\r\"]", text) else text
