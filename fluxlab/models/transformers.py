"""What a model brings along when another lends it the rest: a transformer of its own, perhaps a scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fluxlab.errors import ModelError
from fluxlab.models.files import folder_of, is_difference, lineage, revision_of, single_file
from fluxlab.models.hashes import file_sha256
from fluxlab.models.header import GGUF, PREFIX, read_header
from fluxlab.models.low_rank import DIFFERENCE, fold
from fluxlab.models.spec import ModelSpec, get_spec

if TYPE_CHECKING:
    from pathlib import Path

    from diffusers import FluxTransformer2DModel


def own_parts(spec: ModelSpec) -> dict[str, Any]:
    """The transformer of a model with a base, and the scheduler that comes first in its lineage.

    Raises
    ------
    ModelError
        When its file holds less than a whole transformer.
    """
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler

    parts: dict[str, Any] = {"transformer": _transformer(spec, getattr(torch, spec.dtype))}
    if (folder := _scheduler_folder(spec)) is not None:
        parts["scheduler"] = FlowMatchEulerDiscreteScheduler.from_pretrained(folder / "scheduler")
    return parts


def _scheduler_folder(spec: ModelSpec) -> Path | None:
    """The folder of the first in the lineage with a scheduler, unless that is the last, which lends the rest too."""
    for each in lineage(spec):
        if each.base is None or single_file(each) is not None:
            continue
        if (each.folder / "scheduler").is_dir():
            return each.folder
    return None


def _transformer(spec: ModelSpec, dtype: Any) -> FluxTransformer2DModel:
    from diffusers import FluxTransformer2DModel

    if (file := single_file(spec)) is not None:
        return _from_file(spec, file, dtype)
    folder = folder_of(spec)
    if not is_difference(spec):
        return FluxTransformer2DModel.from_pretrained(
            folder, subfolder="transformer", dtype=dtype, use_safetensors=True, local_files_only=True
        )
    import torch
    from safetensors.torch import load_file

    base = _transformer(get_spec(str(spec.base)), torch.float32).state_dict()
    with torch.device("meta"):
        model = FluxTransformer2DModel.from_config(FluxTransformer2DModel.load_config(folder / "transformer"))
    # A part that the model does without, such as the guidance embedding, is left behind.
    kept = {name: base[name] for name in model.state_dict()}
    model.load_state_dict(fold(kept, load_file(folder / "transformer" / DIFFERENCE)), assign=True)
    return model.to(dtype).eval()


def _from_file(spec: ModelSpec, file: Path, dtype: Any) -> FluxTransformer2DModel:
    from diffusers import FluxTransformer2DModel, GGUFQuantizationConfig
    from safetensors.torch import load_file

    options: dict[str, Any] = {
        "dtype": dtype,
        "config": str(_config_folder(spec)),
        "subfolder": "transformer",
        "local_files_only": True,
        **shape_of(spec, file),
    }
    if file.suffix == GGUF:
        quantized = GGUFQuantizationConfig(compute_dtype=dtype)
        model = FluxTransformer2DModel.from_single_file(str(file), quantization_config=quantized, **options)
    else:
        wanted = set(read_header(spec.name, file).tensors)
        tensors = {name.removeprefix(PREFIX): t for name, t in load_file(file).items() if name in wanted}
        model = FluxTransformer2DModel.from_single_file(tensors, **options)
    missing = next((name for name, parameter in model.named_parameters() if parameter.is_meta), None)
    if missing is not None:
        raise ModelError(f"model '{spec.name}' lacks the tensor '{missing}': '{file}' is not whole; download it again.")
    return model


def shape_of(spec: ModelSpec, file: Path) -> dict[str, Any]:
    """In what a single file's transformer may differ from that of its lender, as its tensors say."""
    header = read_header(spec.name, file)
    return {
        "guidance_embeds": header.guidance_embeds,
        "num_layers": header.layers,
        "num_single_layers": header.single_layers,
    }


def _config_folder(spec: ModelSpec) -> Path:
    """The folder at the end of the lineage; it has a configuration of the transformer even without its weights."""
    return folder_of(list(lineage(spec))[-1], transformer=False)


def origin_of(spec: ModelSpec) -> dict[str, Any]:
    """What the record of an image says of where its model came from."""
    file = single_file(spec)
    origin: dict[str, Any] = {"source": spec.source, "revision": revision_of(spec), "dtype": spec.dtype}
    if file is not None:
        origin["transformer"] = {"kind": "file", "sha256": file_sha256(file), **shape_of(spec, file)}
    elif spec.base is not None:
        origin["transformer"] = {"kind": "difference" if is_difference(spec) else "folder"}
    if spec.base is not None:
        origin["scheduler"] = file is None and (spec.folder / "scheduler").is_dir()
        origin["base"] = origin_of(get_spec(spec.base))
    return origin
