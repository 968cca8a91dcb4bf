"""Short names for LoRAs: what they are given to, and how long they last."""

import shutil
import threading
from pathlib import Path

import pytest

from fluxlab.errors import LoraError
from fluxlab.models import add_lora, added_loras, as_recorded, find_lora


def test_a_name_leads_to_its_file(write_lora, tmp_path, monkeypatch):
    path = write_lora()
    added = add_lora(path, name="mine")
    assert (added.name, added.source, added.sha256) == ("mine", path, find_lora(path).sha256)
    monkeypatch.chdir(tmp_path)
    assert add_lora("wash.safetensors").name == "wash"
    monkeypatch.chdir("/")
    assert find_lora("wash") == find_lora("wash")
    assert find_lora("wash").source == path
    assert added_loras() == ("mine", "wash")


def test_a_name_is_near_what_is_misspelt(write_lora):
    add_lora(write_lora(), name="waterfall")
    with pytest.raises(LoraError, match=r"waterfall.*Did you mean 'waterfall'\?"):
        find_lora("waterfal")


def test_the_same_name_again_takes_the_new_file(write_lora):
    first = add_lora(write_lora(value=1.0), name="mine")
    assert add_lora(write_lora(value=2.0), name="mine").sha256 != first.sha256
    other = write_lora("other.safetensors")
    assert add_lora(other, name="mine").source == other


def test_a_folder_with_one_file_is_that_file(write_lora, tmp_path):
    folder = tmp_path / "style.v2"
    folder.mkdir()
    with pytest.raises(LoraError, match=r"is a folder with 0 \.safetensors files \(none\)"):
        find_lora(str(folder))
    path = write_lora("style.v2/a.safetensors")
    assert find_lora(str(folder)).path == Path(path)
    write_lora("style.v2/b.safetensors")
    with pytest.raises(LoraError, match=r"2 \.safetensors files \(a\.safetensors, b\.safetensors\): give the path"):
        add_lora(folder)
    assert add_lora(folder, weight_name="b.safetensors").name == "b"


@pytest.mark.parametrize("name", ["", "a/b", "ink@double", "a@b", "/x", "..", 5])
def test_what_is_no_name_is_refused(write_lora, name):
    with pytest.raises(LoraError, match=r"is no name for a LoRA: write a word such as 'ink'"):
        add_lora(write_lora(), name=name)
    assert added_loras() == ()


@pytest.mark.parametrize("name", [5, None, b"ink", ["ink"]], ids=repr)
def test_what_is_no_text_is_no_lora(name):
    with pytest.raises(LoraError, match=r"is no name: give text, such as 'ink'"):
        find_lora(name)
    with pytest.raises(LoraError, match=r"is no place of a LoRA: give a path or a repository"):
        add_lora(name)


def test_a_part_that_no_model_has_is_told_as_a_part():
    with pytest.raises(LoraError, match=r"^lora='ink@bogus' names no part of the model with 'bogus': write all, "):
        find_lora("ink@bogus")
    with pytest.raises(LoraError, match=r"^lora='inc@bogus' was found neither"):
        find_lora("inc@bogus")


def test_a_file_of_what_is_no_folder_is_refused(write_lora):
    with pytest.raises(LoraError, match=r"weight_name='a\.safetensors' has no effect on 'ink'"):
        add_lora("ink", weight_name="a.safetensors")
    with pytest.raises(LoraError, match=r"weight_name='a\.safetensors' has no effect on .* leave it out"):
        add_lora(write_lora(), weight_name="a.safetensors")


def test_bundled_names_stay_what_they_are(write_lora):
    with pytest.raises(LoraError, match="name='ink' is the name of a bundled LoRA"):
        add_lora(write_lora(), name="ink")
    assert add_lora("ink", name="sketch").sha256 == find_lora("ink").sha256


def test_a_revision_is_for_repositories(write_lora):
    with pytest.raises(LoraError, match=r"revision='v1' has no effect on .* which is no repository"):
        add_lora(write_lora(), revision="v1")


def test_a_file_that_is_gone_is_said_with_its_place(write_lora):
    path = write_lora()
    add_lora(path, name="mine")
    Path(path).unlink()
    with pytest.raises(LoraError, match=r"lora='mine' was found neither .* at '.*wash\.safetensors'"):
        find_lora("mine")


def test_recorded_places_hold_in_their_thread_alone(write_lora, tmp_path):
    add_lora(write_lora(), name="mine")
    before = find_lora("mine").sha256
    ink = find_lora("ink")
    copy = shutil.copy(ink.path, tmp_path / "copy.safetensors")
    seen = []
    with as_recorded({"mine": str(copy), "gone": ink.source}):
        assert find_lora("mine").sha256 == find_lora("gone").sha256 == ink.sha256
        thread = threading.Thread(target=lambda: seen.append(find_lora("mine").sha256))
        thread.start()
        thread.join()
    assert seen == [before] == [find_lora("mine").sha256]
    with pytest.raises(LoraError):
        find_lora("gone")
