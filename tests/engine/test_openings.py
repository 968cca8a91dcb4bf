"""Openings: images that differ only after their first step share its calls, with the bits of lone pipeline calls."""

import dataclasses

import pytest
import torch

from fluxlab import Sweep
from fluxlab.catalog import pixel_hash
from fluxlab.engine import openings as module
from fluxlab.engine.openings import Openings
from fluxlab.models import complete, get_spec, load
from fluxlab.models.spec import _REGISTRY

PROMPT = "a fox to the left of an apple on a blue background"
BASE = {"steps": 2, "width": 64, "height": 64}


def shared_calls(grid):
    return [cell.generation.effective.get("shared_calls", 0) for cell in grid.cells]


@pytest.mark.parametrize(
    ("axes", "shared"),
    [
        ({"steps": [2, 3, 4], "lora": {"ink": [0, 0.5]}}, 4),
        ({"scheduler": ["euler", "euler-karras", "euler-exponential", "unipc"]}, 2),
        ({"steps": [2, 3], "seed": [1, 2], "guidance": [1, 3.5]}, 4),
        ({"steps": [2, 3], "negative_prompt": [""], "true_cfg_scale": [2, 4]}, 6),
    ],
    ids=["steps and strengths", "samplers", "seeds and guidance", "two calls a step"],
)
def test_the_pixels_are_those_of_lone_calls(lab, lone_call, axes, shared):
    grid = lab.run(Sweep(PROMPT, **{**BASE, "seed": 7, **axes}), progress=False)
    assert sum(shared_calls(grid)) == shared
    for cell in grid.cells:
        told = cell.generation.effective
        asked = told["steps"] * (2 if cell.recipe.true_cfg_scale > 1 else 1)
        assert told["transformer_calls"] == asked - told.get("shared_calls", 0)
        assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash, cell.coords


def test_half_precision_is_shared_to_the_bit(lab, monkeypatch):
    half = dataclasses.replace(get_spec("nano"), name="half", dtype="bfloat16")
    monkeypatch.setitem(_REGISTRY, "half", half)
    grid = lab.run(Sweep(PROMPT, **{**BASE, "steps": [2, 3]}, model="half", seed=1), progress=False)
    assert sorted(shared_calls(grid)) == [0, 1]
    assert all(cell.generation.replay().same for cell in grid.cells)


@pytest.mark.parametrize("changes", [{"step_cache": "first_block"}, {"compile": True}])
def test_levers_that_remember_calls_share_nothing(changes):
    recipes = [complete({"prompt": PROMPT, "seed": 1, **BASE, "steps": steps, **changes}) for steps in (2, 3)]
    openings = Openings(recipes)
    assert [openings.opening(number) for number in (0, 1)] == [None, None]


def test_what_differs_from_the_first_step_on_shares_nothing():
    others = [{}, {"seed": 2}, {"prompt": "a cat"}, {"loras": {"ink": 1}}, {"width": 80}, {"guidance": 2}]
    recipes = [complete({"prompt": PROMPT, "seed": 1, **BASE, **each}) for each in others]
    openings = Openings(recipes)
    assert [openings.opening(number) for number in range(len(recipes))] == [None] * len(recipes)


def test_another_noise_than_expected_is_computed():
    transformer = torch.nn.Linear(1, 1)
    transformer.forward = lambda **given: (given["hidden_states"] * 2,)
    recipes = [complete({"prompt": PROMPT, "seed": 1, **BASE, "steps": steps}) for steps in (2, 3, 4)]
    openings = Openings(recipes)
    answers, shared = [], []
    for number, noise in enumerate([1.0, 3.0, 1.0]):
        opening = openings.opening(number)
        with opening.of(transformer):
            (answer,) = transformer(hidden_states=torch.tensor([noise]), timestep=torch.ones(1), return_dict=False)
        answers.append(float(answer))
        shared.append(opening.shared)
    assert (answers, shared) == ([2, 6, 2], [0, 0, 1])


def test_an_image_that_fails_in_its_first_step_leaves_the_others_theirs(lab, lone_call):
    transformer = load("nano").pipe.transformer
    failures = iter([True, False, False])

    def fail(*_):
        if next(failures, False):
            raise ValueError("a kernel failed")

    handle = transformer.norm_out.register_forward_pre_hook(fail)
    try:
        grid = lab.run(Sweep(PROMPT, **{**BASE, "steps": [2, 3, 4]}, seed=5), progress=False)
    finally:
        handle.remove()
    assert sorted(cell.status for cell in grid.cells) == ["failed", "ok", "ok"]
    for cell in grid.cells:
        if cell.status == "ok":
            assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash
    assert "forward" not in vars(transformer)


def test_what_nobody_needs_any_more_is_dropped_and_there_is_a_bound(monkeypatch):
    recipes = [
        complete({"prompt": PROMPT, "seed": seed, **BASE, "steps": steps}) for steps in (2, 3) for seed in range(3)
    ]

    def held():
        openings = Openings(recipes)
        for number in range(len(recipes)):
            openings.opening(number)
            yield len(openings._held)

    assert list(held()) == [1, 2, 3, 2, 1, 0]
    monkeypatch.setattr(module, "HELD", 2)
    assert list(held()) == [1, 2, 2, 1, 0, 0]
