"""The registry of models."""

import dataclasses

import pytest

from fluxlab.errors import ModelError
from fluxlab.models import get_spec, model_names, register
from fluxlab.models.spec import _REGISTRY, package_path


def test_nano_comes_with_the_package():
    spec = get_spec("nano")
    assert "nano" in model_names()
    assert (spec.folder / "model_index.json").is_file()
    assert spec.licence == "Apache-2.0"


def test_an_unknown_model_is_answered_with_the_nearest():
    with pytest.raises(ModelError) as caught:
        get_spec("nanno")
    available = ", ".join(model_names())
    assert str(caught.value).startswith(f"model='nanno' is unknown: Did you mean 'nano'? Available are {available}; an")
    assert "'owner/name'" in str(caught.value)


def test_a_name_near_nothing_gets_the_list(add_model):
    add_model("flux-a")
    with pytest.raises(ModelError) as caught:
        get_spec("xyzzy")
    assert str(caught.value).startswith(f"model='xyzzy' is unknown: Available are {', '.join(model_names())}; an id")
    assert {"flux-a", "nano"} <= set(model_names())


def test_registering_again_replaces(monkeypatch, add_model):
    spec = add_model("mine", steps=3)
    monkeypatch.setitem(_REGISTRY, "mine", spec)  # put back after the test, whatever register does
    again = register(dataclasses.replace(spec, steps=5))
    assert get_spec("mine") is again
    assert model_names().count("mine") == 1


def test_a_missing_folder_is_named(add_model, tmp_path):
    spec = add_model("gone", source=str(tmp_path / "gone"))
    with pytest.raises(ModelError, match=r"^model 'gone' has no folder '.*gone': reinstall fluxlab, or correct"):
        _ = spec.folder


def test_sources_are_packages_or_folders(tmp_path):
    assert package_path("package:fluxlab/models/nano").parts[-3:] == ("fluxlab", "models", "nano")
    assert package_path(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("name", [5, None, ["nano"]], ids=repr)
def test_what_is_no_text_names_no_model(name):
    with pytest.raises(ModelError, match=r"is no name: give text, such as 'nano'"):
        get_spec(name)


def test_only_a_spec_can_be_registered():
    with pytest.raises(ModelError, match=r"^spec='x' is no ModelSpec: derive one with replace"):
        register("x")
    assert "x" not in model_names()
