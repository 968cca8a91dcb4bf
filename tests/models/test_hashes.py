"""Hashes of files and model folders."""

import hashlib
import os

import pytest

from fluxlab.models import get_spec
from fluxlab.models.files import model_sha256
from fluxlab.models.hashes import file_sha256, folder_sha256


def test_a_file_is_hashed_by_its_bytes(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"one")
    assert file_sha256(path) == hashlib.sha256(b"one").hexdigest()


def test_a_changed_file_is_hashed_again(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"one")
    os.utime(path, ns=(0, 1))
    before = file_sha256(path)
    path.write_bytes(b"two")  # the same size
    os.utime(path, ns=(0, 2))
    assert file_sha256(path) == hashlib.sha256(b"two").hexdigest() != before


def test_a_link_has_the_hash_of_its_file(tmp_path):
    path, link = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    path.write_bytes(b"one")
    link.symlink_to(path)
    assert file_sha256(link) == file_sha256(path)


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    for name, text in {"model_index.json": "{}", "unet/a.safetensors": "1", "vae/b.safetensors": "2"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_a_folder_is_the_same_wherever_it_is(model, tmp_path):
    before = folder_sha256(model)
    assert folder_sha256(model.rename(tmp_path / "elsewhere")) == before


def test_a_model_card_does_not_count(model):
    before = folder_sha256(model)
    (model / "README.md").write_text("words")
    assert folder_sha256(model) == before


@pytest.mark.parametrize("change", ["bytes", "name", "swap", "more"])
def test_what_is_loaded_counts(model, change):
    before = folder_sha256(model)
    a, b = model / "unet/a.safetensors", model / "vae/b.safetensors"
    if change == "bytes":
        a.write_text("11")
    elif change == "name":
        a.rename(model / "unet/c.safetensors")
    elif change == "swap":
        a.write_text("22")
        b.write_text("11")
    else:
        (model / "vae/config.json").write_text("{}")
    assert folder_sha256(model) != before


def test_nanos_hash_is_over_all_its_files_as_it_always_was():
    folder = get_spec("nano").folder
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in {".safetensors", ".json"}):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(folder).as_posix()}\0{digest}\n".encode())
    assert model_sha256(get_spec("nano")) == total.hexdigest(), "images that were made before would not be found"
