"""The golden files, and the fuzzers, which benchmarks use too."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _module(path):
    spec = importlib.util.spec_from_file_location(f"formats_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    # A dataclass looks its module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def make():
    """The script that makes the golden files."""
    return _module(HERE / "golden" / "make.py")


@pytest.fixture(scope="session")
def fuzzing():
    return _module(HERE / "fuzzing.py")


@pytest.fixture(scope="session")
def golden():
    """Bytes of each golden file by name."""
    files = (HERE / "golden").iterdir()
    return {path.name: path.read_bytes() for path in sorted(files) if path.suffix in {".png", ".jpg", ".webp"}}


@pytest.fixture(scope="session")
def expected():
    return json.loads((HERE / "golden" / "expected.json").read_text(encoding="utf-8"))
