"""Exact mode: the pixels of a lone `FluxPipeline` call, whatever came before in the same process."""

import pytest
from PIL import Image

from fluxlab import Sweep
from fluxlab.catalog import Catalog, pixel_hash
from fluxlab.lab import Lab

PROMPT = "a fox to the left of an apple on a blue background"
BASE = {"seed": 7, "steps": 2}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"seed": 2**64 - 1},
        {"steps": 1},
        {"steps": 5},
        {"guidance": 1.0},
        {"guidance": 6.25},
        {"width": 96, "height": 160},
        {"prompt_2": "a penguin"},
        {"negative_prompt": "", "true_cfg_scale": 2.5},
        {"negative_prompt": "a red background", "true_cfg_scale": 1.5},
        {"max_sequence_length": 16},
        {"max_sequence_length": 64},
        {"scheduler": "euler-karras"},
        {"scheduler": "euler-exponential"},
        {"scheduler": "unipc", "steps": 4},
        {"scheduler": "dpm++2m", "steps": 4},
        {"loras": {"ink": 0.7}},
        {"loras": {"pixel": -0.4}},
        {"loras": {"pixel": 1.2, "ink": 0.3}},
        {"loras": {"ink": 0}},
        {"loras": {"ink": 0.8, "ink@double": 0, "ink@single.1": 0.5}},
        {"loras": {"ink": 0.8, "ink@double.1": 0, "pixel": 0.5, "pixel@single": 1.5}},
    ],
    ids=str,
)
def test_pixels_equal_a_lone_call_for_every_parameter(lab, lone_call, changes):
    generation = lab.generate(PROMPT, **{**BASE, **changes})
    assert pixel_hash(lone_call(generation.recipe)) == generation.pixel_hash
    assert pixel_hash(generation.image) == generation.pixel_hash


def test_loras_there_and_back_leave_no_trace(tmp_path):
    def hashes(folder):
        lab = Lab(catalog=tmp_path / folder)
        order = [{}, {"ink": 1.0}, {"ink": 1.0, "pixel": 0.5}, {"pixel": 0.5}]
        return [lab.generate(PROMPT, **BASE, loras=loras).pixel_hash for loras in order]

    first, second = hashes("first"), hashes("second")
    assert first == second
    assert len(set(first)) == 4


def test_every_cell_of_a_mixed_sweep_equals_a_lone_call(lab, lone_call):
    sweep = Sweep(
        "a {cat|robot} on a green background",
        seed=[3],
        guidance=[1, 4],
        steps=[1, 2],
        lora={"ink": [0, 1]},
        size=["128x128", "112x128"],
        where=lambda values: values["size"] == "128x128" or values["steps"] == 2,
    )
    grid = lab.run(sweep, progress=False)
    assert len(grid.cells) == 24
    for cell in grid.cells:
        assert cell.status == "ok"
        assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash, cell.coords


def test_what_is_recorded_was_read_back_from_the_pipeline(lab):
    generation = lab.generate(PROMPT, seed=1, steps=3, guidance=2.7, width=96, height=112, loras={"ink": 0.5})
    effective = generation.effective
    assert effective["steps"] == effective["transformer_calls"] == 3
    assert (effective["width"], effective["height"]) == generation.image.size == (96, 112)
    assert effective["image_tokens"] == 6 * 7
    assert effective["text_tokens"] == 32
    assert effective["guidance"] == pytest.approx(2.7, abs=1e-6)
    assert len(effective["sigmas"]) == 4
    assert effective["loras"]["ink"]["scalings"] == [0.5]
    assert effective["loras"]["ink"]["modules"] > 10
    assert effective["scheduler"]["class"] == "FlowMatchEulerDiscreteScheduler"
    assert generation.environment["packages"]["diffusers"]


def test_true_guidance_is_recorded_with_both_passes(lab):
    generation = lab.generate(PROMPT, **BASE, negative_prompt="", true_cfg_scale=2)
    assert generation.effective["transformer_calls"] == 4


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"loras": {"ink": 0.8, "pixel": 0.4}, "scheduler": "euler-karras", "guidance": 2.0},
        {"loras": {"ink": 0.8, "ink@all": 0, "ink@single": 1, "ink@single.1-2": 0.5, "pixel": 0.4}},
        {"quantization": "fp8", "loras": {"ink": 0.8}},
        {"quantization": "int8", "loras": {"ink": 0.8}},
    ],
    ids=["plain", "loras and scheduler", "factors", "fp8", "int8"],
)
def test_the_script_of_a_generation_makes_the_same_pixels(lab, run_script, parameters):
    generation = lab.generate('a "fox" \\ {robot}\non a blue background', **BASE, **parameters)
    assert pixel_hash(Image.open(run_script(generation.code()))) == generation.pixel_hash


def test_the_record_in_the_file_says_the_same_as_the_catalog(lab):
    generation = lab.generate(PROMPT, **BASE)
    again = Catalog(lab.catalog.folder).get(generation.uid)
    assert again.recipe == generation.recipe
    assert again.effective == generation.effective
    assert again.pixel_hash == generation.pixel_hash
