"""Pipelines share the large parts that are the same, keep their precision, and have one lock for what they share."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from fluxlab import Lab, Sweep
from fluxlab.errors import ModelError
from fluxlab.models import get_spec, load
from fluxlab.models.files import SHARED, lineage


def dtypes(pipe):
    parts = ("transformer", "vae", "text_encoder", "text_encoder_2")
    return {name: {str(p.dtype) for p in getattr(pipe, name).parameters()} for name in parts}


def test_parts_are_the_same_objects_and_guarded_by_one_lock(nothing_loaded):
    nano = load("nano")
    schnell = load("nano-schnell")
    for name in SHARED:
        assert getattr(schnell.pipe, name) is getattr(nano.pipe, name)
    assert schnell.lock is nano.lock
    # LoRAs act on these two.
    assert schnell.pipe.transformer is not nano.pipe.transformer
    assert schnell.pipe.text_encoder is not nano.pipe.text_encoder
    assert schnell.pipe.scheduler is not nano.pipe.scheduler


def test_the_borrower_may_come_first(nothing_loaded):
    schnell = load("nano-schnell")
    nano = load("nano")
    assert nano.pipe.vae is schnell.pipe.vae
    assert nano.lock is schnell.lock


def test_sharing_changes_no_precision(nothing_loaded, add_model):
    add_model("half", dtype="bfloat16")
    half = load("half")
    add_model("half-again", dtype="bfloat16", source="package:fluxlab/models/nano-schnell", base="half",
              guidance_embeds=False, guidance=None)  # fmt: skip
    again = load("half-again")
    assert again.pipe.text_encoder_2 is half.pipe.text_encoder_2
    assert all(found == {"torch.bfloat16"} for pipe in (half.pipe, again.pipe) for found in dtypes(pipe).values())


def test_another_precision_is_not_shared(nothing_loaded, add_model):
    add_model("half", dtype="bfloat16")
    half, nano = load("half"), load("nano")
    assert half.pipe.vae is not nano.pipe.vae
    assert half.lock is not nano.lock
    assert dtypes(nano.pipe)["vae"] == {"torch.float32"}
    assert dtypes(half.pipe)["vae"] == {"torch.bfloat16"}


def test_files_of_other_content_are_not_shared(nothing_loaded, add_model, tmp_path):
    from safetensors.numpy import load_file, save_file

    folder = tmp_path / "copy"
    shutil.copytree(get_spec("nano").folder, folder)
    add_model("copy", source=str(folder))
    assert load("copy").pipe.vae is load("nano").pipe.vae, "what is the same is shared wherever it lies"
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["decoder.conv_out.bias"] += 1
    save_file(tensors, weights, metadata={"format": "pt"})
    assert load("copy").pipe.vae is not load("nano").pipe.vae


def test_two_labs_with_shared_parts_at_once_make_what_each_makes_alone(tmp_path):
    sweep = Sweep("a {cat|star} on a blue background", seed=[1, 2], steps=2, model=["nano", "nano-schnell"])

    def hashes(folder):
        grid = Lab(catalog=tmp_path / folder).run(sweep, progress=False)
        return [cell.generation.pixel_hash for cell in grid.cells]

    alone = hashes("alone")
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(hashes, ["one", "other"])) == [alone, alone]


def test_a_lora_of_one_does_not_act_on_the_other(nothing_loaded, tmp_path):
    lab = Lab(catalog=tmp_path / "a")
    base = {"prompt": "a cat on a blue background", "seed": 1, "steps": 2}
    plain = lab.generate(model="nano-schnell", **base).pixel_hash
    Lab(catalog=tmp_path / "b").generate(model="nano", loras={"ink": 1.0}, **base)
    assert Lab(catalog=tmp_path / "c").generate(model="nano-schnell", **base).pixel_hash == plain


def test_a_base_that_is_not_there_and_a_circle(add_model):
    add_model("orphan", source="package:fluxlab/models/nano-schnell", base="nowhere")
    with pytest.raises(ModelError, match="'nowhere' is unknown"):
        load("orphan")
    add_model("a", source="package:fluxlab/models/nano-schnell", base="b")
    add_model("b", source="package:fluxlab/models/nano-schnell", base="a")
    with pytest.raises(ModelError, match="model 'a' is its own base by way of"):
        list(lineage(get_spec("a")))
    with pytest.raises(ModelError, match="is its own base"):
        load("a")
