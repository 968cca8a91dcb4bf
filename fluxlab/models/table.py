"""What models there are, for people: one row each, without downloading or loading anything."""

from __future__ import annotations

from pathlib import Path
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
        "true_cfg": spec.true_cfg,
        "tokens": spec.max_tokens,
        "size": f"{spec.width}x{spec.height}",
        "dtype": spec.dtype,
        "source": spec.source,
        "revision": spec.revision,
    }


def is_here(spec: ModelSpec) -> bool:
    """Whether all files of a model and of its base are on this machine."""
    try:
        return all(_has_files(each, transformer=each is spec) for each in lineage(spec))
    except ModelError:
        return False


def needs_download(name: str) -> bool:
    """Whether a model is to be fetched from the hub before anything can be said of its images; asks no one.

    Parameters
    ----------
    name
        As in a recipe; of a model that there is not, its use says so.
    """
    found = hub.NAME.fullmatch(name)
    if found is not None and name not in model_names() and not _exists(name):
        folder = hub.local_snapshot(found["repo"], found["revision"])
        if folder is None or not hub.is_whole(folder):
            return True
    try:
        spec = get_spec(name)
        return any(each.repo is not None and not _has_files(each, transformer=each is spec) for each in lineage(spec))
    except ModelError:
        return False


def _exists(name: str) -> bool:
    try:
        return Path(name).expanduser().exists()
    except (OSError, RuntimeError, ValueError):
        return False


def _has_files(spec: ModelSpec, *, transformer: bool) -> bool:
    if spec.repo is not None:
        folder = hub.local_snapshot(spec.repo, spec.revision)
        return folder is not None and hub.is_whole(folder, transformer=transformer)
    path = package_path(spec.source)
    return path.exists()
