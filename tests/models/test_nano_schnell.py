"""The nano-schnell that ships: four steps, no guidance, and what a lone diffusers pipeline makes of its weights."""

import shutil

import pytest
from PIL import Image
from safetensors.torch import load_file, save_file

from fluxlab import Lab
from fluxlab.catalog import pixel_hash
from fluxlab.errors import ModelError
from fluxlab.models import get_spec, load
from fluxlab.models.low_rank import DIFFERENCE
from fluxlab.train import evaluate

PROMPT = "a fox to the left of an apple on a blue background"


@pytest.fixture(scope="module")
def lone_pipeline():
    """Built with diffusers alone, and arithmetic of its own, from nano and the difference."""
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel

    folder = get_spec("nano-schnell").folder
    pipe = FluxPipeline.from_pretrained(get_spec("nano").folder, dtype=torch.float32, use_safetensors=True)
    config = {**pipe.transformer.config, "guidance_embeds": False}
    transformer = FluxTransformer2DModel.from_config(config)
    weights = {k: v for k, v in pipe.transformer.state_dict().items() if "guidance_embedder" not in k}
    difference = load_file(folder / "transformer" / DIFFERENCE)
    for name in {name.removesuffix(".up").removesuffix(".down") for name in difference}:
        if name in difference:
            weights[name] = difference[name].float()
        else:
            weights[name] = weights[name] + difference[f"{name}.up"].float() @ difference[f"{name}.down"].float()
    transformer.load_state_dict(weights)
    scheduler = FlowMatchEulerDiscreteScheduler(shift=1.0, use_dynamic_shifting=False)
    pipe.register_modules(transformer=transformer.eval(), scheduler=scheduler)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.mark.parametrize(
    "changes",
    [{}, {"steps": 1}, {"steps": 6}, {"width": 96, "height": 160}, {"negative_prompt": "a cat", "true_cfg_scale": 2.0}],
    ids=str,
)
def test_its_pixels_are_those_of_a_lone_pipeline(lone_pipeline, home, changes):
    import torch

    made = Lab("nano-schnell", catalog=home).generate(PROMPT, seed=7, **changes)
    recipe = made.recipe
    alone = lone_pipeline(
        recipe.prompt,
        negative_prompt=recipe.negative_prompt,
        true_cfg_scale=recipe.true_cfg_scale,
        width=recipe.width,
        height=recipe.height,
        num_inference_steps=recipe.steps,
        max_sequence_length=recipe.max_sequence_length,
        generator=torch.Generator("cpu").manual_seed(recipe.seed),
    ).images[0]
    assert pixel_hash(alone) == made.pixel_hash


def test_what_is_recorded_says_four_even_steps_and_no_guidance(home):
    made = Lab("nano-schnell", catalog=home).generate(PROMPT, seed=7)
    assert made.recipe.guidance is None
    assert made.effective["guidance"] is None
    assert made.effective["sigmas"] == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert made.effective["scheduler"]["config"]["use_dynamic_shifting"] is False
    wide = Lab("nano-schnell", catalog=home).generate(PROMPT, seed=7, width=256)
    assert wide.effective["sigmas"] == [1.0, 0.75, 0.5, 0.25, 0.0], "the same for every size"
    assert made.pipeline["source"] == "package:fluxlab/models/nano-schnell"
    assert made.pipeline["base"]["source"] == "package:fluxlab/models/nano"


def test_its_script_makes_the_same_pixels(home, run_script):
    made = Lab("nano-schnell", catalog=home).generate(PROMPT, seed=7, loras={"pixel": 0.5})
    assert pixel_hash(Image.open(run_script(made.code()))) == made.pixel_hash


def test_guidance_is_refused(home):
    lab = Lab("nano-schnell", catalog=home)
    with pytest.raises(ModelError, match=r"guidance=3\.5 has no effect on model 'nano-schnell'"):
        lab.generate(PROMPT, guidance=3.5)


def test_it_draws_what_it_is_told_in_four_steps(nothing_loaded):
    scenes = evaluate.prompts(60, held_out=False)
    result = evaluate.score(scenes, evaluate.paint(load("nano-schnell").pipe, scenes, 4, 0))
    # The bar is measured on 300 prompts, of which these are the first, by python -m fluxlab.train.schnell --evaluate.
    assert result.background >= 0.75
    assert result.one_object >= 0.6
    assert result.both_objects >= 0.6


def test_its_key_changes_with_its_own_files_and_with_those_of_its_base(add_model, tmp_path):
    own, base = tmp_path / "own", tmp_path / "base"
    shutil.copytree(get_spec("nano-schnell").folder, own)
    shutil.copytree(get_spec("nano").folder, base)
    add_model("base", source=str(base))
    add_model("own", source=str(own), base="base", guidance_embeds=False, guidance=None)
    hashes = [load("own").sha256]
    assert hashes[0] == load("nano-schnell").sha256
    for weights in (own / "transformer" / DIFFERENCE, base / "transformer" / "diffusion_pytorch_model.safetensors"):
        tensors = load_file(weights)
        name = next(name for name in tensors if "proj_out" in name)
        save_file({**tensors, name: tensors[name] * 2}, weights)
        hashes.append(load("own").sha256)
    assert len(set(hashes)) == 3


def test_a_damaged_difference_is_a_sentence(add_model, tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(get_spec("nano-schnell").folder, folder)
    add_model("own", source=str(folder), base="nano", guidance_embeds=False, guidance=None)
    weights = folder / "transformer" / DIFFERENCE
    tensors = load_file(weights)
    save_file({name: tensor for name, tensor in tensors.items() if not name.endswith("proj_out.weight.down")}, weights)
    with pytest.raises(ModelError, match=r"model 'own' could not be loaded .*lacks its other half"):
        load("own")
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ModelError, match="model 'own' could not be loaded"):
        load("own")
