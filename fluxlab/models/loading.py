"""Pipelines are loaded once per process and shared; each comes with the lock that guards it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fluxlab.errors import ModelError
from fluxlab.models.hashes import folder_sha256
from fluxlab.models.quiet import quiet
from fluxlab.models.spec import ModelSpec, get_spec

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
        Hash of the folder that it was loaded from, see `fluxlab.models.hashes.folder_sha256`.
    scheduler_config
        The scheduler's configuration as it came, before any recipe asked for another.
    """

    spec: ModelSpec
    pipe: FluxPipeline
    sha256: str
    scheduler_config: dict[str, Any]
    lock: threading.RLock = field(default_factory=threading.RLock)


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
        if spec not in _LOADED or _LOADED[spec].sha256 != folder_sha256(spec.folder):
            _LOADED[spec] = _load(spec)
        return _LOADED[spec]


def loaded(name: str) -> Loaded | None:
    """The pipeline of a model where it is in memory already; nothing is loaded.

    Raises
    ------
    ModelError
        When the model is unknown.
    """
    return _LOADED.get(get_spec(name))


def _load(spec: ModelSpec) -> Loaded:
    folder = spec.folder
    sha256 = folder_sha256(folder)
    with quiet():
        import torch
        from diffusers import FluxPipeline

        try:
            pipe = FluxPipeline.from_pretrained(
                folder, dtype=getattr(torch, spec.dtype), use_safetensors=True, local_files_only=True
            )
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise ModelError(
                f"model '{spec.name}' could not be loaded from '{folder}' ({type(error).__name__}: {reason}): "
                "check that the folder is a whole diffusers model with safetensors weights."
            ) from error
    embeds = bool(pipe.transformer.config.guidance_embeds)
    if embeds != spec.guidance_embeds:
        raise ModelError(
            f"model '{spec.name}' is registered with guidance_embeds={spec.guidance_embeds} but its transformer says "
            f"{embeds}: correct the registration."
        )
    pipe.set_progress_bar_config(disable=True)
    return Loaded(spec, pipe, sha256, dict(pipe.scheduler.config))
