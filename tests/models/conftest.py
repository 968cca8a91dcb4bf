"""Models and LoRA files for one test; a cache of the Hugging Face hub, and a hub on this machine."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from fluxlab.models import describe, get_spec, hub
from fluxlab.models.spec import _REGISTRY

from .small_hub import COMMIT, blob_name, files_under, small_hub

CARD = "---\nlicense: other\nlicense_name: a-licence-of-its-own\n---\n# A style\n"


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


@pytest.fixture(scope="session")
def schnell_folder(tmp_path_factory):
    """A whole diffusers folder of a model without guidance embedding, with the same noise levels for every size."""
    folder = tmp_path_factory.mktemp("models") / "schnell"
    shutil.copytree(get_spec("nano").folder, folder)
    weights = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    kept = {name: tensor for name, tensor in load_file(weights).items() if ".guidance_embedder." not in name}
    save_file(kept, weights, metadata={"format": "pt"})
    edit(folder / "transformer" / "config.json", guidance_embeds=False)
    edit(folder / "scheduler" / "scheduler_config.json", shift=1.0, use_dynamic_shifting=False)
    return folder


def edit(path, **changes):
    """Change values of a JSON file."""
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of an empty cache of huggingface_hub."""
    from huggingface_hub import constants

    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(describe, "_MET", {})
    monkeypatch.setattr(hub, "_FOUND", {})
    return folder


@pytest.fixture
def cached(cache):
    """Put a diffusers folder into the cache as a download would; returns the folder of its snapshot."""

    def put(repo, source, *, commit=COMMIT, without=(), card=CARD):
        home = cache / f"models--{repo.replace('/', '--')}"
        for path in files_under(source):
            inside = path.relative_to(source)
            if inside.as_posix() in without or path.name == "README.md":
                continue
            blob, link = home / "blobs" / blob_name(path), home / "snapshots" / commit / inside
            blob.parent.mkdir(parents=True, exist_ok=True)
            link.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, blob)
            link.symlink_to(Path(*[".."] * len(inside.parts), "..", "blobs", blob.name))
        (home / "snapshots" / commit / "README.md").write_text(card)
        (home / "refs").mkdir(exist_ok=True)
        (home / "refs" / "main").write_text(commit)
        return home / "snapshots" / commit

    return put


@pytest.fixture
def online(cache, monkeypatch):
    """A hub on this machine: the function offers a folder under a name and returns the paths that were asked for.

    ``closed`` is what the hub answers instead of files: status and code.
    """
    from huggingface_hub import constants

    with small_hub() as server:
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(
            constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)

        def offer(repo, folder, closed=None):
            server.offered[repo] = (folder, closed)
            return server.asked

        yield offer
