"""A model's own files and those that its base lends it: where they are, and one hash for all that loading reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from fluxlab.errors import ModelError
from fluxlab.models import hub
from fluxlab.models.hashes import file_sha256, folder_sha256, model_files
from fluxlab.models.header import GGUF, SUFFIXES
from fluxlab.models.low_rank import DIFFERENCE
from fluxlab.models.spec import ModelSpec, get_spec, package_path

#: Parts that no recipe changes, so that pipelines may share them. LoRAs act on the other text encoder.
SHARED = ("text_encoder_2", "tokenizer", "tokenizer_2", "vae")


def single_file(spec: ModelSpec) -> Path | None:
    """The file of a model that is one file.

    Raises
    ------
    ModelError
        When it does not exist, or nothing lends it its other parts.
    """
    path = package_path(spec.source)
    if spec.repo is not None or path.suffix not in SUFFIXES:
        return None
    if not path.is_file():
        raise ModelError(f"model '{spec.name}' has no file '{path}': correct the model's source.")
    if spec.base is None:
        raise ModelError(
            f"model '{spec.name}' is a transformer alone: register it with base= and the name of a model that lends it "
            "text encoders and autoencoder."
        )
    return path


def is_gguf(spec: ModelSpec) -> bool:
    """Whether its transformer is a GGUF file, whose weights are quantised already."""
    return spec.repo is None and package_path(spec.source).suffix == GGUF


def folder_of(spec: ModelSpec, *, transformer: bool = True) -> Path:
    """The folder of a model that is one, without the weights of a transformer where they are not needed."""
    if spec.repo is not None:
        return hub.snapshot(spec.name, spec.repo, spec.revision, transformer=transformer)
    return spec.folder


def lineage(spec: ModelSpec) -> Iterator[ModelSpec]:
    """The model, its base, the base of that, and so on; each lends what those before it lack.

    Raises
    ------
    ModelError
        When a base is unknown, or a model is its own.
    """
    seen: list[str] = []
    at: ModelSpec | None = spec
    while at is not None:
        if at.name in seen:
            raise ModelError(f"model '{spec.name}' is its own base by way of {seen}: correct the registration.")
        seen.append(at.name)
        yield at
        at = None if at.base is None else get_spec(at.base)


def is_difference(spec: ModelSpec) -> bool:
    """Whether its transformer is a difference to the one of its base."""
    return spec.base is not None and single_file(spec) is None and (spec.folder / "transformer" / DIFFERENCE).is_file()


def model_sha256(spec: ModelSpec, *, transformer: bool = True) -> str:
    """One SHA-256 over all that loading the model reads, what is lent included.

    Parameters
    ----------
    spec
        The model; downloaded where it is not here.
    transformer
        Whether the weights of its transformer count.
    """
    list(lineage(spec))  # ends in a sentence where bases go in a circle
    if (file := single_file(spec)) is not None:
        own = file_sha256(file) if transformer else ""
    else:
        folder = folder_of(spec, transformer=transformer)
        own = folder_sha256(folder, None if transformer else _without_transformer(folder))
    if spec.base is None:
        return own
    lent = model_sha256(get_spec(spec.base), transformer=transformer and is_difference(spec))
    return hashlib.sha256(f"{own}\0{lent}".encode()).hexdigest()


def shared_sha256(root: ModelSpec) -> str:
    """One SHA-256 over the parts that pipelines may share, of the model at the end of a lineage."""
    folder = folder_of(root, transformer=False)
    parts = (p for p in model_files(folder) if p.relative_to(folder).parts[0] in SHARED)
    return folder_sha256(folder, parts)


def _without_transformer(folder: Path) -> Iterator[Path]:
    """All but weights of the transformer: its configuration counts, because a single file is read by it."""
    for path in model_files(folder):
        inside = path.relative_to(folder).parts
        if inside[0] != "transformer" or path.name == "config.json":
            yield path


def revision_of(spec: ModelSpec) -> str | None:
    """The commit of a model of the hub, as it lies in the cache; else what the registration says."""
    return folder_of(spec, transformer=False).name if spec.repo is not None else spec.revision
