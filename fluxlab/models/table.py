"""What models there are, for people: one row each, without downloading or loading anything."""

from __future__ import annotations

from typing import Any

from fluxlab.errors import ModelError
from fluxlab.models import hub
from fluxlab.models.files import lineage
from fluxlab.models.spec import ModelSpec, get_spec, model_names, package_path


def model_rows() -> list[dict[str, Any]]:
    """The registered models: where they are, whether their files are here, what they are under and take by default."""
    return [_row(get_spec(name)) for name in model_names()]


def _row(spec: ModelSpec) -> dict[str, Any]:
    return {
        "model": spec.name,
        "here": is_here(spec),
        "licence": spec.licence,
        "gated": spec.gated,
        "steps": spec.steps,
        "guidance": spec.guidance,
        "tokens": spec.max_tokens,
        "size": f"{spec.width}x{spec.height}",
        "dtype": spec.dtype,
        "source": spec.source,
    }


def is_here(spec: ModelSpec) -> bool:
    """Whether all files of a model and of its base are on this machine."""
    try:
        return all(_has_files(each, transformer=each is spec) for each in lineage(spec))
    except ModelError:
        return False


def _has_files(spec: ModelSpec, *, transformer: bool) -> bool:
    if spec.repo is not None:
        folder = hub.local_snapshot(spec.repo, spec.revision)
        return folder is not None and hub.is_whole(folder, transformer=transformer)
    path = package_path(spec.source)
    return path.exists()
