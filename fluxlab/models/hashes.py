"""SHA-256 of files and folders, remembered while size and time of change stay the same."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

WEIGHT_SUFFIXES = frozenset({".safetensors", ".json", ".txt", ".model"})


@lru_cache(maxsize=1024)
def _hash(path: str, size: int, changed: int) -> str:  # noqa: ARG001  (size and time are the cache's key)
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    stat = path.stat()
    return _hash(str(path.resolve()), stat.st_size, stat.st_mtime_ns)


def folder_sha256(folder: Path) -> str:
    """One SHA-256 for a model folder: over the names and hashes of its weights, configurations and vocabularies."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix in WEIGHT_SUFFIXES):
        total.update(f"{path.relative_to(folder).as_posix()}\0{file_sha256(path)}\n".encode())
    return total.hexdigest()
