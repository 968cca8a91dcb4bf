"""A folder in memory, where syncing costs nothing: for what needs no real disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def memory_folder() -> Iterator[Path]:
    """A folder of its own in memory, or else in the temporary folder; removed afterwards."""
    shared = Path("/dev/shm")  # noqa: S108  (a folder of its own is made inside)
    # A child that was killed last may still be writing a file while its folder is removed.
    with tempfile.TemporaryDirectory(
        dir=shared if shared.is_dir() else None, prefix="durability-", ignore_cleanup_errors=True
    ) as folder:
        yield Path(folder)
