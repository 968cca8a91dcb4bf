"""SHA-256 of files and folders, remembered while size and time of change stay the same."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

WEIGHT_SUFFIXES = frozenset({".safetensors", ".json", ".txt", ".model"})
#: Of another precision beside the one that is loaded, as in ``model.fp16.safetensors``.
_VARIANT = re.compile(r"\.(fp16|bf16|ema|non_ema)[.-]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@lru_cache(maxsize=1024)
def _hash(path: str, size: int, changed: int) -> str:  # noqa: ARG001  (size and time are the cache's key)
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes.

    A large file in the cache of huggingface_hub is a link to one that is named by its SHA-256, which the hub checked
    when it came: that name is taken, because reading 24 GB takes minutes.
    """
    if path.is_symlink():
        path = path.resolve()
        if path.parent.name == "blobs" and _SHA256.fullmatch(path.name):
            return path.name
    stat = path.stat()
    return _hash(str(path.absolute()), stat.st_size, stat.st_mtime_ns)


def model_files(folder: Path) -> Iterator[Path]:
    """The files of a diffusers folder that loading it reads, in order: weights, configurations and vocabularies.

    Weights beside ``model_index.json`` are the same model once more in one file, for other programs; nothing of a
    hidden folder is the model's.
    """
    for path in sorted(folder.rglob("*")):
        if path.suffix not in WEIGHT_SUFFIXES or _VARIANT.search(path.name):
            continue
        inside = path.relative_to(folder).parts
        alone = len(inside) == 1 and path.suffix != ".json"
        if not alone and not any(part.startswith(".") for part in inside) and path.is_file():
            yield path


def folder_sha256(folder: Path, files: Iterable[Path] | None = None) -> str:
    """One SHA-256 for a model folder: over the names and hashes of its weights, configurations and vocabularies.

    Parameters
    ----------
    folder
        The folder.
    files
        Some files of it; left out, all of `model_files`.
    """
    total = hashlib.sha256()
    for path in model_files(folder) if files is None else files:
        total.update(f"{path.relative_to(folder).as_posix()}\0{file_sha256(path)}\n".encode())
    return total.hexdigest()
