"""A generation as a script of plain diffusers calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fluxlab.blocks import COMPONENTS, STREAMS, Part, factor, span, width
from fluxlab.blocks import checked as checked_factors
from fluxlab.catalog.code_levers import lever_lines
from fluxlab.catalog.code_quantization import NAMES, quantized_lines
from fluxlab.catalog.pipeline_code import DTYPES, PACKAGE, checked, pipeline_code, place
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
#: A file of a repository as LoRAs record it: ``hub:owner/name@commit/file``.
_HUB = re.compile(r"hub:([^@\s]+/[^@\s]+)@([^/\s]+)/(.+)")


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
    quantization = recipe.get("quantization")
    if quantization is not None:
        checked(quantization, "|".join(NAMES), "quantization")
    quantized = quantized_lines(recipe, checked(pipeline.get("dtype", "float32"), DTYPES, "dtype"))
    code = pipeline_code(record["uid"], kind, pipeline, quantized.argument)
    device = checked(pipeline.get("device") or "cpu", r"cpu|cuda(:\d+)?|mps|xpu(:\d+)?", "device")
    scheduler = _SCHEDULERS.get(recipe["scheduler"])
    # A LoRA of strength 0 took no part: its file may be gone, and loading it may change what others do.
    worn = [use for use in recipe["loras"] if use["strength"] != 0]
    loras = [_lora(record, index, use) for index, use in enumerate(worn)]

    levers = lever_lines(record, code.dtype)
    places = [*code.places, *(source for _, source, _ in loras)]
    classes = sorted({*code.classes, *([scheduler[0]] if scheduler else []), *quantized.classes, *levers.classes})
    masked = [(name, use) for (name, _, _), use in zip(loras, worn, strict=True) if use.get("blocks")]
    lines = [f'"""Makes image {checked(record["uid"], "[0-9a-f]{32}", "uid")} of fluxlab again."""', ""]
    lines += _standard_imports(places, masked=bool(masked))
    lines += ["import torch", f"from diffusers import {', '.join(classes)}", *quantized.imports]
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
    for name, use in masked:
        lines += _masked(name, use)
    # Casting comes after the LoRAs, which would be cast too.
    lines += [*quantized.after, *levers.before]
    call = [*_arguments(recipe), *levers.arguments]
    lines += ["", "image = pipe(", *(f"    {name}={value}," for name, value in call), ").images[0]"]
    lines += [f'image.save("fluxlab-{record["uid"][:8]}.png")', ""]
    return "\n".join(lines)


def _standard_imports(places: Sequence[str], *, masked: bool) -> list[str]:
    needed = {
        "import re": masked,
        "from importlib.resources import files": any(source.startswith(PACKAGE) for source in places),
        "from pathlib import Path": any(source.startswith("~") for source in places),
    }
    lines = [line for line, is_needed in needed.items() if is_needed]
    return [*lines, ""] if lines else []


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
    known = record["pipeline"].get("loras")
    entry = known.get(use["name"]) if isinstance(known, Mapping) else None
    entry = entry if isinstance(entry, Mapping) else {}
    source = entry.get("source")
    if not isinstance(source, str) or not source:
        raise CatalogError(
            f"generation {record['uid'][:8]} does not say where its LoRA {use['name']!r} comes from, "
            "so no script can load it: it was recorded without a source."
        )
    weight, revision = entry.get("weight_name"), entry.get("revision")
    if found := _HUB.fullmatch(source):
        source, revision, weight = found.groups()
    if weight is None and source.endswith(".safetensors"):
        # A file: diffusers takes the folder and the file's name.
        folder, slash, weight = source.replace("\\", "/").rpartition("/")
        source = folder + ("" if folder.strip("/") else slash) or "."
    extra = f"weight_name={weight!r}, " if weight is not None else ""
    if revision:
        extra += f"revision={revision!r}, "
    # PEFT makes modules of the names, and a module's name has no dots.
    plain = re.sub(r"\W", "_", use["name"], flags=re.ASCII)
    return f"{plain}_{index}", source, extra


def _masked(name: str, use: Mapping[str, Any]) -> Iterator[str]:
    """Lines that give a LoRA's modules their own strengths: that of the first pattern that their name begins with."""
    try:
        factors = checked_factors(use["blocks"])
    except ValueError as error:
        raise CatalogError(f"the record's LoRA {repr(use['name'])[:60]} {error}.") from None
    patterns: dict[str, float] = {}
    for key, value in sorted(factors, key=lambda pair: width(pair[0])):
        stream, low, high = span(key)
        holder = STREAMS.get(stream or key)
        if holder is not None:
            number = r"\d+" if stream is None else f"({'|'.join(map(str, range(low, high + 1)))})"
            patterns[rf"transformer\.{holder}\.{number}\."] = value
    patterns |= {rf"{component}\.": factor(factors, Part(component)) for component in COMPONENTS}
    yield f"strengths = {[(pattern, use['strength'] * value) for pattern, value in patterns.items()]!r}"
    yield f"for component in {list(COMPONENTS)!r}:"
    yield "    for path, layer in getattr(pipe, component).named_modules():"
    yield f"        if {name!r} in getattr(layer, 'scaling', {{}}):"
    yield '            whole = f"{component}.{path}"'
    yield "            strength = next(value for pattern, value in strengths if re.match(pattern, whole))"
    yield f"            layer.set_scale({name!r}, strength)"
