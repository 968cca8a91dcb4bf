"""The registry: each model's source, capabilities and defaults."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from fluxlab.errors import ModelError, brief, nearest
from fluxlab.models import hub

PACKAGE_SCHEME = "package:"

Dtype = Literal["float32", "float16", "bfloat16"]


@dataclass(frozen=True)
class ModelSpec:
    """What a model is and takes.

    Parameters
    ----------
    name
        Name in the registry and in recipes.
    source
        ``package:fluxlab/models/nano`` for files inside the package, ``hub:owner/name`` for the Hugging Face hub, a
        local diffusers folder, or one ``.safetensors`` or ``.gguf`` file with a transformer.
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
    revision
        Branch, tag or commit on the hub; ``None`` is the default branch as it was when it came.
    true_cfg
        Whether it takes ``negative_prompt`` and ``true_cfg_scale``.
    gated
        Whether the hub hands it out only to those who accepted its terms; ``None`` where that is not known.
    base
        Name of the model that lends the parts which this one's source lacks.
    """

    name: str
    source: str
    licence: str
    dtype: Dtype
    guidance_embeds: bool
    max_tokens: int
    steps: int
    guidance: float | None
    width: int
    height: int
    max_sequence_length: int
    revision: str | None = None
    true_cfg: bool = True
    gated: bool | None = False
    base: str | None = None

    @property
    def repo(self) -> str | None:
        """``owner/name`` of a model of the hub."""
        return self.source.removeprefix(hub.HUB_SCHEME) if self.source.startswith(hub.HUB_SCHEME) else None

    @property
    def folder(self) -> Path:
        """The local folder of the model's files; a model of the hub is downloaded where it is not here.

        Raises
        ------
        ModelError
            When it does not exist, or cannot be downloaded.
        """
        if self.repo is not None:
            return hub.snapshot(self.name, self.repo, self.revision)
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
    """Add a model under its name; a second registration of the same name replaces the first.

    Raises
    ------
    ModelError
        For anything but a `ModelSpec`.
    """
    if not isinstance(spec, ModelSpec):
        raise ModelError(f"spec={brief(spec)} is no ModelSpec: derive one with replace(get_spec('nano'), name='mine').")
    _REGISTRY[spec.name] = spec
    return spec


def model_names() -> tuple[str, ...]:
    """All registered names, sorted."""
    return tuple(sorted(_REGISTRY))


def get_spec(name: str) -> ModelSpec:
    """Look a model up: by its registered name, by its id on the hub, or by the path of its folder or file.

    A model that is not registered is described by what its files say; see `fluxlab.models.describe`.

    Raises
    ------
    ModelError
        When there is none of this name, or its files hold no model of FLUX.1.
    """
    if not isinstance(name, str):
        raise ModelError(f"model={brief(name)} is no name: give text, such as 'nano', 'owner/name' or a path.")
    if name in _REGISTRY:
        return _REGISTRY[name]
    for spec in _REGISTRY.values():
        if spec.repo == name:
            return spec
    from fluxlab.models.describe import describe

    found = describe(name)
    if found is None:
        shown = repr(name) if len(name) <= 200 else f"{name[:197]!r}..."
        raise ModelError(
            f"model={shown} is unknown:{nearest(name, _REGISTRY)} Available are {', '.join(model_names())}; an id of "
            "the Hugging Face hub such as 'owner/name', the path of a diffusers folder, or of a .safetensors or .gguf "
            "file, will do too."
        )
    return found
