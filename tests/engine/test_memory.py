"""Memory plans change where a model is and not what it draws; precisions change what it draws, and records say so."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
import torch

from fluxlab import Lab, Sweep
from fluxlab.catalog import pixel_hash
from fluxlab.engine import StepDone
from fluxlab.engine.runner import prompt_cache
from fluxlab.errors import GenerationError, ModelError, RecipeError
from fluxlab.models import get_spec, load, loading, resolve
from fluxlab.models.device import GIB, Device
from fluxlab.models.loading import memory_plan
from fluxlab.models.memory import ANY

PROMPT = "an owl on a teal background"
OFFLOADS = [
    ("device", "host"),
    ("device", "disk"),
    ("model_offload", "host"),
    ("model_offload", "stream"),
    ("group_offload", "stream"),
    ("sequential_offload", "stream"),
]


@pytest.fixture
def plan_as(monkeypatch):
    """Make nano follow a plan that its size would never need, on this machine's CPU."""

    def force(placement, encoders, *, quantization=None, asked=None, **changes):
        spec = get_spec("nano")
        plan = replace(
            memory_plan(spec, "auto", None),
            placement=placement,
            encoders=encoders,
            quantization=quantization,
            **changes,
        )
        monkeypatch.setitem(loading._PLANS, (spec, "auto", asked or quantization), plan)
        return plan

    return force


def at_once(sweeps):
    """The grids of labs that run in threads of their own."""
    with ThreadPoolExecutor(len(sweeps)) as pool:
        runs = [pool.submit(lab.run, sweep, progress=False) for lab, sweep in sweeps.items()]
        return [run.result(240) for run in runs]


@contextmanager
def failing(module, error, *, at_call=0):
    """The real module, which raises at one of its calls, as an allocator or Ctrl-C may."""
    calls = iter(range(10_000))

    def fail(*_):
        if next(calls) == at_call:
            raise error

    handle = module.register_forward_pre_hook(fail)
    try:
        yield
    finally:
        handle.remove()


@pytest.mark.parametrize(("placement", "encoders"), OFFLOADS)
def test_no_placement_changes_a_pixel(lab, lone_call, plan_as, placement, encoders):
    plan_as(placement, encoders)
    order = [{}, {"ink": 0.7}, {"ink": 0.7, "pixel": 0.3}, {"pixel": 0.3}, {}]
    for seed, loras in enumerate(order):
        generation = lab.generate(f"{PROMPT} {seed}", seed=seed, steps=2, loras=loras)
        assert pixel_hash(lone_call(generation.recipe)) == generation.pixel_hash
        assert generation.pipeline["memory"] == {"preset": "auto", "placement": placement, "encoders": encoders}
    assert generation.recipe.quantization is None


def test_a_placement_has_no_part_in_the_key(lab, plan_as):
    before = lab.generate(PROMPT, seed=1, steps=1)
    plan_as("group_offload", "stream")
    assert lab.generate(PROMPT, seed=1, steps=1).uid == before.uid


def test_t5_is_not_in_memory_while_an_image_is_made_and_comes_back_for_a_new_prompt(lab, lone_call, plan_as):
    plan_as("model_offload", "disk")
    pipe = load("nano").pipe
    held = []

    def listen(event):
        if isinstance(event, StepDone):
            held.append(pipe.text_encoder_2 is not None)

    grid = lab.run(Sweep("a {whale|snail} with one shell", seed=[1, 2], steps=1), progress=False, listener=listen)
    assert held == [False] * 4
    again = lab.generate("a crab on a pink background", seed=1, steps=1)
    for generation in (again, *(cell.generation for cell in grid.cells)):
        assert pixel_hash(lone_call(generation.recipe)) == generation.pixel_hash


@pytest.mark.parametrize(
    ("offload", "shared"),
    [
        (("model_offload", "host"), 2),
        (("model_offload", "stream"), 2),
        (("group_offload", "stream"), 0),
        (("sequential_offload", "stream"), 0),
    ],
    ids=str,
)
def test_a_transformer_that_is_streamed_shares_no_first_call(lab, lone_call, plan_as, offload, shared):
    """Its hooks learn the order of the layers from a call that passes through all of them."""
    plan_as(*offload)
    grid = lab.run(Sweep(PROMPT, seed=8, steps=[2, 3, 4], width=64, height=64), progress=False)
    assert sum(cell.generation.effective.get("shared_calls", 0) for cell in grid.cells) == shared
    for cell in grid.cells:
        assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError("a kernel failed")], ids=["ctrl-c", "exception"])
@pytest.mark.parametrize("offload", OFFLOADS, ids=str)
def test_what_ends_in_the_middle_leaves_no_trace(lab, lone_call, plan_as, offload, error):
    plan_as(*offload)
    pipe = load("nano").pipe
    # The first pass of a placement, when its hooks still learn the order of the layers, is among those that are cut.
    with (
        failing(pipe.transformer.single_transformer_blocks[0], error),
        pytest.raises((KeyboardInterrupt, GenerationError)),
    ):
        lab.generate(PROMPT, seed=1, steps=2, loras={"ink": 1})
    # An exception here is tried again, so that it costs no image.
    new = f"a crab under a {type(error).__name__}"
    with failing(pipe.text_encoder, error), suppress(KeyboardInterrupt):
        lab.generate(new, seed=2, steps=2)
    for prompt in (PROMPT, new):
        for loras in ({"ink": 1}, {}):
            generation = lab.generate(prompt, seed=1, steps=2, loras=loras)
            assert pixel_hash(lone_call(generation.recipe)) == generation.pixel_hash


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes."),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_out_of_memory_fails_one_cell_with_a_sentence_and_the_sweep_goes_on(lab, lone_call, plan_as, error):
    plan_as("group_offload", "stream", preset="16GB", smaller="12GB")
    transformer = load("nano").pipe.transformer
    with failing(transformer, error, at_call=3):
        grid = lab.run(Sweep(PROMPT, seed=[1, 2, 3], steps=2), progress=False)
    assert [cell.status for cell in grid.cells] == ["ok", "failed", "ok"]
    sentence = grid.cells[1].error
    assert sentence.startswith(f'out of memory with memory="16GB", group_offload ({type(error).__name__}')
    assert sentence.endswith('use Lab(memory="12GB"), a smaller image, or close what else holds memory.')
    (recorded,) = lab.catalog.df(status="failed", columns=["error"])["error"]
    assert recorded == sentence
    for cell in (grid.cells[0], grid.cells[2]):
        assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash


def test_out_of_memory_while_decoding(lab):
    with failing(load("nano").pipe.vae.decoder, torch.OutOfMemoryError("out of memory"), at_call=1):
        grid = lab.run(Sweep(PROMPT, seed=[1, 2, 3], steps=1), progress=False)
    assert [cell.status for cell in grid.cells] == ["ok", "failed", "ok"]
    assert grid.cells[1].error.startswith('out of memory with memory="auto", cpu (OutOfMemoryError')
    assert "use a smaller image" in grid.cells[1].error


def test_what_a_failed_call_held_is_let_go(lab):
    import gc

    gc.collect()
    before = {id(each) for each in gc.get_objects() if type(each) is torch.Tensor}
    with failing(load("nano").pipe.transformer, torch.OutOfMemoryError("out of memory"), at_call=1):
        grid = lab.run(Sweep("a star at noon", seed=1, steps=2), progress=False)
    assert grid.cells[0].status == "failed"
    image_tokens = grid.cells[0].recipe.width * grid.cells[0].recipe.height // 256
    left = [each for each in gc.get_objects() if type(each) is torch.Tensor and id(each) not in before]
    assert not [each for each in left if each.dim() == 3 and each.shape[1] == image_tokens]


@pytest.mark.parametrize("encoders", ["stay", "host", "stream"])
def test_two_labs_in_two_threads_share_weights_and_draw_what_lone_calls_draw(
    lab, lone_call, plan_as, tmp_path, encoders
):
    plan_as({"stay": "cpu", "host": "model_offload", "stream": "group_offload"}[encoders], encoders)
    other = Lab(catalog=tmp_path / "other")
    sweeps = {
        lab: Sweep("a crown on a {pink|red} background", seed=[1, 2], steps=2, lora={"ink": [0, 1]}),
        other: Sweep("a turtle on a {red|gray} background", seed=[1, 2], steps=2, scheduler="unipc"),
    }
    for grid in at_once(sweeps):
        for cell in grid.cells:
            assert cell.status == "ok", cell.error
            assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash


def test_labs_of_different_placements_take_turns(lab, lone_call, plan_as, tmp_path, monkeypatch):
    plan = plan_as("group_offload", "stream")
    monkeypatch.setitem(
        loading._PLANS, (get_spec("nano"), "cpu", None), replace(plan, placement="cpu", encoders="stay")
    )
    other = Lab(catalog=tmp_path / "other", memory="cpu")
    for grid in at_once(dict.fromkeys((lab, other), Sweep(PROMPT, seed=[1, 2, 3], steps=2))):
        for cell in grid.cells:
            assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash
    assert load("nano").pipe is load("nano", memory="cpu").pipe


@pytest.mark.parametrize("quantization", ["fp8", "int8", "fp8wo"])
def test_a_precision_stands_in_recipe_key_record_and_grid(lab, lone_call, quantization):
    grid = lab.run(
        Sweep(PROMPT, quantization=[None, quantization], lora={"ink": [0, 1]}, seed=4, steps=2), progress=False
    )
    assert [cell.status for cell in grid.cells] == ["ok"] * 4
    assert len({cell.generation.pixel_hash for cell in grid.cells}) == len({cell.key for cell in grid.cells}) == 4
    for cell in grid.cells:
        wanted = cell.coords["quantization"]
        assert cell.generation.recipe.quantization == cell.generation.effective["quantization"] == wanted
        if wanted is None:
            assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash
    again = lab.run(grid_sweep := Sweep(PROMPT, quantization=quantization, seed=4, steps=2), progress=False)
    assert again.cells[0].cached
    assert grid_sweep.values["quantization"] == quantization


def test_precisions_share_t5_and_autoencoder_and_nothing_that_loras_act_on(lab):
    whole, cast = load("nano"), load("nano", "fp8")
    assert cast.pipe.text_encoder_2 is whole.pipe.text_encoder_2
    assert cast.pipe.vae is whole.pipe.vae
    assert cast.lock is whole.lock
    assert cast.pipe.transformer is not whole.pipe.transformer
    assert cast.pipe.text_encoder is not whole.pipe.text_encoder
    assert load("nano", "fp8") is cast
    stored = {weight.dtype for weight in cast.pipe.transformer.parameters()}
    assert stored == {torch.float8_e4m3fn, torch.float32}


def test_a_lora_in_a_cast_transformer_keeps_its_own_precision(lab):
    from safetensors.torch import load_file

    from fluxlab.models import find_lora

    lab.generate(PROMPT, seed=1, steps=1, quantization="fp8", loras={"ink": 1})
    file = find_lora("ink")
    tensors = load_file(file.path)
    state = load("nano", "fp8").pipe.transformer.state_dict()
    loaded = {key: value for key, value in state.items() if f".{file.adapter}." in key}
    assert len(loaded) == len(tensors)
    for key, value in tensors.items():
        name = key.removeprefix("transformer.").replace(".weight", f".{file.adapter}.weight")
        assert torch.equal(loaded[name], value.float()), key


def test_a_cast_transformer_survives_an_interruption(lab):
    whole = lab.generate(PROMPT, seed=1, steps=2, quantization="fp8", loras={"ink": 1}).pixel_hash
    loaded = load("nano", "fp8")
    layer = loaded.pipe.transformer.single_transformer_blocks[0].proj_mlp
    with failing(layer, KeyboardInterrupt, at_call=1), pytest.raises(KeyboardInterrupt):
        lab.generate(PROMPT, seed=2, steps=2, quantization="fp8", loras={"ink": 1})
    again = lab.replay(lab.catalog.df().index[0])
    assert again.same
    assert again.pixel_hash == whole


def test_a_pipeline_that_was_put_to_sleep_wakes_with_the_same_pixels(lab, lone_call):
    for quantization in (None, "fp8"):
        first = lab.generate(PROMPT, seed=1, steps=2, quantization=quantization, loras={"ink": 1})
        loaded = load("nano", quantization)
        encodings = prompt_cache(loaded).encodings
        loaded.sleep()
        assert loaded.asleep
        assert lab.replay(first).same
        assert not loaded.asleep
        assert prompt_cache(loaded).encodings == encodings
    plain = lab.generate(PROMPT, seed=1, steps=2)
    assert pixel_hash(lone_call(plain.recipe)) == plain.pixel_hash


def test_a_preset_that_lowers_the_precision_says_so_in_every_recipe(lab, plan_as, monkeypatch):
    plan_as("cpu", "stay", quantization="fp8", asked=ANY)
    monkeypatch.setattr(resolve, "is_small", lambda _: False)
    assert lab.recipe(PROMPT).quantization == "fp8"
    assert {cell.recipe.quantization for cell in lab.plan(Sweep(PROMPT, seed=[1, 2])).cells} == {"fp8"}
    assert lab.recipe(PROMPT, quantization="none").quantization is None
    generation = lab.generate(PROMPT, seed=1, steps=1)
    assert generation.recipe.quantization == generation.effective["quantization"] == "fp8"
    assert "fp8" in lab.catalog.df(columns=["quantization"])["quantization"].tolist()


@pytest.mark.parametrize("memory", ["7GB", 5, None, "gpu"])
def test_a_lab_refuses_what_is_no_preset(home, memory):
    with pytest.raises(ModelError, match=r"is no preset:.* Give one of auto, full, 24GB"):
        Lab(catalog=home, memory=memory)


@pytest.mark.parametrize("memory", ["24GB", "full"])
def test_a_lab_refuses_an_accelerator_that_is_not_there(home, monkeypatch, memory):
    monkeypatch.setattr(loading, "find_device", lambda: Device("cpu", "CPU", GIB, GIB, GIB, GIB))
    with pytest.raises(ModelError, match=f"memory='{memory}' asks for an accelerator.*memory='cpu'"):
        Lab(catalog=home, memory=memory)


@pytest.mark.parametrize(
    ("quantization", "error", "says"),
    [
        (
            "fp16",
            RecipeError,
            "quantization='fp16' is not allowed: it must be one of fp8, int8, fp8wo, nf4, or left out",
        ),
        ("int9", RecipeError, "did you mean 'int8'"),
        (8, RecipeError, "quantization=8 is not allowed: it must be text"),
        ("nf4", ModelError, "needs the package 'bitsandbytes', which is not installed: run 'pip install bitsandbytes'"),
    ],
)
def test_what_is_no_precision_here_is_refused_before_anything_runs(lab, monkeypatch, quantization, error, says):
    monkeypatch.setattr(resolve, "installed", frozenset)
    with pytest.raises(error, match=says):
        lab.generate(PROMPT, quantization=quantization)
    assert lab.catalog.df(status=None).empty


def test_a_gguf_is_quantised_already(lab, monkeypatch):
    from fluxlab.models import spec

    monkeypatch.setattr(spec, "_REGISTRY", dict(spec._REGISTRY))
    spec.register(replace(get_spec("nano"), name="packed", source="flux1-dev-Q4_0.gguf"))
    with pytest.raises(ModelError, match="quantization='int8' cannot be applied to model 'packed', whose GGUF file"):
        lab.recipe(PROMPT, model="packed", quantization="int8")


def test_the_report_tells_choice_reasons_and_measured_peaks(lab, monkeypatch):
    monkeypatch.setattr(loading, "_LOADED", {})
    before = lab.memory_report()
    assert before.peaks == {}
    assert "none yet" in str(before)
    lab.generate(PROMPT, seed=1, steps=1)
    report = lab.memory_report()
    assert report.plan.placement == "cpu"
    assert set(report.peaks[None]) == {"encode", "denoise", "decode"}
    weights = sum(report.sizes.values())
    assert report.plan.peak == weights
    assert all(report.device.host_total > peak.allocated > weights for peak in report.peaks[None].values())
    text = str(report)
    for part in ("memory='auto' for model 'nano'", "Chosen: cpu, lossless", "transformer 20", "resident memory"):
        assert part in text
    assert report._repr_html_().startswith("<pre>memory=&#x27;auto&#x27;")


def test_a_decoding_that_must_wait_holds_the_lock(lab, plan_as):
    plan_as("model_offload", "host")
    loaded = load("nano")
    seen = []

    def look(*_):
        # From another thread the lock is taken while the autoencoder works.
        thread = threading.Thread(target=lambda: seen.append(loaded.lock.acquire(blocking=False)))
        thread.start()
        thread.join()

    handle = loaded.pipe.vae.decoder.register_forward_pre_hook(look)
    try:
        lab.run(Sweep(PROMPT, seed=[1, 2], steps=1), progress=False)
    finally:
        handle.remove()
    assert seen == [False, False]


def test_a_t5_that_one_plan_dropped_is_read_again_by_the_others(lab, lone_call, plan_as):
    for number, offload in enumerate(
        [("device", "disk"), ("group_offload", "stream"), ("device", "disk"), ("cpu", "stay")]
    ):
        plan_as(*offload)
        generation = lab.generate(f"a snail, number {number}", seed=1, steps=1)
        assert pixel_hash(lone_call(generation.recipe)) == generation.pixel_hash


def test_a_replay_keeps_to_the_preset_of_its_lab(home):
    lab = Lab(catalog=home, memory="cpu")
    made = lab.generate(PROMPT, seed=1, steps=1)
    assert lab.replay(made).same
    short = failing(load("nano", memory="cpu").pipe.transformer, torch.OutOfMemoryError("out of memory"))
    with short, pytest.raises(GenerationError, match='out of memory with memory="cpu", cpu'):
        lab.replay(made)
