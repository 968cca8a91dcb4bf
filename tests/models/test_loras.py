"""LoRA files: which are taken, and in which words the others are refused."""

import json
import os
import pickle
import struct
from pathlib import Path

import pytest

from fluxlab.errors import LoraError
from fluxlab.models import bundled_loras, find_lora
from fluxlab.models.hashes import file_sha256

TENSOR = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def refusal(name):
    with pytest.raises(LoraError) as caught:
        find_lora(str(name))
    message = str(caught.value)
    assert message.startswith("lora=")
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 600
    return message


def container(path, header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def test_a_bundled_lora_is_found_by_its_name():
    assert {"ink", "pixel"} <= set(bundled_loras())
    found = find_lora("ink")
    assert found.source == "package:fluxlab/models/loras/ink.safetensors"
    assert found.sha256 == file_sha256(found.path)


def test_a_file_is_found_by_its_path(write_lora, monkeypatch):
    path = write_lora()
    found = find_lora(path)
    assert (found.name, found.source, found.path) == (path, path, Path(path))
    monkeypatch.chdir(Path(path).parent)
    monkeypatch.setenv("HOME", str(Path(path).parent))
    assert find_lora("wash.safetensors").sha256 == find_lora("~/wash.safetensors").sha256 == found.sha256


def test_one_file_is_one_adapter_under_any_name():
    bundled = find_lora("ink")
    by_path = find_lora(str(bundled.path))
    assert by_path.name != bundled.name
    assert by_path.adapter == bundled.adapter
    assert find_lora("pixel").adapter != bundled.adapter


def test_a_misspelt_name_is_answered_with_the_nearest():
    message = refusal("pixl")
    assert "Did you mean 'pixel'?" in message
    assert "ink, pixel" in message


def test_a_missing_file_is_named():
    message = refusal("somewhere/none.safetensors")
    assert "'somewhere/none.safetensors' was found neither among the named LoRAs" in message
    assert "Did you mean" not in message


class Bomb:
    def __reduce__(self):
        return (os.mkdir, ("opened",))


@pytest.mark.parametrize("suffix", [".pt", ".bin", ".ckpt", ".pkl", ".PTH"])
def test_a_pickle_is_refused_and_never_opened(tmp_path, monkeypatch, suffix):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"style{suffix}"
    path.write_bytes(pickle.dumps(Bomb()))
    assert "is a pickle file, which can run any code" in refusal(path)
    assert not Path("opened").exists()


def test_a_pickle_that_is_called_safetensors_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "style.safetensors"
    path.write_bytes(pickle.dumps(Bomb()))
    assert "is not a readable safetensors file" in refusal(path)
    assert not Path("opened").exists()


def test_safetensors_of_another_name_are_refused(write_lora):
    assert "does not end in .safetensors: only .safetensors is allowed; rename it" in refusal(write_lora("wash.dat"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        b"not a model at all, only words",
        b"\0" * 64,
        b"<html>404</html>" * 50,
        b"version https://git-lfs.github.com/spec/v1\n",
    ],
    ids=["empty", "short", "words", "zeros", "page", "pointer"],
)
def test_garbage_is_refused(tmp_path, content):
    path = tmp_path / "style.safetensors"
    path.write_bytes(content)
    assert "is not a readable safetensors file" in refusal(path)


def test_half_a_download_is_refused(write_lora):
    path = Path(write_lora())
    whole = path.read_bytes()
    for size in (len(whole) - 1, len(whole) // 2, 9):
        path.write_bytes(whole[:size])
        assert "is not a readable safetensors file" in refusal(path)
    path.write_bytes(whole)
    assert find_lora(str(path)).sha256 == file_sha256(path)


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({}, b""),
        ({"__metadata__": {"format": "pt"}}, b""),
        ([], b""),
        (b"[" * 100_000, b""),
        (b"\xff\xfe", b""),
        ({"a": {**TENSOR, "data_offsets": [0, 800]}}, b"12345678"),
        ({"a": {**TENSOR, "shape": [2**40]}}, b"12345678"),
        ({"a": TENSOR}, b"12345678 and more"),
    ],
    ids=["no tensors", "only metadata", "list", "deep", "not text", "beyond the end", "huge shape", "something behind"],
)
def test_a_header_that_lies_is_refused(tmp_path, header, data):
    assert "is not a readable safetensors file" in refusal(container(tmp_path / "style.safetensors", header, data))


@pytest.mark.parametrize("length", [20_000_000, 2**40, 2**64 - 1])
def test_a_header_bomb_is_refused_before_it_is_read(tmp_path, length):
    path = tmp_path / "style.safetensors"
    path.write_bytes(struct.pack("<Q", length))
    os.truncate(path, 30_000_000)  # sparse: takes no room on the disk
    assert "its header has no sensible length" in refusal(path)


def test_a_folder_is_refused(tmp_path):
    folder = tmp_path / "style.safetensors"
    folder.mkdir()
    assert "nor as a file" in refusal(folder)


@pytest.mark.parametrize("name", ["x" * 5000, "~nobody-of-this-name/a.safetensors", "a\0b", "a\nb"])
def test_names_that_no_file_can_have(name):
    assert "nor as a file" in refusal(name)


def test_a_file_that_changed_is_checked_again(write_lora):
    path = Path(write_lora())
    before = find_lora(str(path))
    path.write_bytes(b"something else")
    assert "is not a readable" in refusal(path)
    write_lora(value=2.0)
    assert find_lora(str(path)).adapter != before.adapter


def test_a_relative_path_is_recorded_as_an_absolute_one(write_lora, monkeypatch):
    path = Path(write_lora())
    monkeypatch.chdir(path.parent)
    assert find_lora(path.name).source == str(path)
