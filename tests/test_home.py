"""A LoRA in the home folder: the name of that folder is a person's, and stays out of everything that is kept."""

import os
import shutil

import pytest

from fluxlab import Lab, Sweep
from fluxlab.models import find_lora
from fluxlab.recipe import Recipe

SMALL = {"steps": 1, "width": 64, "height": 64, "max_sequence_length": 64}


@pytest.fixture
def lora(tmp_path, monkeypatch):
    """A LoRA file in the home folder of Ann, and another one."""
    ann = tmp_path / "ann"
    monkeypatch.setenv("HOME", str(ann))
    monkeypatch.setenv("USERPROFILE", str(ann))
    for name in ("mine", "other"):
        (ann / "loras").mkdir(parents=True, exist_ok=True)
        shutil.copy(find_lora("ink" if name == "mine" else "pixel").path, ann / "loras" / f"{name}.safetensors")
    return ann / "loras" / "mine.safetensors"


@pytest.mark.parametrize("shape", ["strengths", "names", "factors"])
def test_no_file_of_the_catalog_names_the_home_folder(lora, home, shape):
    path, other = str(lora), str(lora.with_name("other.safetensors"))
    given = {
        "strengths": {"loras": {path: [0.5, 1]}},
        "names": {"lora": [path, other], "strength": [1]},
        "factors": {"loras": {path: 1, f"{path}@double": [0, 0.5]}},
    }[shape]
    lab = Lab(catalog=home)
    grid = lab.run(Sweep("a fox", seed=1, **SMALL, **given), progress=False)
    short = f"~{os.sep}loras{os.sep}mine.safetensors"
    made = [lab.catalog.get(uid) for uid in lab.catalog.df().index]
    assert len(made) == 2
    assert short in {use.name for each in made for use in each.recipe.loras}
    for file in home.rglob("*"):
        if file.is_file():
            assert str(lora.parents[1]).encode() not in file.read_bytes(), file
    for each in made:
        assert str(lora.parents[1]) not in repr((each.record(), each.code(), each._repr_html_()))
        assert each.pipeline["loras"].keys() == {use.name for use in each.recipe.loras}
        assert each.replay().same
    assert "<lora:mine:" in made[0].path.read_bytes().decode("latin-1")
    assert str(lora.parents[1]) not in grid._repr_html_()
    assert str(lora.parents[1]) not in lab.catalog.run(made[0].run)["sweep"]
    # The same cells are known already.
    lab.run(Sweep("a fox", seed=1, **SMALL, **given), progress=False)
    assert len(lab.catalog.df()) == 2


def test_two_spellings_of_a_name_are_one_recipe(lora):
    long, short = (
        Recipe(prompt="", **SMALL, model="nano", seed=1, loras={name: 1})
        for name in (str(lora), f"~{os.sep}loras{os.sep}mine.safetensors")
    )
    assert long == short
    assert long.loras[0].name == short.loras[0].name


def test_other_names_stay_as_they_are(lora):
    inside, beside = f"/data{lora.parents[1]}/x.safetensors", f"{lora.parents[1]}a/x.safetensors"
    for name in ("ink", "owner/name", inside, beside, "hub:owner/name@main/x.safetensors"):
        assert Recipe(prompt="", **SMALL, model="nano", seed=1, loras={name: 1}).loras[0].name == name
