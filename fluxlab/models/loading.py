"""Pipelines are loaded once per process and shared; each comes with the lock that guards it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fluxlab.errors import ModelError
from fluxlab.models.files import SHARED, folder_of, lineage, model_sha256, shared_sha256, single_file
from fluxlab.models.quiet import quiet
from fluxlab.models.spec import ModelSpec, get_spec
from fluxlab.models.transformers import origin_of, own_parts

if TYPE_CHECKING:
    from diffusers import FluxPipeline


@dataclass(eq=False)
class Loaded:
    """A pipeline in memory.

    Attributes
    ----------
    pipe
        The pipeline; use it only while ``lock`` is held, because diffusers' pipelines are not thread-safe.
    sha256
        Hash of all that it was loaded from, see `fluxlab.models.files.model_sha256`.
    scheduler_config
        The scheduler's configuration as it came, before any recipe asked for another.
    origin
        For the record: source, revision, precision, and the same of the model that lent parts.
    shared
        What its large text encoder and its autoencoder were loaded from, and in which precision: pipelines in which
        this is equal have the same objects, and the same lock.
    """

    spec: ModelSpec
    pipe: FluxPipeline
    sha256: str
    scheduler_config: dict[str, Any]
    origin: dict[str, Any]
    shared: tuple[str, str]
    lock: threading.RLock = field(default_factory=threading.RLock)


_ADVICE = (
    "check that the folder is a whole diffusers model with safetensors weights.",
    "check that the file is a transformer for the model that lends it its other parts.",
)
_LOADED: dict[ModelSpec, Loaded] = {}
_LOADING = threading.Lock()


def load(name: str) -> Loaded:
    """The pipeline of a model, loaded at the first call and the same object for as long as its files stay the same.

    Raises
    ------
    ModelError
        When the model is unknown or its files cannot be loaded.
    """
    spec = get_spec(name)
    with _LOADING:
        if spec not in _LOADED or _LOADED[spec].sha256 != model_sha256(spec):
            _LOADED[spec] = _load(spec)
        return _LOADED[spec]


def _load(spec: ModelSpec) -> Loaded:
    sha256 = model_sha256(spec)
    root = list(lineage(spec))[-1]
    folder = folder_of(root, transformer=root is spec)
    shared = (shared_sha256(root), spec.dtype)
    lender = next((loaded for loaded in _LOADED.values() if loaded.shared == shared), None)
    with quiet():
        import torch
        from diffusers import FluxPipeline

        try:
            # Handed over as they are: FluxPipeline.from_pipe would turn the weights of both pipelines into float32.
            parts = {} if lender is None else {name: getattr(lender.pipe, name) for name in SHARED}
            if root is not spec:
                parts |= own_parts(spec)
            pipe = FluxPipeline.from_pretrained(
                folder, dtype=getattr(torch, spec.dtype), use_safetensors=True, local_files_only=True, **parts
            )
        except ModelError:
            raise
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise ModelError(
                f"model '{spec.name}' could not be loaded from '{single_file(spec) or spec.folder}' "
                f"({type(error).__name__}: {reason}): {_ADVICE[single_file(spec) is not None]}"
            ) from error
    embeds = bool(pipe.transformer.config.guidance_embeds)
    if embeds != spec.guidance_embeds:
        raise ModelError(
            f"model '{spec.name}' is registered with guidance_embeds={spec.guidance_embeds} but its transformer says "
            f"{embeds}: correct the registration."
        )
    pipe.set_progress_bar_config(disable=True)
    loaded = Loaded(spec, pipe, sha256, dict(pipe.scheduler.config), origin_of(spec), shared)
    if lender is not None:
        loaded.lock = lender.lock
    return loaded
