"""A catalog in a fresh folder, drafts to record, and small pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import fluxlab
from fluxlab.catalog import Catalog, Draft
from fluxlab.recipe import Recipe

TIMINGS = {"encode": 0.5, "denoise": 2.0, "decode": 0.25}


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ".fluxlab"


@pytest.fixture
def catalog(folder):
    with Catalog(folder) as opened:
        yield opened


@pytest.fixture
def draft():
    def make(key="k", *, pipeline=None, environment=None, files=None, run=None, coords=None, mode="exact", **recipe):
        values = {"prompt": "a cat", "seed": 7, "steps": 4, "guidance": 3.5, "width": 32, "height": 32}
        return Draft(
            recipe=Recipe(**{**values, "max_sequence_length": 64, **recipe}),
            key=key,
            files=files or {"model": "ab" * 32, "lora:ink": "cd" * 32},
            environment=environment or {"torch": "2.6", "device": "cpu"},
            pipeline=pipeline
            or {
                "model": "nano",
                "class": "FluxPipeline",
                "source": "package:fluxlab/models/nano",
                "revision": None,
                "dtype": "float32",
                "loras": {"ink": {"source": "package:fluxlab/models/loras/ink.safetensors"}},
            },
            mode=mode,
            run=run,
            coords=coords,
        )

    return make


@pytest.fixture
def picture():
    def make(colour="red", size=(32, 32)):
        return Image.new("RGB", size, colour)

    return make


@pytest.fixture
def keep(catalog, draft, picture):
    """Begin and complete one image."""

    def make(key="k", *, colour="red", effective=None, timings=None, **recipe):
        uid = catalog.begin(draft(key, **recipe))
        return catalog.complete(uid, picture(colour), effective or {"steps": 4}, timings or TIMINGS)

    return make


@pytest.fixture
def worker():
    """Start Python processes that use this fluxlab; whatever still runs at the end is killed."""
    running = []

    def start(script, *arguments):
        environment = {**os.environ, "PYTHONPATH": str(Path(fluxlab.__file__).parents[1])}
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", script, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()
