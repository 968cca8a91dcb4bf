"""Filling a grid makes what is missing and nothing else, with the real model."""

import pytest

from fluxlab import Sweep
from fluxlab.catalog import pixel_hash
from fluxlab.engine import CellDone
from fluxlab.errors import GridError, RecipeError
from fluxlab.sweep import sweep_of

PROMPT = "an owl on a teal background {50% off}"


@pytest.fixture
def partly(lab):
    """Three corners of a square of steps and guidance, made in two runs."""
    lab.run(Sweep("an owl on a teal background", seed=1, steps=[1, 2], guidance=1.0), progress=False)
    lab.run(Sweep("an owl on a teal background", seed=1, steps=1, guidance=3.3), progress=False)
    return lab.catalog.grid("steps", "guidance")


def test_only_the_holes_are_made_and_they_are_recorded(lab, partly, lone_call):
    made = []
    full = lab.fill(
        partly, progress=False, listener=lambda e: made.append(e.generation) if isinstance(e, CellDone) else None
    )
    assert [cell.status for cell in full.cells] == ["ok"] * 4
    assert len(made) == 1
    new = full.cell(steps=2, guidance=3.3)
    assert (new.cached, new.generation.recipe.steps, new.generation.recipe.guidance) == (False, 2, 3.3)
    assert pixel_hash(lone_call(new.recipe)) == new.generation.pixel_hash
    assert full.axes == partly.axes
    assert full.layout == partly.layout
    assert full.summary.startswith("1 hole filled: 1 cell: 1 made")
    old = {cell.index: cell.generation for cell in partly.cells if cell.generation is not None}
    assert all(full.cells[index].generation == generation for index, generation in old.items())
    assert lab.catalog.run(new.generation.run)["sweep"]
    assert lab.fill(full, progress=False) is full
    assert {cell.status for cell in lab.catalog.grid("steps", "guidance").cells} == {"ok"}
    again = lab.fill(partly, progress=False)
    assert again.cell(steps=2, guidance=3.3).cached
    assert len(lab.catalog.df()) == 4


def test_a_base_settles_what_varies_and_loras_of_strength_0_are_none(lab):
    for seed, prompt, ink in ((1, "a crab", 0), (2, "a whale", 1)):
        lab.generate(prompt, seed=seed, steps=seed, loras={"ink": ink})
    grid = lab.catalog.grid("steps", "lora.ink")
    with pytest.raises(GridError, match=r"vary in prompt \(2 values\) and seed \(2 values\)"):
        lab.fill(grid)
    full = lab.fill(grid, base={"prompt": "a crab", "seed": 1}, progress=False)
    assert [cell.status for cell in full.cells] == ["ok"] * 4
    assert {(c.generation.recipe.prompt, c.generation.recipe.seed) for c in full.cells if not c.cached} == {
        ("a crab", 1)
    }
    new = full.cell({"steps": 2, "lora:ink": 0.0})
    assert not new.generation.effective.get("loras")
    assert len(lab.catalog.df()) == 4


def test_a_hole_that_cannot_be_made_is_refused_before_anything_runs(lab, partly):
    before = len(lab.catalog.df(status=None))
    lab.generate("an owl on a teal background", seed=2, steps=4)
    grid = lab.catalog.grid("steps", "guidance")
    with pytest.raises(GridError, match="seed=-1 is not allowed"):
        lab.fill(grid, base={"seed": -1})
    with pytest.raises((RecipeError, GridError)):
        lab.fill(grid, base={"seed": "one"})
    assert len(lab.catalog.df(status=None)) == before + 1


def test_a_stopped_run_is_filled_too(lab):
    sweep = Sweep("a crab", seed=[1, 2], steps=1)
    run = lab.start(sweep)
    run.cancel()
    grid = run.wait(120)
    full = lab.fill(grid, progress=False)
    assert [cell.status for cell in full.cells] == ["ok", "ok"]
    assert [cell.coords for cell in full.cells] == [{"seed": 1}, {"seed": 2}]


def test_a_sweep_of_recipes_has_exactly_these_cells(lab):
    recipes = [
        lab.recipe(PROMPT, seed=2**64 - 1, steps=1),
        lab.recipe(PROMPT, seed=3, steps=2, loras={"ink": 0.5}),
        lab.recipe("__wild__ {a|b}", seed=3, steps=2, guidance=1.0, width=64),
    ]
    plan = lab.plan(sweep_of([*recipes, recipes[0]]))
    drawn = [cell.recipe.replace(loras=[use for use in cell.recipe.loras if use.strength]) for cell in plan.cells]
    assert drawn == recipes
    assert len(lab.plan(sweep_of(recipes[:1])).cells) == 1
    assert Sweep.from_json(sweep_of(recipes).to_json()) == sweep_of(recipes)


def test_a_hole_of_a_grid_of_lora_names_is_filled_with_its_own_lora(lab):
    sweep = Sweep("an owl", seed=1, steps=1, lora=["ink", "pixel"], strength=[0.5, 1])
    run = lab.start(sweep)
    run.cancel()
    grid = run.wait(120)
    whole = lab.fill(grid, progress=False)
    assert [cell.status for cell in whole.cells] == ["ok"] * 4
    for cell in whole.cells:
        (use,) = (use for use in cell.generation.recipe.loras if use.acts)
        assert {"lora": use.name, "strength": use.strength} == cell.coords
    assert "loras" not in whole.fixed


def test_a_hole_between_factors_is_filled_with_the_factor(lab):
    for factor in (0, 1):
        lab.generate("an owl", seed=1, steps=1, loras={"ink": 1, "ink@double": factor, "ink@single": 0.5})
    lab.generate("an owl", seed=2, steps=1, loras={"ink": 1, "ink@double": 1, "ink@single": 0.5})
    grid = lab.catalog.grid("lora.ink@double", "seed")
    assert grid.axes == {"lora:ink@double": (0.0, 1.0), "seed": (1, 2)}
    whole = lab.fill(grid, progress=False)
    made = whole.cell({"lora:ink@double": 0.0, "seed": 2}).generation
    assert made.recipe.loras[0].blocks == (("double", 0.0), ("single", 0.5))


def test_what_would_be_filled_is_a_sweep_of_its_own(lab, partly):
    holes = lab.holes(partly)
    assert len(holes) == 1
    (hole,) = (cell for cell in holes.waiting.cells if cell.status == "waiting")
    run = lab.start(holes.sweep)
    made = run.wait(60)
    assert [cell.key for cell in made.cells] == [hole.key]
    assert [cell.status for cell in holes.filled(made).cells] == ["ok"] * len(partly.cells)
    with pytest.raises(GridError, match="this grid has no holes"):
        _ = lab.holes(holes.filled(made)).sweep
