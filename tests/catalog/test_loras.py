"""LoRAs with factors for parts of the model, wherever a record is shown or handed on."""

import ast
import sqlite3
from contextlib import closing

import pytest
from PIL import Image

from fluxlab.catalog import Catalog
from fluxlab.catalog.code import script
from fluxlab.catalog.encoding import dump
from fluxlab.catalog.formats import comfy_notes, read_foreign
from fluxlab.errors import CatalogError
from fluxlab.home import at_home

WORN = {"ink": 0.5, "ink@double": 0, "ink@single.3": 1.5}


def test_factors_are_columns_and_stay_empty_where_there_are_none(catalog, keep):
    keep("a", loras=WORN)
    keep("b", loras={"ink": 0.5})
    table = catalog.df(columns=["key", "lora.ink", "lora.ink@double"]).set_index("key")
    assert table.loc["a"].tolist() == [0.5, 0.0]
    assert table.loc["b", "lora.ink"] == 0.5
    assert table["lora.ink@double"].isna().tolist() == [key == "b" for key in table.index]
    assert len(catalog.df(where='"lora.ink@single.3" > 1')) == 1


def test_factors_differ_from_1_where_the_other_has_none(catalog, keep):
    made = keep("a", loras=WORN), keep("b", loras={"ink": 0.5})
    found = {(each.part, each.field): (each.a, each.b) for each in catalog.compare(*made).differences}
    assert found["recipe", "lora:ink@double"] == (0.0, 1.0)
    assert found["recipe", "lora:ink@single.3"] == (1.5, 1.0)


def test_factors_are_told_in_words_and_read_back(folder, keep):
    made = keep("a", loras=WORN)
    assert "ink@double 0" in made._repr_html_()
    assert Catalog(folder).get(made.uid).recipe == made.recipe
    text = Image.open(made.path).text["parameters"]
    assert "<lora:ink:0.5>" in text
    assert 'Lora factors: "ink@double: 0, ink@single.3: 1.5"' in text
    assert "Lora factors" not in Image.open(keep("b", loras={"ink": 0.5}, colour="blue").path).text["parameters"]
    assert read_foreign(made.path).parameters["loras"] == WORN


def test_comfyui_is_said_to_lose_the_factors(keep):
    assert any("factors for parts of the model" in note for note in comfy_notes(keep("a", loras=WORN).record()))
    assert not any("factors" in note for note in comfy_notes(keep("b", loras={"ink": 1}).record()))


def test_the_script_names_modules_by_their_beginning(keep):
    source = keep(loras={**WORN, "ink@double.1-2": 0.5}).code()
    (patterns,) = [
        ast.literal_eval(node.value)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Assign) and node.targets[0].id == "strengths"
    ]
    assert patterns == [
        (r"transformer\.single_transformer_blocks\.(3)\.", 0.75),
        (r"transformer\.transformer_blocks\.(1|2)\.", 0.25),
        (r"transformer\.transformer_blocks\.\d+\.", 0.0),
        (r"transformer\.", 0.5),
        (r"text_encoder\.", 0.5),
    ]


@pytest.mark.parametrize("blocks", [{"double');import os#": 1}, {"double": "x"}, {"double": [1]}, ["double"]], ids=str)
def test_factors_of_a_strange_record_are_refused(keep, blocks):
    record = keep(loras=WORN).record()
    recipe = {**record["recipe"], "loras": [{"name": "ink", "strength": 1.0, "blocks": blocks}]}
    with pytest.raises(CatalogError, match="LoRA 'ink'"):
        script({**record, "recipe": recipe})


@pytest.mark.parametrize("shape", ["mapping", "list"])
def test_a_record_of_old_with_loras_of_the_home_folder_reads_without_it(catalog, keep, tmp_path, monkeypatch, shape):
    folder = catalog.folder
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "ann"))
    long = str(tmp_path / "ann" / "loras" / "mine.safetensors")
    short = at_home(long)
    made = keep()
    recipe = made.recipe.values() | {"loras": {long: 0.5} if shape == "mapping" else [{"name": long, "strength": 0.5}]}
    files = {"model": "ab" * 32, f"lora:{long}": "cd" * 32}
    pipeline = {**made.pipeline, "loras": {long: {"source": long}}}
    with closing(sqlite3.connect(folder / "catalog.db")) as db, db:
        db.execute(
            "UPDATE details SET recipe = ?, files = ?, pipeline = ?, effective = ?",
            [dump(each) for each in (recipe, files, pipeline, {"steps": 4, "loras": {long: {"strength": 0.5}}})],
        )
    [old] = catalog.get_each([made.uid])
    assert [(use.name, use.strength) for use in old.recipe.loras] == [(short, 0.5)]
    assert old.files[f"lora:{short}"] == "cd" * 32
    assert old.pipeline["loras"] == {short: {"source": short}}
    assert old.effective["loras"] == {short: {"strength": 0.5}}
    assert str(tmp_path) not in repr((old.record(), old.code(), old._repr_html_()))
