"""A generation as a script of plain diffusers calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fluxlab.catalog.pipeline_code import PACKAGE, checked, pipeline_code, place
from fluxlab.catalog.record import Record
from fluxlab.errors import CatalogError

_FLOW = "prediction_type='flow_prediction', use_flow_sigmas=True"
#: How each scheduler is made from the configuration that came with the pipeline: class and changes.
_SCHEDULERS = {
    "euler-karras": ("FlowMatchEulerDiscreteScheduler", "use_karras_sigmas=True"),
    "euler-exponential": ("FlowMatchEulerDiscreteScheduler", "use_exponential_sigmas=True"),
    "unipc": ("UniPCMultistepScheduler", _FLOW),
    # FluxPipeline always passes mu, which this class takes with dynamic shifting alone.
    "dpm++2m": ("DPMSolverMultistepScheduler", f"{_FLOW}, use_dynamic_shifting=True"),
}


def script(record: Record) -> str:
    """A self-contained Python script that makes the same pixels and saves ``fluxlab-<uid[:8]>.png``.

    Every text from the record becomes a quoted literal, or is refused: a record read from an image of somebody else
    cannot put code into the script.

    Parameters
    ----------
    record
        A whole record.

    Raises
    ------
    CatalogError
        When the record does not say how to load the pipeline.
    """
    if record.get("imported") is not None:
        raise CatalogError(
            f"generation {record['uid'][:8]} was imported from '{record['source']}': no script is known to make its "
            "pixels again."
        )
    pipeline: Mapping[str, Any] = record["pipeline"]
    recipe: Mapping[str, Any] = record["recipe"]
    kind = checked(pipeline.get("class", "FluxPipeline"), r"[A-Za-z_][A-Za-z0-9_]*", "pipeline class")
    code = pipeline_code(record["uid"], kind, pipeline)
    device = checked(pipeline.get("device") or "cpu", r"cpu|cuda(:\d+)?|mps|xpu(:\d+)?", "device")
    scheduler = _SCHEDULERS.get(recipe["scheduler"])
    # A LoRA of strength 0 took no part: its file may be gone, and loading it may change what others do.
    worn = [use for use in recipe["loras"] if use["strength"] != 0]
    loras = [_lora(record, index, use) for index, use in enumerate(worn)]

    places = [*code.places, *(source for _, source, _ in loras)]
    classes = sorted({*code.classes, *([scheduler[0]] if scheduler else [])})
    lines = [f'"""Makes image {checked(record["uid"], "[0-9a-f]{32}", "uid")} of fluxlab again."""', ""]
    if any(source.startswith(PACKAGE) for source in places):
        lines.append("from importlib.resources import files")
    if any(source.startswith("~") for source in places):
        lines.append("from pathlib import Path")
    if len(lines) > 2:
        lines.append("")
    lines += ["import torch", f"from diffusers import {', '.join(classes)}"]
    if code.load_file:
        lines.append("from safetensors.torch import load_file")
    lines += ["", *code.lines]
    if scheduler:
        lines.append(f"pipe.scheduler = {scheduler[0]}.from_config(pipe.scheduler.config, {scheduler[1]})")
    if device != "cpu":
        lines.append(f'pipe.to("{device}")')
    for name, source, extra in loras:
        lines.append(f"pipe.load_lora_weights({place(source)}, {extra}adapter_name={name!r})")
    if loras:
        names, strengths = [name for name, _, _ in loras], [use["strength"] for use in worn]
        lines.append(f"pipe.set_adapters({names!r}, adapter_weights={strengths!r})")
    lines += ["", "image = pipe(", *(f"    {name}={value}," for name, value in _arguments(recipe)), ").images[0]"]
    lines += [f'image.save("fluxlab-{record["uid"][:8]}.png")', ""]
    return "\n".join(lines)


def _arguments(recipe: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The call's keyword arguments; what the recipe leaves out is left to the pipeline."""
    yield "prompt", repr(recipe["prompt"])
    if recipe["prompt_2"] is not None:
        yield "prompt_2", repr(recipe["prompt_2"])
    if recipe["negative_prompt"] is not None:
        yield "negative_prompt", repr(recipe["negative_prompt"])
        yield "true_cfg_scale", repr(recipe["true_cfg_scale"])
    yield "width", repr(recipe["width"])
    yield "height", repr(recipe["height"])
    yield "num_inference_steps", repr(recipe["steps"])
    if recipe["guidance"] is not None:
        yield "guidance_scale", repr(recipe["guidance"])
    yield "max_sequence_length", repr(recipe["max_sequence_length"])
    # A fresh generator on the CPU draws the same noise for every device.
    yield "generator", f'torch.Generator("cpu").manual_seed({recipe["seed"]!r})'


def _lora(record: Record, index: int, use: Mapping[str, Any]) -> tuple[str, str, str]:
    """Adapter name, place and further arguments of one LoRA."""
    known = record["pipeline"].get("loras") or {}
    entry = known.get(use["name"])
    entry = entry if isinstance(entry, Mapping) else {}
    source = entry.get("source")
    if not isinstance(source, str) or not source:
        raise CatalogError(
            f"generation {record['uid'][:8]} does not say where its LoRA {use['name']!r} comes from, "
            "so no script can load it: it was recorded without a source."
        )
    weight = entry.get("weight_name")
    if weight is None and source.endswith(".safetensors"):
        # A file: diffusers takes the folder and the file's name.
        folder, slash, weight = source.replace("\\", "/").rpartition("/")
        source = folder + ("" if folder.strip("/") else slash) or "."
    extra = f"weight_name={weight!r}, " if weight is not None else ""
    if entry.get("revision"):
        extra += f"revision={entry['revision']!r}, "
    # PEFT makes modules of the names, and a module's name has no dots.
    plain = re.sub(r"\W", "_", use["name"], flags=re.ASCII)
    return f"{plain}_{index}", source, extra
