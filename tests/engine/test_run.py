"""Runs: failures stay in their cell, cancelling keeps what is done, prompts are encoded once."""

import errno
import os
import shutil
import signal
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from fluxlab import Lab, Sweep
from fluxlab.catalog import images, pixel_hash
from fluxlab.engine import CellDone, CellFailed, CellInterrupted, CellStarted, StepDone
from fluxlab.engine.runner import prompt_cache
from fluxlab.errors import CatalogError, FluxlabError, GenerationError, LoraError, RecipeError
from fluxlab.models import find_lora, get_spec, load, register, spec

PROMPT = "an owl on a teal background"


@contextmanager
def broken_transformer(*, at_calls):
    """The real transformer, which raises at some of its calls, as a kernel or an allocator may."""
    calls = iter(range(10_000))

    def fail(*_):
        if next(calls) in at_calls:
            raise RuntimeError("not enough memory: you tried to allocate 99 bytes")

    handle = load("nano").pipe.transformer.register_forward_pre_hook(fail)
    try:
        yield
    finally:
        handle.remove()


def test_a_failing_cell_is_recorded_with_its_error_and_the_sweep_goes_on(lab, lone_call):
    sweep = Sweep(PROMPT, seed=[1, 2, 3], steps=2)
    events = []
    with broken_transformer(at_calls={3}):
        grid = lab.run(sweep, progress=False, listener=events.append)
    assert [cell.status for cell in grid.cells] == ["ok", "failed", "ok"]
    assert "tried to allocate 99 bytes" in grid.cells[1].error
    assert [type(e) for e in events if isinstance(e, CellFailed)] == [CellFailed]
    table = lab.catalog.df(status=None)
    assert sorted(table["status"]) == ["failed", "ok", "ok"]
    for cell in (grid.cells[0], grid.cells[2]):
        assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash

    again = lab.run(sweep, progress=False)
    assert [cell.cached for cell in again.cells] == [True, False, True]
    assert [cell.status for cell in again.cells] == ["ok"] * 3


def test_generate_raises_a_sentence_when_the_image_fails(lab):
    with broken_transformer(at_calls={0}), pytest.raises(GenerationError, match="99 bytes"):
        lab.generate(PROMPT, seed=1, steps=1)
    assert lab.generate(PROMPT, seed=1, steps=1).status == "ok"


def test_cancel_keeps_what_is_done_and_running_again_makes_the_rest(lab, lone_call):
    sweep = Sweep(PROMPT, seed=[1, 2, 3], steps=4)
    events, reached, go = [], threading.Event(), threading.Event()

    def listen(event):
        events.append(event)
        if isinstance(event, StepDone) and sum(isinstance(e, StepDone) for e in events) == 6:
            reached.set()
            assert go.wait(60)

    run = lab.start(sweep, listener=listen)
    assert reached.wait(120)
    run.cancel()
    go.set()
    grid = run.wait(120)
    assert not run.running
    assert [cell.status for cell in grid.cells] == ["ok", "interrupted", "waiting"]
    assert [e.step for e in events if isinstance(e, CellInterrupted)] == [2]
    assert sum(isinstance(e, StepDone) for e in events) == 6
    table = lab.catalog.df(status="interrupted", columns=["step"])
    assert table["step"].tolist() == [2]

    rest = lab.run(sweep, progress=False)
    assert [cell.cached for cell in rest.cells] == [True, False, False]
    for cell in rest.cells:
        assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash


def test_ctrl_c_stops_after_the_step_and_gives_the_signal_back(lab):
    before = signal.getsignal(signal.SIGINT)

    def listen(event):
        if isinstance(event, StepDone) and event.step == 1:
            os.kill(os.getpid(), signal.SIGINT)

    grid = lab.run(Sweep(PROMPT, seed=[1, 2], steps=3), progress=False, listener=listen)
    assert [cell.status for cell in grid.cells] == ["interrupted", "waiting"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_cancelled_run_does_not_stop_the_next_one(lab):
    first = lab.start(Sweep(PROMPT, seed=[1, 2], steps=2))
    first.cancel()
    first.wait(120)
    first.cancel()
    grid = lab.run(Sweep(PROMPT, seed=[3], steps=2), progress=False)
    assert grid.cells[0].status == "ok"


def test_a_listener_that_raises_costs_no_image(lab):
    def listen(_event):
        raise RuntimeError("a widget is gone")

    grid = lab.run(Sweep(PROMPT, seed=[1, 2], steps=1), progress=False, listener=listen)
    assert [cell.status for cell in grid.cells] == ["ok", "ok"]


def test_each_prompt_is_encoded_once_whatever_else_varies(lab):
    cache = prompt_cache(load("nano"))
    sweep = Sweep(
        "a {crab|whale|snail} on a plain orange background", seed=[1, 2], guidance=[1, 3], lora={"ink": [0, 1]}, steps=1
    )
    plan = lab.plan(sweep)
    before = cache.encodings
    lab.run(plan, progress=False)
    assert cache.encodings - before == plan.price.encodings == 3


def test_cells_that_come_to_the_same_are_made_once(lab):
    made = []
    sweep = Sweep(PROMPT, seed=1, steps=1, lora={"ink": [0, 1], "pixel": [0]}, prompt_2=[None, PROMPT])
    grid = lab.run(sweep, progress=False, listener=lambda e: made.append(e) if isinstance(e, CellDone) else None)
    assert len(grid.cells) == 4
    assert len(made) == 2
    assert len({cell.generation.uid for cell in grid.cells}) == 2


def test_prompts_that_differ_where_the_model_no_longer_reads_are_a_dead_axis(lab):
    long = "a pig on a gray background, " + "very " * 100
    grid = lab.run(Sweep([long + "red", long + "blue"], seed=[1, 2], steps=1), progress=False)
    assert len({cell.key for cell in grid.cells}) == 4
    assert [dead.axis for dead in grid.dead] == ["prompt"]
    assert "prompt" in str(grid.dead[0])


def test_a_lora_of_another_model_is_refused_before_anything_is_made(lab, tmp_path):
    stranger = tmp_path / "stranger.safetensors"
    nowhere = {
        f"transformer.nowhere.lora_{it}.weight": torch.zeros(size) for it, size in (("A", (2, 4)), ("B", (4, 2)))
    }
    save_file(nowhere, stranger)
    with pytest.raises(LoraError, match=r"stranger\.safetensors.*matches no module"):
        lab.run(Sweep(PROMPT, seed=[1, 2], steps=1, lora={str(stranger): [0, 1]}), progress=False)
    assert lab.catalog.df(status=None).empty
    unprefixed = tmp_path / "unprefixed.safetensors"
    save_file({"single_blocks.lora_A.weight": torch.zeros(2, 4)}, unprefixed)
    with pytest.raises(LoraError, match=r"unprefixed\.safetensors"):
        lab.generate(PROMPT, seed=1, steps=1, loras={str(unprefixed): 1})
    assert lab.generate(PROMPT, seed=1, steps=1).status == "ok"


def test_a_full_disk_ends_the_run_with_the_image_in_the_error(lab, monkeypatch):
    first = lab.generate(PROMPT, seed=1, steps=1)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(images, "store", full)
    with pytest.raises(CatalogError, match="No space left") as caught:
        lab.run(Sweep(PROMPT, seed=[1, 2, 3, 4], steps=1), progress=False)
    assert caught.value.image.size == (128, 128)
    assert caught.value.unsaved
    assert all(generation.image.size == (128, 128) for generation in caught.value.unsaved)
    monkeypatch.undo()
    assert lab.catalog.get(first.uid).image.size == (128, 128)
    grid = lab.run(Sweep(PROMPT, seed=[1, 2, 3, 4], steps=1), progress=False)
    assert [cell.status for cell in grid.cells] == ["ok"] * 4


def copy_of(name, folder):
    path = folder / "mine.safetensors"
    shutil.copy(find_lora(name).path, path)
    return path


@pytest.mark.parametrize("change", ["replaced", "deleted"])
def test_a_lora_file_that_changes_during_a_run_changes_nothing(lab, lone_call, tmp_path, change):
    mine = copy_of("ink", tmp_path)
    sweep = Sweep(PROMPT, seed=[1, 2, 3], steps=1, lora={str(mine): 1})

    def listen(event):
        if isinstance(event, CellStarted) and mine.is_file() and event.recipe.seed == 1:
            if change == "deleted":
                mine.unlink()
            else:
                shutil.copy(find_lora("pixel").path, mine)

    grid = lab.run(sweep, progress=False, listener=listen)
    assert [cell.status for cell in grid.cells] == ["ok"] * 3
    for cell in grid.cells:
        expected = lone_call(cell.recipe.replace(loras={"ink": 1}))
        assert pixel_hash(expected) == cell.generation.pixel_hash
        assert cell.generation.effective["loras"][str(mine)]["sha256"] == find_lora("ink").sha256


def test_a_model_whose_files_change_is_loaded_again(lab, tmp_path, monkeypatch):
    folder = tmp_path / "mine"
    shutil.copytree(get_spec("nano").folder, folder)
    monkeypatch.setattr(spec, "_REGISTRY", dict(spec._REGISTRY))
    register(replace(get_spec("nano"), name="mine", source=str(folder)))
    first = lab.generate(PROMPT, model="mine", seed=1, steps=1)
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(weights)
    tensors["decoder.conv_out.weight"] *= 0.5
    save_file(tensors, weights, metadata={"format": "pt"})
    second = lab.generate(PROMPT, model="mine", seed=1, steps=1)
    assert second.key != first.key
    assert second.pixel_hash != first.pixel_hash


def test_the_summary_counts_every_cell_once(lab):
    sweep = Sweep(PROMPT, seed=[1, 2], steps=1, prompt_2=[None, PROMPT])
    assert lab.run(sweep, progress=False).summary.startswith("4 cells: 2 made, 2 sharing the image of another cell")
    again = lab.run(sweep, progress=False).summary
    assert again.startswith("4 cells: 2 from the catalog, 2 sharing the image of another cell")


def test_text_that_an_encoder_cannot_read_is_recorded(lab):
    long = lab.generate("a pig on a gray background, " + "very " * 100, seed=1, steps=1)
    assert long.effective["truncated"] == ["clip", "t5"]
    assert lab.generate(PROMPT, seed=1, steps=1).effective["truncated"] == []


def test_two_runs_at_once_do_not_mix(lab, lone_call, tmp_path):
    other = Lab(catalog=tmp_path / "other")
    runs = [
        lab.start(Sweep("a crown on a pink background", seed=[1, 2], steps=2, lora={"ink": [0, 1]})),
        other.start(Sweep("a turtle on a red background", seed=[1, 2], steps=2, scheduler="unipc")),
    ]
    for run in runs:
        for cell in run.wait(240).cells:
            assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash


def test_generate_takes_a_known_image_from_the_catalog_and_records_drawn_seeds(lab):
    drawn = lab.generate(PROMPT, steps=1)
    assert 0 <= drawn.recipe.seed < 2**53
    again = Lab(catalog=lab.catalog.folder).generate(PROMPT, steps=1, seed=drawn.recipe.seed)
    assert again.uid == drawn.uid


def test_the_plan_learns_its_time_from_what_was_recorded(lab):
    sweep = Sweep(PROMPT, seed=[1, 2], steps=[1, 2])
    assert lab.plan(sweep).price.seconds is None
    lab.generate("a star on a navy background", steps=2)
    price = lab.plan(sweep).price
    assert price.seconds > 0
    assert (price.images, price.steps, price.encodings) == (4, 6, 1)


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"guidence": 3}, "Did you mean 'guidance'"),
        ({"seed": 2**64}, "2\\*\\*64 - 1"),
        ({"width": 100}, "96 or 112"),
        ({"steps": 0}, "at least 1"),
        ({"negative_prompt": "x"}, "true_cfg_scale"),
        ({"max_sequence_length": 512}, "1 to 64"),
    ],
)
def test_bad_parameters_are_refused_in_one_sentence_and_nothing_is_recorded(lab, parameters, says):
    with pytest.raises(RecipeError, match=says):
        lab.generate(PROMPT, **parameters)
    with pytest.raises(FluxlabError, match=says):
        lab.run(Sweep(PROMPT, **parameters), progress=False)
    assert lab.catalog.df(status=None).empty


def test_waiting_shorter_than_the_run_says_so(lab):
    go = threading.Event()
    run = lab.start(Sweep(PROMPT, seed=1, steps=1), listener=lambda _: go.wait(60))
    with pytest.raises(TimeoutError, match=r"timeout=0\.01"):
        run.wait(0.01)
    go.set()
    assert run.wait(120).cells[0].status == "ok"
