"""The registry: each model's source, capabilities and defaults."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from fluxlab.errors import ModelError, nearest

PACKAGE_SCHEME = "package:"


@dataclass(frozen=True)
class ModelSpec:
    """What a model is and takes.

    Parameters
    ----------
    name
        Name in the registry and in recipes.
    source
        ``package:fluxlab/models/nano`` for files inside the package, or a local diffusers folder.
    licence
        SPDX identifier, or the name of the licence.
    dtype
        Precision the pipeline runs in; guidance is rounded to it.
    guidance_embeds
        Whether the transformer takes ``guidance`` as a number.
    max_tokens
        Largest ``max_sequence_length``.
    steps, guidance, width, height, max_sequence_length
        Defaults where a recipe says nothing; ``guidance`` is ``None`` without a guidance embedding.
    """

    name: str
    source: str
    licence: str
    dtype: Literal["float32", "float16", "bfloat16"]
    guidance_embeds: bool
    max_tokens: int
    steps: int
    guidance: float | None
    width: int
    height: int
    max_sequence_length: int
    revision: str | None = None

    @property
    def folder(self) -> Path:
        """The local folder of the model's files.

        Raises
        ------
        ModelError
            When it does not exist.
        """
        folder = package_path(self.source)
        if not folder.is_dir():
            raise ModelError(
                f"model '{self.name}' has no folder '{folder}': reinstall fluxlab, or correct the model's source."
            )
        return folder


def package_path(source: str) -> Path:
    """A path on disk for a source: ``package:<package>/<folders>`` or a plain path."""
    if not source.startswith(PACKAGE_SCHEME):
        return Path(source)
    package, _, rest = source.removeprefix(PACKAGE_SCHEME).partition("/")
    return Path(str(files(package))).joinpath(*rest.split("/"))


_REGISTRY: dict[str, ModelSpec] = {}


def register(spec: ModelSpec) -> ModelSpec:
    """Add a model under its name; a second registration of the same name replaces the first."""
    _REGISTRY[spec.name] = spec
    return spec


def model_names() -> tuple[str, ...]:
    """All registered names, sorted."""
    return tuple(sorted(_REGISTRY))


def get_spec(name: str) -> ModelSpec:
    """Look a model up.

    Raises
    ------
    ModelError
        When there is none of this name.
    """
    try:
        return _REGISTRY[name]
    except KeyError:
        raise ModelError(
            f"model={name!r} is unknown:{nearest(name, _REGISTRY)} Available are {', '.join(model_names())}."
        ) from None


register(
    ModelSpec(
        name="nano",
        source="package:fluxlab/models/nano",
        licence="Apache-2.0",
        dtype="float32",
        guidance_embeds=True,
        max_tokens=64,
        steps=8,
        guidance=3.5,
        width=128,
        height=128,
        max_sequence_length=32,
    )
)
