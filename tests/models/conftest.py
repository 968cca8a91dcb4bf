"""Models and LoRA files for one test."""

import dataclasses

import numpy as np
import pytest
from safetensors.numpy import save_file

from fluxlab.models import get_spec
from fluxlab.models.spec import _REGISTRY


@pytest.fixture
def add_model(monkeypatch):
    """Register a model that differs from nano in some respects, for one test."""

    def add(name, **changes):
        spec = dataclasses.replace(get_spec("nano"), name=name, **changes)
        monkeypatch.setitem(_REGISTRY, name, spec)
        return spec

    return add


@pytest.fixture
def write_lora(tmp_path):
    """Write a small safetensors file; returns its path as text."""

    def write(name="wash.safetensors", value=1.0):
        path = tmp_path / name
        save_file({"transformer.proj_out.lora_A.weight": np.full((2, 2), value, np.float32)}, path)
        return str(path)

    return write
