"""Grids of images that were made at any time: what was recorded, how many there are, and what is missing."""

import os

import numpy as np
import pytest
from PIL import Image

import fluxlab
from fluxlab.catalog import Draft
from fluxlab.catalog.encoding import dump
from fluxlab.errors import CatalogError, GridError
from fluxlab.grid import recipes_of_holes
from fluxlab.recipe import Recipe, content_key

BASE = {"prompt": "a cat", "seed": 1, "steps": 4, "guidance": 3.5, "width": 32, "height": 32, "max_sequence_length": 64}


@pytest.fixture
def catalog(home, monkeypatch):
    # That nothing is lost in a power cut is shown elsewhere.
    monkeypatch.setattr(os, "fsync", lambda _: None)
    return fluxlab.Catalog(home)


@pytest.fixture
def keep(catalog):
    noise = np.random.default_rng(1)

    def make(*, effective=None, failed=False, **values):
        recipe = Recipe(**{**BASE, **values})
        key = content_key(recipe, {"model": "0"})
        uid = catalog.begin(Draft(recipe, key, {"model": "0"}, {"torch": "2"}, {"source": "package:x"}))
        if failed:
            return catalog.fail(uid, RuntimeError("out of memory"))
        size = (recipe.height, recipe.width, 3)
        image = Image.fromarray(noise.integers(0, 255, size, dtype=np.uint8))
        used = {"steps": recipe.steps, "width": recipe.width, "height": recipe.height, **(effective or {})}
        return catalog.complete(uid, image, used, {"denoise": 1.0})

    return make


@pytest.fixture
def imported(catalog, keep):
    """An image of another program, which wrote down some parameters."""

    def make(**parameters):
        uid = keep().uid
        told = {"prompt": "a cat", "width": 32, "height": 32, **parameters}
        with catalog._writing() as db:
            db.execute(
                "UPDATE generations SET source = 'a1111', model = :model, seed = :seed, steps = :steps, "
                "guidance = :guidance, max_sequence_length = NULL, scheduler = NULL WHERE uid = :uid",
                {name: told.get(name) for name in ("model", "seed", "steps", "guidance")} | {"uid": uid},
            )
            db.execute(
                "UPDATE details SET recipe = NULL, effective = '{}', imported = :told "
                "WHERE id = (SELECT id FROM generations WHERE uid = :uid)",
                {"told": dump({"parameters": told}), "uid": uid},
            )
        return catalog.get(uid)

    return make


def test_images_of_any_time_stand_where_their_values_say_and_holes_are_seen(catalog, keep):
    a, b, c = keep(guidance=1.0, steps=4), keep(guidance=3.5, steps=8), keep(guidance=1.0, steps=8)
    grid = catalog.grid("guidance", "steps")
    assert grid.axes == {"guidance": (1.0, 3.5), "steps": (4, 8)}
    assert grid.cell(guidance=1.0, steps=4).generation == a
    assert grid.cell(guidance=3.5, steps=8).generation == b
    assert grid.cell(guidance=1.0, steps=8).generation == c
    hole = grid.cell(guidance=3.5, steps=4)
    assert (hole.status, hole.generation) == ("missing", None)
    assert hole.recipe == a.recipe.replace(guidance=3.5)
    assert "4 places: 3 images, 1 hole" in grid.summary
    assert (grid.layout.columns.axes, grid.layout.rows.axes) == (("guidance",), ("steps",))
    assert grid.title == "a cat"
    shown = grid._repr_html_()
    assert "not made" in shown
    assert "fl-missing" in shown


def test_the_newest_is_shown_and_the_others_are_counted(catalog, keep):
    keep(seed=1)
    keep(seed=2)
    last = keep(seed=3)
    other = keep(seed=9, guidance=1.0)
    grid = catalog.grid("guidance")
    cell = grid.cell(guidance=3.5)
    assert (cell.generation, cell.count) == (last, 3)
    assert grid.cell(guidance=1.0).generation == other
    assert "2 older images behind them" in grid.summary
    assert "they also vary in seed (4 values)" in grid.summary
    assert "newest of 3" in grid._repr_html_()


def test_what_varies_behind_the_images_shown_is_told(catalog, keep):
    keep(prompt="an owl", loras={"ink": 0.5})
    keep(prompt="a fox", loras={"ink": 0.0})
    keep()
    assert "they also vary in prompt (3 values) and lora:ink (2 values)" in catalog.grid("steps").summary
    # What is an axis does not vary beside it, and what a filter leaves out does not vary at all.
    assert "they also vary in prompt" in catalog.grid("steps", "lora.ink").summary
    assert "lora:ink" not in catalog.grid("steps", "lora.ink").summary
    assert "vary" not in catalog.grid("steps", prompt="a cat").summary
    with catalog._writing() as db:
        db.execute("UPDATE generations SET loras = 'nonsense' WHERE prompt = 'an owl'")
    assert "they also vary in prompt (3 values)" in catalog.grid("steps").summary


def test_filters_choose_the_images_and_failed_ones_are_counted(catalog, keep):
    keep(prompt="a red fox", steps=4)
    keep(prompt="a blue fox", steps=8)
    keep(steps=12, failed=True)
    assert catalog.grid("steps", prompt_has="red").axes == {"steps": (4,)}
    grid = catalog.grid("steps", since="1h")
    assert grid.axes == {"steps": (4, 8)}
    assert "1 failed one not shown" in grid.summary
    everything = catalog.grid("steps", status=None)
    assert everything.cell(steps=12).status == "failed"
    assert everything.cell(steps=12).error == "out of memory"
    keep(steps=12)
    keep(steps=12, failed=True)
    assert catalog.grid("steps", status=None).cell(steps=12).status == "ok"
    assert catalog.grid("steps", prompt_has="zebra").summary == "0 places: no image matches"


def test_axes_are_sizes_loras_prompts_seeds_and_none(catalog, keep):
    keep(width=64, height=32, guidance=None)
    keep(loras={"ink": 0.5}, seed=2**64 - 1)
    grid = catalog.grid("size", "lora.ink", facets=["guidance", "seed"])
    assert grid.axes == {
        "size": ("32x32", "64x32"), "lora:ink": (0.0, 0.5), "guidance": (None, 3.5), "seed": (1, 2**64 - 1),
    }  # fmt: skip
    assert sum(cell.generation is not None for cell in grid.cells) == 2
    assert len(grid) == 16
    hole = grid.cell({"size": "64x32", "lora:ink": 0.5, "guidance": 3.5, "seed": 1}).recipe
    assert (hole.width, hole.height, hole.loras[0].strength, hole.seed) == (64, 32, 0.5, 1)
    assert catalog.grid("prompt").axes == {"prompt": ("a cat",)}


def test_the_label_is_what_was_used(catalog, keep):
    keep(steps=4, effective={"steps": 3})
    assert catalog.grid("steps").axes == {"steps": (3,)}


def test_imported_images_are_shown_and_not_filled_from(catalog, keep, imported):
    imported(steps=20, guidance=3.5)
    imported(steps=30, guidance=1.0)
    imported(guidance=2.0)
    grid = catalog.grid("steps", "guidance")
    assert "1 image left out, whose steps and guidance is not recorded" in grid.summary
    assert grid.cell(steps=20, guidance=3.5).recipe is None
    assert "a1111" in grid._repr_html_()
    assert "4 places: 2 images, 2 holes" in grid.summary
    assert "lab.fill" not in grid.summary
    assert grid.fixed["prompt"] == "a cat"
    assert grid.df()["status"].tolist() == ["missing", "ok", "ok", "missing"]
    with pytest.raises(GridError, match="cannot be filled, because its images were imported from a1111"):
        recipes_of_holes(grid, {})
    assert "2 images of other programs among them, not looked at for what varies" in grid.summary
    keep(steps=30, guidance=3.5)
    assert "1 hole (lab.fill(grid) makes what is missing)" in catalog.grid("steps", "guidance").summary
    holes = recipes_of_holes(catalog.grid("steps", "guidance"), {})
    assert [(recipe.steps, recipe.guidance, recipe.seed) for recipe in holes.values()] == [(20, 1.0, 1)]


def test_an_imported_image_behind_another_is_said_to_be_there(catalog, keep, imported):
    imported(steps=4)
    keep(steps=4)
    assert (
        "1 older image behind them · 1 image of another program among them, not looked" in catalog.grid("steps").summary
    )
    assert "program" not in catalog.grid("steps", source="fluxlab").summary


def test_what_varies_must_be_said_before_a_hole_has_a_recipe(catalog, keep):
    keep(steps=4, guidance=1.0, seed=1, prompt="a cat")
    keep(steps=8, guidance=3.5, seed=2, prompt="a dog")
    grid = catalog.grid("steps", "guidance")
    assert {cell.recipe for cell in grid.cells if cell.status == "missing"} == {None}
    with pytest.raises(GridError) as caught:
        recipes_of_holes(grid, {})
    assert "also vary in prompt (2 values) and seed (2 values)" in str(caught.value)
    assert "base={'prompt': ..., 'seed': ...}" in str(caught.value)
    with pytest.raises(GridError, match=r"also vary in prompt"):
        recipes_of_holes(grid, {"seed": 1})
    holes = recipes_of_holes(grid, {"seed": 7, "prompt": "an owl"})
    assert {(r.steps, r.guidance, r.seed, r.prompt) for r in holes.values()} == {
        (4, 3.5, 7, "an owl"),
        (8, 1.0, 7, "an owl"),
    }


def test_what_is_no_grid_and_what_is_no_base_are_one_sentence(catalog, keep):
    keep()
    with pytest.raises(GridError, match="grid=5 is not a grid: give one such as"):
        recipes_of_holes(5, {})
    with pytest.raises(GridError, match="base=5 names no values: give a mapping"):
        recipes_of_holes(catalog.grid("steps"), 5)


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ({"steps": 4}, "base names 'steps', which is an axis"),
        ({"width": 64}, "base has width=64, but all images of this grid have 32"),
        ({"sead": 1}, "Did you mean 'seed'"),
        ({"seed": -1}, "cannot be filled: seed=-1 is not allowed"),
    ],
)
def test_a_base_that_is_not_needed_is_refused(catalog, keep, base, message):
    keep(steps=4, guidance=1.0, seed=1)
    keep(steps=8, guidance=3.5, seed=2)
    with pytest.raises(GridError) as caught:
        recipes_of_holes(catalog.grid("steps", "guidance"), base)
    assert message in str(caught.value)


def test_rows_that_somebody_changed_hold_no_others_back(catalog, keep):
    keep(steps=4)
    bad, odd = keep(steps=8), keep(steps=12, seed=9)
    with catalog._writing() as db:
        db.execute("UPDATE details SET recipe = '{}', timings = '5' WHERE id = 2")
        db.execute("UPDATE generations SET seed = 'abc' WHERE uid = ?", [odd.uid])
    grid = catalog.grid("steps")
    assert [cell.status for cell in grid.cells] == ["ok", "failed", "ok"]
    assert f"the row of generation {bad.uid[:8]} is not as fluxlab writes it" in grid.cell(steps=8).error
    assert "1 image that cannot be read" in grid.summary
    assert "is not as fluxlab writes it" in grid._repr_html_()
    assert len(grid.df()) == 3
    by_seed = catalog.grid("seed")
    assert by_seed.axes == {"seed": (1,)}
    assert "1 image left out, whose seed is not recorded" in by_seed.summary


@pytest.mark.parametrize("effective", [{"width": "wide", "height": [1]}, {"steps": {}, "width": None}])
def test_nonsense_that_was_read_back_breaks_no_table(catalog, keep, effective):
    made = keep(effective=effective)
    row = catalog.grid("steps").df().iloc[0]
    assert (row["uid"], row["width"], row["height"]) == (made.uid, 32, 32)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"x": 5}, "axis '5' is no parameter"),
        ({"x": "steps", "y": 5}, "axis '5' is no parameter"),
        ({"x": "steps", "facets": 5}, "facets=5 names no parameter"),
        ({"x": "steps", "facets": [5]}, "axis '5' is no parameter"),
        ({"x": "guidanse"}, "Did you mean 'guidance'"),
        ({"x": "lora."}, "is no parameter"),
        ({"x": "run"}, "is no parameter"),
        ({"x": "steps", "y": "steps"}, "'steps' is asked for twice"),
        ({"x": "lora.ink", "facets": "lora:ink"}, "'lora:ink' is asked for twice"),
        ({"x": "steps", "limit": 3}, "limit= has no place in a grid"),
    ],
)
def test_bad_axes_are_one_sentence(catalog, asked, message):
    with pytest.raises(GridError) as caught:
        catalog.grid(**asked)
    assert message in str(caught.value)


def test_an_axis_that_is_given_twice_is_one_sentence(catalog, keep):
    keep(seed=1, steps=2)
    with pytest.raises(
        GridError, match=r"^'prompt_has fox' stands where x does, which is also given as x='guidance': .*"
    ):
        catalog.grid("prompt_has fox", x="guidance", y="seed")
    with pytest.raises(GridError, match=r"^'steps' stands where y does, which is also given as y='seed'"):
        catalog.grid("guidance", "steps", y="seed")
    with pytest.raises(GridError, match=r"^'model' is one axis too many: give x, y and facets"):
        catalog.grid("guidance", "steps", "seed", "model")
    assert list(catalog.grid("guidance", "steps", "seed").axes) == ["guidance", "steps", "seed"]
    assert list(catalog.grid("guidance", y="steps", facets=["seed"]).axes) == ["guidance", "steps", "seed"]


def test_a_grid_of_too_many_places_and_a_bad_query_are_refused(catalog, keep, monkeypatch):
    for seed in (1, 2, 3):
        keep(seed=seed, steps=seed)
    monkeypatch.setattr("fluxlab.grid.gather.PLACES_MAX", 8)
    with pytest.raises(GridError, match=r"9 places \(3 seed x 3 steps\), and at most 8"):
        catalog.grid("seed", "steps")
    with pytest.raises(CatalogError, match="Did you mean 'steps'"):
        catalog.grid("seed", steeps=4)


def test_hostile_prompts_and_loras_stay_text(catalog, keep):
    evil = "'; DROP TABLE generations; --<script>\0"
    keep(prompt=evil, loras={'x"y': 0.5})
    grid = catalog.grid('lora:x"y', "prompt")
    assert grid.axes == {'lora:x"y': (0.5,), "prompt": (evil,)}
    assert "<script>" not in grid._repr_html_()
    assert len(catalog.df()) == 1


def test_the_inner_catalog_opens_without_grids(home):
    from fluxlab.catalog import Catalog

    assert issubclass(fluxlab.Catalog, Catalog)
    assert not hasattr(Catalog, "grid")


def test_a_lever_that_most_images_lack_is_an_axis(catalog, keep):
    keep(seed=1)
    keep(seed=1, compile=True)
    keep(seed=2, compile=True)
    keep(seed=2, step_cache="first_block")
    grid = catalog.grid("compile", "seed", where="step_cache IS NULL")
    assert grid.axes["compile"] == (False, True)
    assert [cell.lossy for cell in grid.cells if cell.finished] == ["", "compile", "compile"]
    (hole,) = recipes_of_holes(grid, {}).values()
    assert (hole.seed, hole.compile) == (2, False)
    both = catalog.grid("step_cache", "seed", where="compile IS NULL")
    assert both.axes["step_cache"] == (None, "first_block")
