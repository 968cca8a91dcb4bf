"""Forks: images that differ only late share their first steps, with the bits of whole runs."""

import dataclasses

import pytest

from fluxlab import Sweep
from fluxlab.engine import forks as module
from fluxlab.engine.forks import Forks
from fluxlab.models import complete, get_spec
from fluxlab.models.spec import _REGISTRY

PROMPT = "a fox to the left of an apple on a blue background"
BASE = {"steps": 4, "width": 64, "height": 64}
SCHEDULES = [None, "step 4: 9", "steps 3-4: 9", "steps 3-4: 1", "1, 1, 1, 9"]


@pytest.mark.parametrize("scheduler", ["euler", "euler-karras", "euler-exponential"])
def test_the_pixels_are_those_of_whole_runs(lab, scheduler):
    grid = lab.run(Sweep(PROMPT, **BASE, seed=[1, 2], scheduler=scheduler, guidance_schedule=SCHEDULES), progress=False)
    forked = 0
    for cell in grid.cells:
        told = cell.generation.effective
        start = told.get("forked_at", 0)
        forked += start > 0
        assert told["transformer_calls"] == 4 - start
        assert told["steps"] == 4
        again = cell.generation.replay()
        assert again.same, cell.coords
        # All but the saving is as in a whole run: sigmas, guidance of every step, ….
        assert {each.field for each in again.differences} <= {"effective.forked_at", "effective.transformer_calls"}
    # Of each seed all but the first and the last, which begins with another guidance.
    assert forked == 2 * 3


def test_half_precision_is_shared_to_the_bit(lab, monkeypatch):
    half = dataclasses.replace(get_spec("nano"), name="half", dtype="bfloat16")
    monkeypatch.setitem(_REGISTRY, "half", half)
    grid = lab.run(Sweep(PROMPT, **BASE, model="half", seed=1, guidance_schedule=SCHEDULES[:3]), progress=False)
    assert sum("forked_at" in cell.generation.effective for cell in grid.cells) == 2
    assert all(cell.generation.effective["dtype"] == "bfloat16" for cell in grid.cells)
    assert all(cell.generation.replay().same for cell in grid.cells)


def test_two_passes_are_shared_too(lab):
    sweep = Sweep(PROMPT, **BASE, seed=1, negative_prompt="", true_cfg_scale=2, guidance_schedule=SCHEDULES[:3])
    grid = lab.run(sweep, progress=False)
    calls = sorted(cell.generation.effective["transformer_calls"] for cell in grid.cells)
    assert calls[0] < calls[-1] == 8
    assert all(cell.generation.replay().same for cell in grid.cells)


@pytest.mark.parametrize("changes", [{"scheduler": "unipc"}, {"scheduler": "dpm++2m"}, {"step_cache": "first_block"}])
def test_what_remembers_earlier_steps_shares_nothing(changes):
    recipes = [
        complete({"prompt": PROMPT, "seed": 1, **BASE, **changes, "guidance_schedule": text}) for text in SCHEDULES
    ]
    forks = Forks(recipes)
    assert [forks.fork(number) for number in range(len(recipes))] == [None] * len(recipes)


def test_other_seeds_prompts_and_strengths_share_nothing():
    others = [{}, {"seed": 2}, {"prompt": "a cat"}, {"loras": {"ink": 1}}, {"width": 80}, {"steps": 5}]
    recipes = [
        complete({"prompt": PROMPT, "seed": 1, **BASE, "guidance": 1 + i, **each}) for i, each in enumerate(others)
    ]
    recipes += [complete({"prompt": PROMPT, "seed": 1, **BASE, **each}) for each in others]
    forks = Forks(recipes)
    assert [forks.fork(number) for number in range(len(recipes))] == [None] * len(recipes)


def test_what_nobody_needs_any_more_is_dropped_and_there_is_a_bound(monkeypatch):
    import torch

    recipes = [
        complete({"prompt": PROMPT, "seed": seed, **BASE, "guidance_schedule": text})
        for seed in range(5)
        for text in (None, "step 4: 9")
    ]

    def held(order):
        forks = Forks([recipes[i] for i in order])
        for number in range(len(order)):
            fork = forks.fork(number)
            if fork is not None:
                for step in range(fork.start + 1, 5):
                    fork.step_done(step, torch.zeros(1), (3.5,) * step)
            yield len(forks._kept)

    assert list(held(range(10))) == [1] * 10
    seeds_inside = [*range(0, 10, 2), *range(1, 10, 2)]
    assert list(held(seeds_inside)) == [1, 2, 3, 4, 5, 5, 4, 3, 2, 1]
    monkeypatch.setattr(module, "HELD", 2)
    assert list(held(seeds_inside))[:5] == [1, 2, 2, 2, 2]
