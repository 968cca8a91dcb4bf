"""The short forms of benchmarks/durability, which forks; Windows cannot."""

import os
import tempfile
from pathlib import Path

import pytest

if not hasattr(os, "fork"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(params=["delete", "wal"])
def mode(request):
    return request.param


@pytest.fixture
def memory():
    """A folder in memory where there is one: for what does not depend on a real disk."""
    shared = Path("/dev/shm")  # noqa: S108  (a folder of its own is made inside)
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None, ignore_cleanup_errors=True) as folder:
        yield Path(folder)
