"""LoRAs in a run: every format that nano's size allows, factors by part, what is counted, and what stays behind."""

import shutil
import threading
import warnings
from contextlib import contextmanager, nullcontext

import pytest
import torch

from fluxlab import Sweep
from fluxlab.catalog import pixel_hash
from fluxlab.engine import CellDone, StepDone, kept_adapters
from fluxlab.engine.adapters import delete_adapters, layers, load_adapter, loaded_adapters, set_loras
from fluxlab.errors import LoraError
from fluxlab.models import find_lora, load
from fluxlab.recipe import Lora

PROMPT = "an owl on a teal background"
ATTENTION = {f"transformer_blocks.{block}.attn.to_q": (192, 192) for block in (0, 1)}
TO_Q = "transformer.transformer_blocks.0.attn.to_q"
KOHYA = ("lora_down.weight", "lora_up.weight")


def prefixed(prefix, shapes=None):
    return {f"{prefix}{key}": shape for key, shape in (shapes or ATTENTION).items()}


@contextmanager
def counted(pipe):
    """The files that the pipeline really loads, in their order; the loading itself is its own."""
    files, original = [], pipe.load_lora_weights

    def load_lora_weights(folder, **options):
        files.append(options["weight_name"])
        return original(folder, **options)

    pipe.load_lora_weights = load_lora_weights
    try:
        yield files
    finally:
        del pipe.load_lora_weights


@contextmanager
def failing_second_step(pipe):
    """The transformer fails in the second of its calls and in those after it."""
    calls = []

    def fail(*_):
        calls.append(1)
        if len(calls) > 1:
            raise ValueError("a kernel failed")

    handle = pipe.transformer.register_forward_pre_hook(fail)
    try:
        yield
    finally:
        handle.remove()


@pytest.fixture
def pipe(nothing_loaded):
    return load("nano").pipe


@pytest.fixture
def wear(pipe):
    """Load a LoRA file alone; returns what is recorded of it. The pipeline is as before afterwards."""
    used = []

    def wear(path, strength=1.0, **options):
        lora = find_lora(str(path))
        used.append(lora.adapter)
        return set_loras(pipe, [Lora(name="it", strength=strength, **options)], {"it": lora})["it"]

    yield wear
    delete_adapters(pipe, used)


FORMATS = {
    "diffusers": {"shapes": prefixed("transformer.")},
    "kohya, diffusers names": {
        "shapes": {f"lora_transformer_{key.replace('.', '_')}": shape for key, shape in ATTENTION.items()},
        "names": KOHYA, "alpha": 1,
    },
    "kohya": {"shapes": {"lora_unet_double_blocks_1_img_attn_proj": (192, 192)}, "names": KOHYA},
    "comfy": {"shapes": {"diffusion_model.double_blocks.1.img_mlp.2": (192, 768)}, "names": KOHYA},
    "kohya with alpha": {
        "shapes": {
            "lora_unet_single_blocks_3_linear2": (192, 960),
            "lora_unet_double_blocks_1_img_attn_qkv": (576, 192),
        },
        "names": KOHYA, "alpha": 4,
    },
    "xlabs": {
        "shapes": {
            "double_blocks.0.processor.qkv_lora1": (576, 192),
            "single_blocks.2.processor.proj_lora": (192, 960),
        },
        "names": ("down.weight", "up.weight"),
    },
}  # fmt: skip


@pytest.mark.parametrize("options", FORMATS.values(), ids=FORMATS)
def test_every_format_acts_on_all_the_modules_that_its_keys_name(nano_lora, wear, pipe, options):
    path = nano_lora("it.safetensors", **options)
    lora = find_lora(str(path))
    used = wear(path, 0.5)
    assert used["modules"] == used["targets"] == len(lora.keys.modules) > 0
    assert {str(part) for part, layer in layers(pipe) if lora.adapter in layer.scaling} == {
        str(p) for p in lora.keys.parts
    }
    assert "left_out" not in used


def test_alpha_is_a_part_of_the_scaling(nano_lora, wear):
    path = nano_lora("it.safetensors", prefixed("transformer."), rank=4, alpha=2)
    assert wear(path, 0.5)["scalings"] == [0.25]


CLIP = {
    "diffusers": {"shapes": {"text_encoder.text_model.encoder.layers.0.self_attn.q_proj": (128, 128)}},
    "kohya": {"shapes": {"lora_te1_text_model_encoder_layers_0_mlp_fc1": (512, 128)}, "names": KOHYA},
}


@pytest.mark.parametrize("options", CLIP.values(), ids=CLIP)
def test_a_lora_of_the_text_encoder_changes_the_encoding_with_its_strength(lab, nano_lora, options):
    path = str(nano_lora("it.safetensors", **options))
    made = [lab.generate(PROMPT, seed=1, steps=1, loras={path: s} if s else {}) for s in (0, 0.5, 1)]
    assert len({one.pixel_hash for one in made}) == 3
    assert made[1].effective["loras"][path]["scalings"] == [0.5]
    off = lab.generate(PROMPT, seed=1, steps=1, loras={path: 0.5, f"{path}@text_encoder": 0})
    assert off.pixel_hash == made[0].pixel_hash
    with pytest.raises(
        LoraError, match="does not touch double, so that a factor for it has no effect: it acts on text_"
    ):
        lab.generate(PROMPT, seed=1, steps=1, loras={path: 0.5, f"{path}@double": 0})


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {
                "extra": {
                    "transformer.nowhere.lora_A.weight": torch.ones(2, 4),
                    "transformer.nowhere.lora_B.weight": torch.ones(4, 2),
                }
            },
            "2 of its 3 modules match",
        ),
        ({"extra": {"text_encoder_2.x.lora_A.weight": torch.ones(2, 4)}}, "leaves out 1 module of T5"),
        ({"extra": {"transformer.transformer_blocks.0.attn.to_q.dora_scale": torch.ones(192)}}, "the dora_scale of 1"),
    ],
    ids=["unknown module", "T5", "DoRA"],
)
def test_what_has_no_effect_is_said_once_and_recorded(lab, nano_lora, options, says):
    path = str(nano_lora("it.safetensors", prefixed("transformer."), **options))
    with pytest.warns(UserWarning, match=says) as caught:
        made = lab.generate(PROMPT, seed=1, steps=1, loras={path: 1})
    assert len([w for w in caught if "acts in part" in str(w.message)]) == 1
    used = made.effective["loras"][path]
    assert used["modules"] == 2
    assert used["targets"] > 2 or used["left_out"] == ["the dora_scale of 1 modules"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lab.generate(PROMPT, seed=2, steps=1, loras={path: 1})


REFUSED = {
    "no prefix": ({"shapes": ATTENTION}, "matches no module of this model"),
    "comfy with lora_A": ({"shapes": prefixed("diffusion_model.")}, "matches no module of this model"),
    "other names of kohya": (
        {"shapes": {"lora_transformer_transformer_blocks_0_ff_net_2": (192, 768)}, "names": KOHYA, "alpha": 1},
        "its keys are in the format 'kohya, diffusers names'",
    ),
    "wider model": ({"shapes": {TO_Q: (192, 3072)}}, "3072 inputs, and the model has 192"),
    "taller model": ({"shapes": {TO_Q: (3072, 192)}}, "does not fit this model"),
    "without the second matrix": (
        {"shapes": {TO_Q: (192, 192)}, "extra": {"transformer.proj_out.lora_A.weight": torch.ones(2, 192)}},
        "is not whole: 1 of its modules has only one of two matrices, such as 'transformer.proj_out'",
    ),
    "without the first matrices": (
        {"shapes": {TO_Q: (192, 192)}, "extra": {f"transformer.{at}.lora_B.weight": torch.ones(2, 192) for at in "ab"}},
        "is not whole: 2 of its modules have only one of two matrices",
    ),
    "control": ({"shapes": {"transformer.x_embedder": (192, 128)}}, "gives 'x_embedder' 128 inputs, and the model"),
    "norms": (
        {"shapes": {TO_Q: (192, 192)}, "extra": {TO_Q.replace("to_q", "norm_q.weight"): torch.ones(48)}},
        "would overwrite norms of the model itself",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("options", "says"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_and_leaves_the_model_as_it_was(lab, pipe, nano_lora, options, says):
    weights = {key: value.clone() for key, value in pipe.transformer.state_dict().items()}
    before = lab.generate(PROMPT, seed=1, steps=1)
    with pytest.raises(LoraError) as caught:
        lab.generate(PROMPT, seed=1, steps=1, loras={str(nano_lora("it.safetensors", **options)): 1})
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert lab.generate(PROMPT, seed=2, steps=1).status == "ok"
    assert lab.catalog.df(status=None)["status"].tolist() == ["ok", "ok"]
    after = dict(pipe.transformer.state_dict())
    for key, value in weights.items():
        there = after.get(key, after.get(".base_layer.".join(key.rsplit(".", 1))))
        assert torch.equal(there, value), key
    assert before.replay().same


def test_factors_set_the_scalings_of_their_part_alone(lab):
    made = lab.generate(
        PROMPT, seed=1, steps=1,
        loras={"ink": 0.5, "ink@all": 0, "ink@single": 1, "ink@single.1-2": 2, "ink@double.1": -1},
    )  # fmt: skip
    assert made.effective["loras"]["ink"]["parts"] == {
        "double.0": [0.0], "double.1": [-0.5],
        "single.0": [0.5], "single.1": [1.0], "single.2": [1.0], "single.3": [0.5],
        "transformer (rest)": [0.0],
    }  # fmt: skip
    assert made.effective["loras"]["ink"]["scalings"] == [-0.5, 0.0, 0.5, 1.0]
    plain = lab.generate(PROMPT, seed=1, steps=1, loras={"ink": 0.5})
    assert plain.effective["loras"]["ink"]["scalings"] == [0.5]
    assert "parts" not in plain.effective["loras"]["ink"]


def test_factors_of_1_and_strength_0_make_no_image_of_their_own(lab):
    sweep = Sweep(PROMPT, seed=1, steps=1, lora={"ink": [0, 1], "ink@double": [0, 1]})
    grid = lab.run(sweep, progress=False)
    none, also_none, part, whole = (cell.generation.uid for cell in grid.cells)
    assert none == also_none
    assert len({none, part, whole}) == 3
    assert lab.generate(PROMPT, seed=1, steps=1).uid == none
    assert lab.generate(PROMPT, seed=1, steps=1, loras={"ink": 1}).uid == whole
    assert lab.generate(PROMPT, seed=1, steps=1, loras={"ink": 1, "ink@all": 0}).uid == none


def test_parts_that_are_switched_on_one_by_one_are_in_grid_and_catalog(lab):
    sweep = Sweep(PROMPT, seed=1, steps=1, lora={"ink": 1, "ink@only": ["all", "double", "single"]})
    grid = lab.run(sweep, progress=False)
    assert len({cell.generation.pixel_hash for cell in grid.cells}) == 3
    assert [cell.coords for cell in grid.cells] == [{"lora:ink@only": part} for part in ("all", "double", "single")]
    table = lab.catalog.df(columns=["lora.ink", "lora.ink@all", "lora.ink@double"]).loc[
        [cell.generation.uid for cell in grid.cells]
    ]
    assert table["lora.ink"].tolist() == [1.0] * 3
    assert table["lora.ink@all"].tolist() == [1.0, 0.0, 0.0]
    assert table["lora.ink@double"].fillna(-1).tolist() == [-1, 1.0, -1]


def test_a_sweep_of_names_and_strengths_loads_each_file_once(lab, pipe, lone_call, tmp_path):
    names = []
    for name in ("ink", "pixel"):
        names.append(str(tmp_path / f"{name}-again.safetensors"))
        tensors = find_lora(name).path.read_bytes()
        (tmp_path / f"{name}-again.safetensors").write_bytes(tensors)
    delete_adapters(pipe, [find_lora(name).adapter for name in names])  # as if nothing had worn them before
    sweep = Sweep(PROMPT, seed=[1, 2], steps=1, lora=names, strength=[0, 0.5, 1])
    with counted(pipe) as files:
        grid = lab.run(sweep, progress=False)
        assert sorted(files) == ["ink-again.safetensors", "pixel-again.safetensors"]
        lab.run(Sweep(PROMPT, seed=[3], steps=1, lora=names, strength=[0.25, 0.75]), progress=False)
        assert len(files) == 2
    assert len(grid.cells) == 12
    assert len({cell.generation.uid for cell in grid.cells}) == 10
    assert not grid.dead
    bare = [cell.generation.uid for cell in grid.cells if cell.coords["strength"] == 0 and cell.coords["seed"] == 1]
    assert len(bare) == 2
    assert len(set(bare)) == 1
    for cell in grid.cells:
        assert cell.recipe.loras == (Lora(name=cell.coords["lora"], strength=cell.coords["strength"]),)
    last = grid.cells[-1]
    worn = {"pixel" if "pixel" in last.coords["lora"] else "ink": last.coords["strength"]}
    assert lone_call(last.recipe.replace(loras=worn)).tobytes() == last.generation.image.tobytes()


def test_a_grid_of_names_can_be_filled_and_says_what_it_varies(lab):
    grid = lab.run(Sweep(PROMPT, seed=1, steps=1, lora=["ink", "pixel"], strength=[0.5]), progress=False)
    assert list(grid.axes) == ["lora"]
    assert "loras" not in grid.fixed
    assert grid.df()["lora"].tolist() == ["ink", "pixel"]


def test_few_loras_stay_when_runs_end_and_the_model_is_as_before(lab, pipe, nano_lora, monkeypatch):
    monkeypatch.setattr(kept_adapters, "IDLE_MAX", 2)
    bare = lab.generate(PROMPT, seed=1, steps=1)
    adapters = []
    for seed in range(5):
        path = str(nano_lora(f"{seed}.safetensors", prefixed("transformer."), seed=seed))
        adapters.append(find_lora(path).adapter)
        lab.generate(PROMPT, seed=1, steps=1, loras={path: 1})
        assert len(loaded_adapters(pipe)) <= 2
    assert loaded_adapters(pipe) == set(adapters[-2:])
    sweep = Sweep(
        PROMPT,
        seed=1,
        steps=1,
        lora=[str(nano_lora(f"{n}.safetensors", prefixed("transformer."), seed=n)) for n in range(5, 9)],
    )
    assert [cell.status for cell in lab.run(sweep, progress=False).cells] == ["ok"] * 4
    assert len(loaded_adapters(pipe)) == 2
    delete_adapters(pipe, loaded_adapters(pipe))
    assert not loaded_adapters(pipe)
    assert bare.replay().same


def test_a_lora_that_another_run_holds_stays(pipe, nano_lora, monkeypatch):
    monkeypatch.setattr(kept_adapters, "IDLE_MAX", 0)
    one, other = (find_lora(str(nano_lora(f"{n}.safetensors", prefixed("transformer."), seed=n))) for n in (1, 2))
    for lora in (one, other):
        load_adapter(pipe, lora)
    kept_adapters.hold(pipe, [one.adapter, other.adapter])
    kept_adapters.hold(pipe, [one.adapter])
    kept_adapters.release(pipe, [one.adapter, other.adapter])
    assert one.adapter in loaded_adapters(pipe)
    assert other.adapter not in loaded_adapters(pipe)
    kept_adapters.release(pipe, [one.adapter])
    assert one.adapter not in loaded_adapters(pipe)


def test_a_file_that_changes_while_it_is_loaded_is_refused(pipe, tmp_path):
    path = tmp_path / "mine.safetensors"
    shutil.copy(find_lora("ink").path, path)
    before = find_lora(str(path))
    shutil.copy(find_lora("pixel").path, path)
    delete_adapters(pipe, [before.adapter])
    with pytest.raises(LoraError, match="was changed while it was loaded"):
        load_adapter(pipe, before)
    assert before.adapter not in loaded_adapters(pipe)


def test_a_model_with_fused_projections_takes_no_lora(lab, pipe, nano_lora):
    """It would use the fused weights, without the LoRA, and say nothing."""
    delete_adapters(pipe, loaded_adapters(pipe))
    pipe.transformer.fuse_qkv_projections()
    try:
        with pytest.raises(LoraError, match=r"projections are fused: call unfuse_qkv_projections\(\)"):
            lab.generate(PROMPT, seed=1, steps=1, loras={"ink": 1})
        made = lab.generate(PROMPT, seed=1, steps=1)
    finally:
        pipe.transformer.unfuse_qkv_projections()
    assert made.replay().same
    assert lab.generate(PROMPT, seed=1, steps=1, loras={"ink": 1}).status == "ok"


def test_nothing_is_ever_fused_and_no_scale_is_passed(lab, pipe, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("would change the model for good")

    for name in ("fuse_lora", "unfuse_lora"):
        monkeypatch.setattr(pipe, name, refuse)
    for name in ("fuse_lora", "fuse_qkv_projections"):
        monkeypatch.setattr(pipe.transformer, name, refuse)
    seen = []
    handle = pipe.transformer.register_forward_pre_hook(
        lambda _module, _args, kwargs: seen.append(kwargs.get("joint_attention_kwargs")), with_kwargs=True
    )
    try:
        grid = lab.run(Sweep(PROMPT, seed=1, steps=1, lora=["ink", "pixel"], strength=[-1, 0, 0.5]), progress=False)
    finally:
        handle.remove()
    assert [cell.status for cell in grid.cells] == ["ok"] * 6
    assert seen
    assert not any(seen)


@pytest.mark.parametrize(
    "meddle",
    [
        lambda pipe: pipe.disable_lora(),
        lambda pipe: pipe.set_adapters(pipe.get_list_adapters()["transformer"], 0.1),
        lambda pipe: next(iter(layers(pipe)))[1].set_scale(find_lora("ink").adapter, 3),
        lambda pipe: pipe.unload_lora_weights(),
    ],
    ids=["switched off", "other strengths", "one layer", "unloaded"],
)
def test_what_somebody_does_to_the_pipeline_between_two_images_does_not_last(lab, lone_call, pipe, meddle):
    for seed in (1, 2):
        made = lab.generate(PROMPT, seed=seed, steps=1, loras={"ink": 0.6})
        assert pixel_hash(lone_call(made.recipe)) == made.pixel_hash
        assert made.effective["loras"]["ink"]["scalings"] == [0.6]
        assert made.effective["loras"]["ink"]["modules"] == made.effective["loras"]["ink"]["targets"]
        meddle(pipe)


@pytest.mark.parametrize("way", ["exact", "fast", "failed", "cancelled", "trajectory"])
def test_whoever_uses_the_pipeline_after_a_run_finds_the_model_itself(lab, pipe, lone_call, way):
    recipe = lab.recipe(PROMPT, seed=1, steps=2, width=64, height=64)
    small = {"steps": 2, "width": 64, "height": 64, "loras": {"ink": 1}}

    runs, begun = [], threading.Event()

    def listener(event):
        if way == "cancelled" and isinstance(event, StepDone):
            assert begun.wait(60)
            runs[0].cancel()

    with failing_second_step(pipe) if way == "failed" else nullcontext():
        if way == "trajectory":
            lab.trajectory(PROMPT, seed=2, **small)
        else:
            mode = "fast" if way == "fast" else "exact"
            runs.append(lab.start(Sweep(PROMPT, seed=[2, 3], **small), mode=mode, listener=listener))
            begun.set()
            statuses = {cell.status for cell in runs[0].wait(120).cells}
            assert {"failed": "failed", "cancelled": "interrupted"}.get(way, "ok") in statuses
    assert find_lora("ink").adapter in pipe.get_list_adapters()["transformer"]
    image = pipe(
        PROMPT, width=64, height=64, num_inference_steps=2, guidance_scale=recipe.guidance,
        max_sequence_length=recipe.max_sequence_length, generator=torch.Generator("cpu").manual_seed(1),
    ).images[0]  # fmt: skip
    assert pixel_hash(image) == pixel_hash(lone_call(recipe))


def test_strengths_that_are_changed_within_a_cell_of_a_sweep_are_set_again_for_the_next(lab, pipe):
    def listener(event):
        if isinstance(event, CellDone):
            pipe.set_adapters([find_lora("ink").adapter], [0.1])

    sweep = Sweep(PROMPT, seed=[1, 2], steps=1, loras={"ink": 0.6})
    grid = lab.run(sweep, progress=False, listener=listener)
    assert [cell.generation.effective["loras"]["ink"]["scalings"] for cell in grid.cells] == [[0.6], [0.6]]
