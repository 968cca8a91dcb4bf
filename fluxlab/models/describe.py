"""Models that nobody registered: what they are and take, read from their files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from fluxlab.errors import ModelError
from fluxlab.models import hub
from fluxlab.models.header import CHANNELS, SUFFIXES, read_header
from fluxlab.models.spec import ModelSpec, get_spec

#: Who lends a single file its other parts, by the width of its blocks and whether it has a guidance embedding.
LENDERS = {
    (3072, True): "FLUX.1-dev",
    (3072, False): "FLUX.1-schnell",
    (192, True): "nano",
    (192, False): "nano-schnell",
}
PICKLES = frozenset({".bin", ".ckpt", ".pkl", ".pickle", ".pt", ".pth"})
#: Blocks at least this wide run in bfloat16, as FLUX.1 does, whatever precision the file was saved in.
WIDE = 1024
UNKNOWN = "unknown"

#: Models of the hub that this process has met, each at its commit.
_MET: dict[str, ModelSpec] = {}


def describe(name: str) -> ModelSpec | None:
    """The model of a folder, a file or an id of the hub; ``None`` where a name can be none of these.

    Parameters
    ----------
    name
        A path, or ``owner/name``, where wanted with ``@`` and a branch, tag or commit. Of the hub only small files are
        fetched.

    Raises
    ------
    ModelError
        When there is something of this name that is no model of FLUX.1, or when the hub does not give it.
    """
    path = Path(name)
    try:
        path = path.expanduser()
        is_file, is_folder = path.is_file(), path.is_dir()
    except (OSError, RuntimeError, ValueError):  # a name too long for a file, with a null character, or of ~nobody
        return None
    if is_file:
        return _of_file(name, path.absolute())
    if is_folder and path.name not in {"", ".."}:  # a slip, rather than the folder one stands in
        return _of_folder(name, path.absolute(), str(path.absolute()))
    if path.suffix in SUFFIXES or path.suffix in PICKLES or path.is_absolute():
        raise ModelError(f"model={name[:200]!r} is not there: give the path of a file or folder that exists.")
    found = hub.NAME.fullmatch(name)
    if found is None:
        return None
    if name not in _MET:
        repo = found["repo"]
        folder = hub.snapshot(name, repo, found["revision"], facts_only=True)
        spec = _of_folder(name, folder, hub.HUB_SCHEME + repo)
        _MET[name] = replace(spec, revision=folder.name, gated=None)
    return _MET[name]


def _of_file(name: str, path: Path) -> ModelSpec:
    if path.suffix not in SUFFIXES:
        what = "a pickle, which can run any code when it is opened" if path.suffix in PICKLES else "of another kind"
        raise ModelError(f"model={name[:200]!r} is {what}: only {' and '.join(SUFFIXES)} files are allowed.")
    header = read_header(name, path)
    lender = LENDERS.get((header.inner, header.guidance_embeds))
    if lender is None:
        raise ModelError(
            f"model '{name}' has blocks {header.inner} wide, which fit the text encoders of no known model: register "
            "it as a ModelSpec that names its base, or give a whole diffusers folder."
        )
    base = get_spec(lender)
    return replace(base, name=name, source=str(path), licence=UNKNOWN, gated=False, revision=None, base=lender)


def _of_folder(name: str, folder: Path, source: str) -> ModelSpec:
    index = _json(name, folder, "model_index.json")
    if index.get("_class_name") != "FluxPipeline":
        raise ModelError(
            f"model '{name}' is a {str(index.get('_class_name'))[:80]!r}: only a FluxPipeline is allowed, which "
            "FLUX.1-dev, FLUX.1-schnell and their fine-tunes are."
        )
    transformer = _json(name, folder, "transformer/config.json")
    if transformer.get("in_channels", CHANNELS) != CHANNELS:
        raise ModelError(
            f"model '{name}' takes {transformer.get('in_channels')!r} channels instead of {CHANNELS}, as models do "
            "that fill in or follow a picture: take one that makes images from text alone."
        )
    embeds = transformer.get("guidance_embeds", False)
    dynamic = _json(name, folder, "scheduler/scheduler_config.json").get("use_dynamic_shifting", False)
    side = _number(_json(name, folder, "vae/config.json"), "sample_size", 1024)
    readable = _number(_json(name, folder, "tokenizer_2/tokenizer_config.json"), "model_max_length", 512)
    tokens = min(readable, 512 if embeds else 256)
    width = _number(transformer, "num_attention_heads", 24) * _number(transformer, "attention_head_dim", 128)
    return ModelSpec(
        name=name,
        source=source,
        licence=_licence(folder),
        dtype="bfloat16" if width >= WIDE else "float32",
        guidance_embeds=bool(embeds),
        max_tokens=tokens,
        # Without guidance and with the same noise levels for every size, it was distilled like FLUX.1-schnell.
        steps=28 if embeds or dynamic else 4,
        guidance=3.5 if embeds else None,
        width=side,
        height=side,
        max_sequence_length=tokens,
    )


def _json(name: str, folder: Path, file: str) -> dict[str, Any]:
    try:
        found = json.loads((folder / file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise ModelError(
            f"model '{name}' is no whole diffusers model: '{file}' {reason} in '{folder}'; give the folder that "
            "save_pretrained() wrote, or an id of the hub."
        ) from None
    if not isinstance(found, dict):
        raise ModelError(f"model '{name}' is no whole diffusers model: '{file}' in '{folder}' is no JSON object.")
    return found


def _number(config: dict[str, Any], field: str, default: int) -> int:
    value = config.get(field)
    return value if isinstance(value, int) and value > 0 else default


def _licence(folder: Path) -> str:
    """As the head of the model card states it."""
    from huggingface_hub import metadata_load

    try:
        card = metadata_load(folder / "README.md") or {}
    except Exception:  # noqa: BLE001  (whatever a card is, the model is what its other files are)
        return UNKNOWN
    named = card.get("license_name") if card.get("license") == "other" else card.get("license")
    return named if isinstance(named, str) and named else UNKNOWN
