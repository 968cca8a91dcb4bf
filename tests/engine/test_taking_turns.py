"""What others do to a pipeline between two images: put it to sleep, take its LoRAs out, break off their loading."""

import threading

import numpy as np
import peft
import pytest
import torch
from safetensors.torch import load_file, save_file

from fluxlab import Lab, Sweep
from fluxlab.catalog import pixel_hash
from fluxlab.engine import CellDone, compiled, kept_adapters
from fluxlab.engine.adapters import loaded_adapters
from fluxlab.errors import GenerationError
from fluxlab.models import find_lora, load, loading

PROMPT = "a fox on a teal background"
SMALL = {"width": 64, "height": 64}


@pytest.fixture(autouse=True)
def _awake_afterwards():
    """Other tests of this process find the transformers that they look at."""
    yield
    for loaded in list(loading._LOADED.values()):
        with loaded.use():
            assert not loaded.asleep


@pytest.fixture
def changed_lora(tmp_path):
    """A copy of the LoRA ink with its weights times a factor."""

    def make(factor):
        path = tmp_path / f"ink_{str(factor).replace('.', '_')}.safetensors"
        save_file({name: weight * factor for name, weight in load_file(find_lora("ink").path).items()}, path)
        return str(path)

    return make


@pytest.fixture
def _short_host(monkeypatch):
    """So little memory that of two pipelines one sleeps."""
    total = loading.host_memory()[0]
    monkeypatch.setattr(loading, "host_memory", lambda: (total, 0))


@pytest.fixture
def _traced_only(monkeypatch):
    monkeypatch.setattr(compiled, "BACKEND", "aot_eager")


def after_the_first_cell(work):
    """A listener that has somebody else work, in another thread, between the first cell and the next."""
    begun = threading.Event()

    def listener(event):
        if isinstance(event, CellDone) and not begun.is_set():
            begun.set()
            thread = threading.Thread(target=work)
            thread.start()
            thread.join(120)

    return listener


def sleep():
    for loaded in loading.loaded_of(load("nano").spec):
        loaded.sleep()


@pytest.mark.parametrize("call", ["trajectory", "generate"])
def test_a_lora_whose_loading_was_interrupted_is_loaded_whole_the_next_time(
    lab, lone_call, changed_lora, monkeypatch, call
):
    lora = changed_lora({"trajectory": 0.9, "generate": 0.8}[call])  # no file that is loaded already

    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(peft, "set_peft_model_state_dict", interrupted)
    with pytest.raises(KeyboardInterrupt):
        getattr(lab, call)(PROMPT, seed=1, steps=1, loras={lora: 1}, **SMALL)
    monkeypatch.undo()
    made = lab.generate(PROMPT, seed=1, steps=1, loras={lora: 1}, **SMALL)
    assert made.effective["loras"][lora]["modules"] == 33
    assert pixel_hash(lone_call(made.recipe)) == made.pixel_hash


@pytest.mark.usefixtures("_traced_only")
def test_a_compiled_lora_acts_after_its_pipeline_has_slept(lab):
    recipe = {"seed": 1, "steps": 1, "compile": True, **SMALL}
    before = lab.generate(PROMPT, **recipe, loras={"ink": 1})
    sleep()
    without = lab.generate(PROMPT, **recipe)
    other = lab.generate(PROMPT, **{**recipe, "seed": 2}, loras={"ink": 1})
    assert other.effective["loras"]["ink"]["modules"] == before.effective["loras"]["ink"]["modules"] == 33
    again = lab.replay(before)
    assert again.same
    assert again.pixel_hash != without.pixel_hash


@pytest.mark.usefixtures("_short_host")
@pytest.mark.parametrize(
    "axis", [{"quantization": ["none", "fp8"]}, {"model": ["nano", "nano-schnell"], "lora": {"ink": [0.5]}}]
)
def test_a_sweep_over_pipelines_that_take_turns_in_memory_gives_its_grid(lab, axis):
    grid = lab.run(Sweep(PROMPT, seed=[1, 2], steps=1, size="64x64", **axis), progress=False)
    assert [cell.status for cell in grid.cells] == ["ok"] * 4
    assert all(cell.generation.replay().same for cell in grid.cells)


@pytest.mark.parametrize("mode", ["exact", "fast"])
@pytest.mark.parametrize("loras", [{}, {"lora": {"ink": [1]}}])
def test_a_run_goes_on_where_its_pipeline_was_put_to_sleep(lab, lone_call, mode, loras):
    sweep = Sweep(PROMPT, seed=1, steps=[1, 3], size="64x64", **loras)
    grid = lab.run(sweep, mode=mode, listener=after_the_first_cell(sleep), progress=False)
    assert [(cell.status, cell.error) for cell in grid.cells] == [("ok", None)] * 2
    for cell in grid.cells:
        alone, made = (np.asarray(image).astype(int) for image in (lone_call(cell.recipe), cell.generation.image))
        assert abs(alone - made).max() <= (mode == "fast")


@pytest.mark.usefixtures("_traced_only")
@pytest.mark.parametrize("levers", [{"mode": "fast"}, {"compile": True}])
def test_a_compiled_lora_of_another_lab_takes_none_from_a_run(lab, home, levers):
    def other():
        Lab(catalog=home / "other").generate(PROMPT, seed=9, steps=1, compile=True, loras={"pixel": 1}, **SMALL)

    mode = levers.pop("mode", "exact")
    sweep = Sweep(PROMPT, seed=1, steps=[1, 3], size="64x64", lora={"ink": [1]}, **levers)
    grid = lab.run(sweep, mode=mode, listener=after_the_first_cell(other), progress=False)
    assert [(cell.status, cell.error) for cell in grid.cells] == [("ok", None)] * 2
    assert [cell.generation.effective["loras"]["ink"]["modules"] for cell in grid.cells] == [33, 33]


def test_values_that_are_no_numbers_make_no_black_image(lab, changed_lora):
    with pytest.raises(GenerationError, match=r"values that are no numbers \(NaN\)"):
        lab.generate(PROMPT, seed=1, steps=1, loras={changed_lora(float("nan")): 1}, **SMALL)
    assert lab.catalog.df(status=None)["status"].tolist() == ["failed"]
    assert lab.generate(PROMPT, seed=1, steps=1, **SMALL).status == "ok"


def test_trajectories_leave_no_more_loras_behind_than_runs(lab, changed_lora, monkeypatch):
    monkeypatch.setattr(kept_adapters, "IDLE_MAX", 1)
    for factor in (0.5, 0.6, 0.7):
        lab.trajectory(PROMPT, seed=1, steps=1, loras={changed_lora(factor): 1}, **SMALL)
    assert find_lora(changed_lora(0.7)).adapter in loaded_adapters(load("nano").pipe)
    assert find_lora(changed_lora(0.6)).adapter not in loaded_adapters(load("nano").pipe)


def test_every_precision_knows_that_it_stays_on_the_cpu():
    own, cast = load("nano"), load("nano", "fp8")
    with own.use():
        cast.pipe.settled_on = None
    with cast.use():
        assert cast.pipe.settled_on == torch.device("cpu")
