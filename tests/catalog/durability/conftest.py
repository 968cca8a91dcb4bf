"""The short forms of benchmarks/durability, which forks; Windows cannot."""

import os

import pytest

from benchmarks.durability.memory import memory_folder

if not hasattr(os, "fork"):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(params=["delete", "wal"])
def mode(request):
    return request.param


@pytest.fixture
def memory():
    with memory_folder() as folder:
        yield folder
