"""The A1111-style ``parameters`` text that other programs read from a PNG. It is a courtesy, never the record.

It is written so that A1111, Forge and Civitai's upload all read it. Civitai takes a quoted value for a list of its own,
so nothing but the LoRA hashes is quoted, and it takes the first line that begins with ``Steps:`` for the parameters, so
such a line of a prompt gets a space in front, which A1111 takes away again. Nobody can quote ``Negative prompt:``: in a
prompt it gets a space before its colon, and the line of parameters says that this was done.

``Model hash`` is what A1111 and Civitai mean by it, the beginning of the SHA-256 of the model's file, so a model that
is a folder has none. Civitai's own ``Hashes: {…}`` is left out: it says nothing that ``Model hash`` and
``Lora hashes`` do not say, and A1111's grammar tears it into pieces.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fluxlab.blocks import flat_loras
from fluxlab.catalog.record import Record, fluxlab_version

_SAMPLERS = {
    "euler": ("Euler", "Simple"),
    "euler-karras": ("Euler", "Karras"),
    "euler-exponential": ("Euler", "Exponential"),
    "unipc": ("UniPC", "Simple"),
    "dpm++2m": ("DPM++ 2M", "Simple"),
}
#: Digits of a file's SHA-256 by which Civitai knows it; A1111 looks LoRAs up by name where it knows no such hash.
_HASH = 10
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: Where A1111, at the beginning of a line, and Civitai, anywhere, take what follows for the negative prompt.
_NEGATIVE = re.compile(r"(?<=Negative prompt)(?=:)")
#: Beginnings of a line that Civitai takes for something else than a prompt.
_TAKEN = re.compile(r"^(?=Steps: |Template: |Negative Template: )", re.MULTILINE)


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
    # No program knows factors for parts of the model: without them the strengths alone would mislead.
    factors = {name: value for name, value in flat_loras(recipe["loras"]).items() if name not in loras}
    digests = ", ".join(f"{_word(name)}: {hashes[name][:_HASH]}" for name in loras if name in hashes)
    split = any(_NEGATIVE.search(text) for text in (recipe["prompt"], recipe["negative_prompt"] or ""))
    pairs: dict[str, Any] = {
        "Steps": recipe["steps"],
        "Sampler": sampler,
        "Schedule type": schedule,
        "CFG scale": _number(recipe["true_cfg_scale"]),
        "Distilled CFG Scale": None if recipe["guidance"] is None else _number(recipe["guidance"]),
        "Seed": recipe["seed"],
        "Size": f"{recipe['width']}x{recipe['height']}",
        "Model hash": _model_file(record)[:_HASH],
        "Model": _plain(recipe["model"]),
        "Lora hashes": f'"{digests}"' if digests else "",
        "Lora factors": '"' + ", ".join(f"{_word(name)}: {_number(factors[name])}" for name in factors) + '"'
        if factors
        else "",
        "Prompt note": "a space stands before a colon to keep it in the prompt" if split else "",
        "Version": f"fluxlab {fluxlab_version()}",
    }
    # The usual place of a strength is a tag at the end of the prompt.
    tags = "".join(f" <lora:{_word(name)}:{_number(strength)}>" for name, strength in loras.items())
    lines = [_body(recipe["prompt"]) + tags]
    if recipe["negative_prompt"]:
        lines.append(f"Negative prompt: {_body(recipe['negative_prompt'])}")
    lines.append(", ".join(f"{name}: {value}" for name, value in pairs.items() if value not in (None, "")))
    return "\n".join(lines)


def _number(value: float) -> str:
    """Every digit of a number; whole ones without a fraction, as other programs write them."""
    return repr(value).removesuffix(".0")


def _body(text: str) -> str:
    """A NUL ends a PNG text for many readers."""
    return _TAKEN.sub(" ", _NEGATIVE.sub(" ", text.replace("\0", "")))


def _model_file(record: Record) -> str:
    """The hash of the model's file; empty for a folder, for which no other program knows a hash."""
    own = (record.get("pipeline") or {}).get("transformer")
    found = own.get("sha256") if isinstance(own, Mapping) and own.get("kind") == "file" else None
    return found if isinstance(found, str) and _SHA256.fullmatch(found) else ""


def _word(name: str) -> str:
    """A LoRA's name, or that of its file, without the characters that end it in a tag or in the list of hashes."""
    name = re.split(r"[/\\]", name)[-1].removesuffix(".safetensors") or name
    return re.sub(r"[:,<>\"\\\s\0]+", "_", name)


def _plain(value: str) -> str:
    """A value without the characters that would need quotes."""
    return re.sub(r"[,:\"\n\r\0]+", "_", value).strip()
