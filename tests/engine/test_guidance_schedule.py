"""Guidance that changes on the way: the bits of a lone pipeline with the same hook, and read back step by step."""

import pytest
from PIL import Image

from fluxlab import Sweep
from fluxlab.catalog import pixel_hash

PROMPT = "a fox to the left of an apple on a blue background"
BASE = {"seed": 7, "steps": 4, "width": 64, "height": 64}


@pytest.fixture
def lone_schedule(lone_pipeline):
    """A lone pipeline whose guidance is replaced at every step, as a user of diffusers would do it."""
    import torch

    def call(recipe, values):
        pipe, step = lone_pipeline, [0]

        def steer(_module, args, kwargs):
            kwargs["guidance"] = torch.full([1], values[step[0]])
            return args, kwargs

        def count(_pipe, index, _timestep, kwargs):
            step[0] = min(index + 1, len(values) - 1)
            return kwargs

        handle = pipe.transformer.register_forward_pre_hook(steer, with_kwargs=True)
        try:
            return pipe(
                recipe.prompt, width=recipe.width, height=recipe.height, num_inference_steps=recipe.steps,
                negative_prompt=recipe.negative_prompt, true_cfg_scale=recipe.true_cfg_scale,
                max_sequence_length=recipe.max_sequence_length, callback_on_step_end=count,
                generator=torch.Generator("cpu").manual_seed(recipe.seed),
            ).images[0]  # fmt: skip
        finally:
            handle.remove()

    return call


@pytest.mark.parametrize(
    ("changes", "values"),
    [
        ({"guidance_schedule": "1, 6, 2, 8"}, [1, 6, 2, 8]),
        ({"guidance_schedule": "0-0.5: 1", "guidance": 5}, [1, 1, 5, 5]),
        ({"guidance_schedule": "step 4: 9", "negative_prompt": "", "true_cfg_scale": 2}, [3.5, 3.5, 3.5, 9]),
    ],
    ids=["list", "shares", "steps with two passes"],
)
def test_the_pixels_are_those_of_a_lone_pipeline_with_the_same_hook(lab, lone_schedule, changes, values):
    made = lab.generate(PROMPT, **BASE, **changes)
    assert made.effective["guidance_schedule"] == values
    assert made.effective["guidance"] is None
    assert pixel_hash(lone_schedule(made.recipe, values)) == made.pixel_hash


def test_a_constant_schedule_is_plain_guidance(lab):
    assert (
        lab.generate(PROMPT, **BASE, guidance_schedule="2, 2, 2, 2").uid == lab.generate(PROMPT, **BASE, guidance=2).uid
    )


def test_no_hook_is_left_for_the_next_image(lab):
    before = lab.generate(PROMPT, **BASE)
    lab.generate(PROMPT, **BASE, guidance_schedule="9, 9, 1, 1")
    assert before.replay().same


def test_schedules_are_an_axis(lab):
    schedules = [None, "0-0.5: 1", "1, 1, 3.5, 3.5", "9, 9, 9, 1"]
    grid = lab.run(Sweep(PROMPT, **BASE, guidance_schedule=schedules), progress=False)
    assert [cell.status for cell in grid.cells] == ["ok"] * 4
    assert len({cell.pixels for cell in grid.cells}) == 3
    (folded,) = grid.dead
    assert "0-0.5: 1 and 1, 1, 3.5, 3.5 come to the same image" in str(folded)
    assert grid.cells[1].lossy == ""


def test_the_script_makes_the_same_pixels(lab, run_script):
    made = lab.generate(PROMPT, **BASE, guidance_schedule="1, 6, 2, 8")
    assert pixel_hash(Image.open(run_script(made.code()))) == made.pixel_hash
