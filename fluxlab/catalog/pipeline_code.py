"""The lines of a script that load a recorded pipeline with plain diffusers calls, also one with parts of another."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fluxlab.errors import CatalogError

PACKAGE = "package:"
_HUB = "hub:"
DTYPES = "float32|bfloat16|float16"
_TRANSFORMER = "FluxTransformer2DModel"
_GGUF = ".gguf"
_PLAIN = r"True|False|\d{1,4}"
_SHAPE = ("guidance_embeds", "num_layers", "num_single_layers")


@dataclass
class PipelineCode:
    """Lines, and what they need to be imported.

    Attributes
    ----------
    lines
        Statements that leave the pipeline in ``pipe``.
    classes
        Names from diffusers.
    places
        Sources as recorded.
    load_file
        Whether they call ``load_file`` of safetensors.
    dtype
        Precision of the pipeline.
    loading
        A further argument of loading, with its comma.
    """

    lines: list[str] = field(default_factory=list)
    classes: set[str] = field(default_factory=set)
    places: list[str] = field(default_factory=list)
    load_file: bool = False
    dtype: str = "float32"
    loading: str = ""


def pipeline_code(uid: str, kind: str, pipeline: Mapping[str, Any], loading: str = "") -> PipelineCode:
    """How to load what a record says of its pipeline.

    Parameters
    ----------
    uid
        Of the generation, for errors.
    kind
        Class of the pipeline.
    pipeline
        ``source``, ``revision`` and ``dtype``; with a ``base``, how its ``transformer`` and ``scheduler`` replace those
        of the base.
    loading
        A further argument of loading, with its comma.

    Raises
    ------
    CatalogError
        When the record does not say it, or says what no fluxlab writes.
    """
    code = PipelineCode(loading=loading)
    dtype = code.dtype = checked(pipeline.get("dtype", "float32"), DTYPES, "dtype")
    _load(code, (uid, kind, f"torch.{dtype}"), pipeline, transformer=True)
    return code


def _load(code: PipelineCode, facts: tuple[str, str, str], pipeline: Mapping[str, Any], *, transformer: bool) -> str:
    """Add the lines for a model, its base before it; the place of the one at the end of the lineage.

    ``facts`` are uid, class and precision; ``transformer`` says whether this model's own is needed.
    """
    uid, kind, dtype = facts
    source = pipeline.get("source")
    if not isinstance(source, str) or not source:
        raise CatalogError(
            f"generation {uid[:8]} has no pipeline source, so no script can load its model: "
            "it was recorded without one."
        )
    code.places.append(source)
    base = pipeline.get("base")
    if not isinstance(base, Mapping):
        revision = f"revision={pipeline['revision']!r}" if pipeline.get("revision") else ""
        code.classes.add(kind)
        options = [place(source), revision, "" if transformer else "transformer=None", f"dtype={dtype}"]
        code.lines += [
            f"pipe = {kind}.from_pretrained(",
            f"    {', '.join(option for option in options if option)}, use_safetensors=True,{code.loading}",
            ")",
        ]
        return f"{place(source)}, config_{revision}" if revision else place(source)
    own = pipeline.get("transformer")
    own = own if isinstance(own, Mapping) else {}
    what = checked(own.get("kind"), "|".join(_TRANSFORMERS), "kind of transformer")
    root = _load(code, facts, base, transformer=transformer and what == "difference")
    if transformer:
        code.classes.add(_TRANSFORMER)
        code.load_file |= what == "difference"
        if source.endswith(_GGUF):
            code.classes.add("GGUFQuantizationConfig")
        code.lines += _TRANSFORMERS[what](source, root, dtype, own)
    if pipeline.get("scheduler") is True:
        code.classes.add("FlowMatchEulerDiscreteScheduler")
        code.lines.append(
            f'pipe.scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained({place(source)}, subfolder="scheduler")'
        )
    return root


def _from_file(source: str, root: str, dtype: str, own: Mapping[str, Any]) -> list[str]:
    shape = ", ".join(f"{name}={checked(repr(own.get(name)), _PLAIN, name)}" for name in _SHAPE)
    quantized = f", quantization_config=GGUFQuantizationConfig(compute_dtype={dtype})" if source.endswith(_GGUF) else ""
    return [
        f"transformer = {_TRANSFORMER}.from_single_file(",
        f"    {place(source)}, config={root}, subfolder='transformer',",
        f"    {shape}, dtype={dtype}{quantized}",
        ")",
        "pipe.register_modules(transformer=transformer)",
    ]


def _from_folder(source: str, root: str, dtype: str, own: Mapping[str, Any]) -> list[str]:
    del root, own
    return [
        f"transformer = {_TRANSFORMER}.from_pretrained(",
        f"    {place(source)}, subfolder='transformer', dtype={dtype}, use_safetensors=True",
        ")",
        "pipe.register_modules(transformer=transformer)",
    ]


def _from_difference(source: str, root: str, dtype: str, own: Mapping[str, Any]) -> list[str]:
    """Shipped is what is added to the base's weights: pairs of thin matrices, and tensors that replace others."""
    del root, own
    return [
        f"folder = {place(source)}",
        f"config = {_TRANSFORMER}.load_config(folder, subfolder='transformer')",
        f"transformer = {_TRANSFORMER}.from_config(config).eval()",
        "weights = {k: pipe.transformer.state_dict()[k].float() for k in transformer.state_dict()}",
        "difference = load_file(folder + '/transformer/difference.safetensors')",
        "for name, tensor in difference.items():",
        "    if name.endswith('.up'):",
        "        weights[name[:-3]] = weights[name[:-3]] + tensor.float() @ difference[name[:-3] + '.down'].float()",
        "    elif not name.endswith('.down'):",
        "        weights[name] = tensor.float()",
        "transformer.load_state_dict(weights)",
        f"pipe.register_modules(transformer=transformer.to({dtype}))",
    ]


_Lines = Callable[[str, str, str, Mapping[str, Any]], list[str]]
_TRANSFORMERS: dict[str, _Lines] = {"file": _from_file, "folder": _from_folder, "difference": _from_difference}


def place(source: str) -> str:
    """The expression for a hub id, a folder, or a folder inside a package."""
    if source.startswith(PACKAGE):
        package, *parts = source.removeprefix(PACKAGE).strip("/").split("/")
        inside = "".join(f" / {part!r}" for part in parts)
        return f"str(files({package!r}){inside})"
    if source.startswith("~"):
        return f"str(Path({source!r}).expanduser())"
    return repr(source.removeprefix(_HUB))


def checked(value: Any, pattern: str, what: str) -> str:
    """A recorded text that stands in a script as it is.

    Raises
    ------
    CatalogError
        When it is anything but what the pattern allows.
    """
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise CatalogError(f"the recorded {what} {str(value)[:60]!r} is not one, so no script is written from it.")
    return value
