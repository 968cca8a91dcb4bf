"""LoRAs of the Hugging Face hub, from a cache on the disk: no test has a network."""

import logging
import os
from pathlib import Path

import pytest
from huggingface_hub import constants

from fluxlab.errors import LoraError
from fluxlab.models import add_lora, find_lora
from fluxlab.models.hashes import file_sha256
from fluxlab.models.lora_hub import HubFile, hub_file
from fluxlab.models.loras import _fetched

COMMIT, OLDER = "a" * 40, "b" * 40


@pytest.fixture
def cache(tmp_path, monkeypatch, write_lora):
    """A cache as the hub's client leaves it: blobs by hash, snapshots of links to them, branches as small files."""
    home = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home))
    _fetched.cache_clear()

    def put(repository, files, *, commit=COMMIT, refs=("main",)):
        folder = home / f"models--{repository.replace('/', '--')}"
        for ref in refs:
            (folder / "refs").mkdir(parents=True, exist_ok=True)
            (folder / "refs" / ref).write_text(commit)
        for name, value in files.items():
            source = Path(write_lora("source.safetensors", value))
            blob = folder / "blobs" / file_sha256(source)
            blob.parent.mkdir(parents=True, exist_ok=True)
            source.replace(blob)
            link = folder / "snapshots" / commit / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(blob, link.parent))
        return folder / "snapshots" / commit

    yield put
    _fetched.cache_clear()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("me/style", HubFile("me/style")),
        ("hub:me/style", HubFile("me/style")),
        ("hub:me/style@v1.0", HubFile("me/style", "v1.0")),
        ("me/style@v1/sub/a b.safetensors", HubFile("me/style", "v1", "sub/a b.safetensors")),
        ("hub:me/style/a.safetensors", HubFile("me/style", None, "a.safetensors")),
        ("me/style.safetensors", None),
        ("folder/sub/style.safetensors", None),
        ("style", None),
        ("hub:style", None),
        ("../style", None),
        ("/me/style", None),
        ("me/style/x", None),
        ("hub:me/style@/x.safetensors", None),
    ],
)
def test_places_in_the_hub_and_paths_are_told_apart(text, place):
    assert hub_file(text) == place
    assert place is None or hub_file(str(place)) == place


@pytest.mark.parametrize("name", ["me/style", "hub:me/style", "me/style@main", f"hub:me/style@{COMMIT}/w.safetensors"])
def test_the_cache_is_read_and_the_commit_recorded(cache, name):
    snapshot = cache("me/style", {"w.safetensors": 1.0})
    found = find_lora(name)
    assert (found.name, found.path) == (name, snapshot / "w.safetensors")
    assert found.source == f"hub:me/style@{COMMIT}/w.safetensors"
    assert find_lora(found.source).sha256 == found.sha256 == file_sha256(found.path)


def test_revisions_and_files_are_chosen(cache):
    cache("me/styles", {"a.safetensors": 1.0, "sub/b.safetensors": 2.0})
    cache("me/styles", {"a.safetensors": 3.0}, commit=OLDER, refs=("v1",))
    with pytest.raises(LoraError, match=r"which file is meant: name one of .*a\.safetensors, sub/b\.safetensors"):
        find_lora("me/styles")
    assert find_lora("me/styles@v1").source == f"hub:me/styles@{OLDER}/a.safetensors"
    sub = find_lora("hub:me/styles/sub/b.safetensors")
    assert sub.source == f"hub:me/styles@{COMMIT}/sub/b.safetensors"
    assert add_lora("me/styles", name="b", weight_name="sub/b.safetensors").sha256 == sub.sha256
    assert add_lora("me/styles", name="old", revision="v1").source.startswith(f"hub:me/styles@{OLDER}/")


def test_a_branch_that_moves_does_not_change_what_a_name_means(cache):
    cache("me/style", {"w.safetensors": 1.0})
    before = add_lora("me/style")
    assert before.name == "style"
    cache("me/style", {"w.safetensors": 2.0}, commit=OLDER)
    assert find_lora("style") == before
    assert find_lora("me/style").sha256 == before.sha256


@pytest.mark.parametrize("name", ["me/none", "hub:me/style@v9", "hub:me/style/none.safetensors", "me/bare"])
def test_what_is_neither_there_nor_to_be_had_is_said_in_one_sentence(cache, name):
    cache("me/style", {"w.safetensors": 1.0})
    cache("me/bare", {}).mkdir(parents=True)
    with pytest.raises(LoraError) as caught:
        find_lora(name)
    message = str(caught.value)
    assert message.startswith("lora='hub:me/")
    assert "is not in the cache of the Hugging Face hub, and HF_HUB_OFFLINE forbids to download it" in message
    assert "\n" not in message


@pytest.mark.parametrize("name", ["me/none", "hub:me/none/file.safetensors"])
def test_a_hub_that_does_not_answer_is_asked_once(cache, monkeypatch, caplog, name):
    cache("me/style", {"w.safetensors": 1.0})
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(logging.getLogger("huggingface_hub"), "propagate", True)
    with pytest.raises(LoraError, match=r"could not be downloaded .*: check name and network") as caught:
        find_lora(name)
    assert "\n" not in str(caught.value)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("huggingface_hub")] == []


def test_a_folder_of_the_same_name_comes_first(cache, tmp_path, monkeypatch, write_lora):
    cache("me/style", {"w.safetensors": 1.0})
    (tmp_path / "me" / "style").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    here = write_lora("me/style/mine.safetensors", 5.0)
    assert find_lora("me/style").source == here
    assert find_lora("hub:me/style").source == f"hub:me/style@{COMMIT}/w.safetensors"


def test_a_pickle_in_the_cache_is_no_lora(cache, tmp_path):
    snapshot = cache("me/old", {"w.safetensors": 1.0})
    (snapshot / "w.safetensors").rename(snapshot / "w.bin")
    with pytest.raises(LoraError, match="is not in the cache"):
        find_lora("me/old")
