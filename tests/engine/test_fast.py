"""Fast mode: cells in shared batches, each as if it were alone but for the last bits."""

import dataclasses
import threading
from contextlib import contextmanager

import numpy as np
import pytest
import torch

from fluxlab import Lab, Sweep
from fluxlab.catalog import pixel_hash
from fluxlab.engine import batch_size
from fluxlab.engine.cancel import CancelToken
from fluxlab.engine.denoise import denoise
from fluxlab.engine.events import CellInterrupted, StepDone
from fluxlab.engine.fast import Fleet
from fluxlab.engine.flight import take_off
from fluxlab.engine.ledger import Ledger
from fluxlab.engine.runner import prompt_cache
from fluxlab.errors import SweepError
from fluxlab.models import Resolver, find_lora, get_spec, load
from fluxlab.models.spec import _REGISTRY
from fluxlab.recipe import SCHEDULERS
from fluxlab.sweep import Cell

PROMPT = "an owl on a teal background"
#: What a batch may mix: prompts, seeds, guidances and their schedules, step counts, samplers, LoRAs and strengths, two
#: passes a step.
MIXED = (
    {"prompt": PROMPT, "seed": 1, "steps": 2},
    {"prompt": PROMPT, "seed": 2, "steps": 5, "guidance": 1.5},
    {"prompt": "a crab on an orange background", "seed": 1, "steps": 3, "loras": {"ink": 0.7}},
    {"prompt": PROMPT, "seed": 1, "steps": 4, "loras": {"ink": 1.0, "pixel": -0.5}},
    {"prompt": PROMPT, "seed": 3, "steps": 3, "negative_prompt": "a teal background", "true_cfg_scale": 2.0},
    {"prompt": PROMPT, "seed": 1, "steps": 4, "scheduler": "unipc", "loras": {"pixel": 1.0}},
    {"prompt": PROMPT, "seed": 4, "steps": 6, "scheduler": "dpm++2m"},
    {"prompt": PROMPT, "seed": 1, "steps": 3, "loras": {"ink": 0.2}},
    {"prompt": PROMPT, "seed": 5, "steps": 4, "guidance_schedule": "1, 5, 5, 2"},
)


class Kept(Ledger):
    """A ledger that keeps latents instead of images."""

    def __init__(self):
        super().__init__(None, None, None)
        self.latents, self.effective = {}, {}

    def begin(self, cell, loaded, mode):
        return mode

    def finish(self, cell, loaded, uid, denoised, decoded):
        self.latents[cell.key] = denoised.latents
        self.effective[cell.key] = denoised.effective

    def fail(self, key, uid, error):
        raise error


def cells_of(values):
    resolver = Resolver()
    recipes = [resolver.recipe(each) for each in values]
    return [Cell(i, {}, recipe, resolver.key(recipe)) for i, recipe in enumerate(recipes)]


def flown(cells):
    loaded = load("nano")
    files = {name: find_lora(name) for name in ("ink", "pixel")}
    ledger = Kept()
    assert Fleet(loaded, prompt_cache(loaded), files, ledger, CancelToken()).fly(cells) == []
    return ledger


def alone(cell, track=None):
    loaded = load("nano")
    files = {name: find_lora(name) for name in ("ink", "pixel")}
    return denoise(
        loaded,
        prompt_cache(loaded),
        cell.recipe,
        files,
        token=CancelToken(),
        on_step=lambda _: None,
        track=track,
    )


def test_cells_of_every_kind_share_batches_and_come_out_as_alone():
    cells = cells_of(MIXED)
    ledger = flown(cells)
    for cell in cells:
        exact = alone(cell)
        assert distance(ledger.latents[cell.key], exact.latents) < 1e-5, cell.recipe
        of_fast, of_exact = ledger.effective[cell.key], exact.effective
        assert of_fast.pop("batch_size") > 1
        assert of_exact.pop("batch_size") == 1
        assert of_fast == of_exact


class NoiseMovedBy:
    """A track that begins at noise which is off by a share of its norm, in a direction of its own."""

    start, guidance = 0, ()

    def __init__(self, noise, share, seed):
        way = torch.randn(noise.shape, generator=torch.Generator().manual_seed(seed))
        self.latents = noise + way * (share * noise.norm() / way.norm())

    def begin(self, scheduler):
        pass

    def step_done(self, done, latents, guidance):
        pass


def distance(one, other):
    return float((one - other).norm() / other.norm())


def test_a_batch_moves_latents_no_further_than_the_rounding_of_the_noise_does():
    """Steps that amplify carry a cell beyond 1e-5; then float32 noise that is rounded otherwise goes as far."""
    small = {"prompt": PROMPT, "width": 64, "height": 64, "seed": 0, "guidance": 1}
    cells = cells_of(
        [
            *({**small, "scheduler": scheduler, "steps": steps} for scheduler in SCHEDULERS for steps in (3, 8)),
            *({**small, "negative_prompt": "teal", "true_cfg_scale": scale, "steps": 8} for scale in (5.0, 20.0)),
        ]
    )
    ledger = flown(cells)
    noise, _, _ = take_off(load("nano"), cells[0].recipe, torch.float32, torch.device("cpu"))
    for cell in cells:
        exact = alone(cell).latents
        apart = distance(ledger.latents[cell.key], exact)
        assert ledger.effective[cell.key]["batch_size"] > 1
        if apart > 1e-5:
            moved = [alone(cell, NoiseMovedBy(noise, 1e-7, seed)).latents for seed in range(3)]
            assert apart < 4 * max(distance(each, exact) for each in moved) < 5e-4, cell.recipe


def test_other_strengths_in_the_batch_do_not_reach_a_cell():
    plain = {"prompt": PROMPT, "seed": 1, "steps": 3}
    cells = cells_of([plain, *({**plain, "loras": {"ink": strength}} for strength in (0.5, 1.0, 2.0))])
    ledger = flown(cells)
    images = [ledger.latents[cell.key] for cell in cells]
    distances = [distance(image, images[0]) for image in images[1:]]
    assert distances == sorted(distances)
    assert distances[0] > 0.01
    assert distance(images[0], alone(cells[0]).latents) < 1e-5


def test_guidance_that_half_precision_rounds_is_recorded_as_the_batch_used_it(lab, monkeypatch):
    half = dataclasses.replace(get_spec("nano"), name="half", dtype="bfloat16")
    monkeypatch.setitem(_REGISTRY, "half", half)
    sweep = Sweep(
        PROMPT, model="half", seed=1, steps=2, width=64, height=64,
        guidance=[3.51, 2.25], guidance_schedule=[None, "1, 3.51"],
    )  # fmt: skip
    grid = lab.run(sweep, mode="fast", progress=False)
    used = {
        (cell.recipe.guidance, cell.recipe.guidance_schedule): (
            cell.generation.effective["guidance"],
            cell.generation.effective.get("guidance_schedule"),
        )
        for cell in grid.cells
    }
    assert {cell.generation.effective["batch_size"] for cell in grid.cells} == {3}  # one schedule, whatever the number
    assert {cell.generation.effective["dtype"] for cell in grid.cells} == {"bfloat16"}
    assert used[3.51, None] == (3.515625, None)
    assert used[2.25, None] == (2.25, None)
    assert [told for (_, schedule), told in used.items() if schedule] == [(None, [1.0, 3.515625])] * 2


def test_a_batch_of_one_row_is_a_lone_call_to_the_bit(monkeypatch):
    monkeypatch.setattr(batch_size, "ROWS_MAX", {"cuda": 1, "cpu": 1})
    cells = cells_of([each for each in MIXED if "negative_prompt" not in each])
    ledger = flown(cells)
    for cell in cells:
        assert torch.equal(ledger.latents[cell.key], alone(cell).latents), cell.recipe
        assert ledger.effective[cell.key]["batch_size"] == 1


def test_a_fast_sweep_is_recorded_as_fast_and_looks_the_same(lab, lone_call):
    sweep = Sweep(PROMPT, seed=[1, 2], steps=[2, 4], lora={"ink": [0, 1]})
    grid = lab.run(sweep, mode="fast", progress=False)
    assert [cell.status for cell in grid.cells] == ["ok"] * 8
    for cell in grid.cells:
        expected = np.asarray(lone_call(cell.recipe), dtype=int)
        assert np.abs(np.asarray(cell.generation.image, dtype=int) - expected).max() <= 1
        assert cell.generation.mode == "fast"
        assert 1 < cell.generation.effective["batch_size"] <= 16
    assert len(lab.catalog.df(mode="fast")) == 8


def test_fast_takes_exact_images_and_exact_takes_no_fast_ones(lab, lone_call):
    sweep = Sweep(PROMPT, seed=[1, 2, 3], steps=2)
    lab.run(sweep, mode="fast", progress=False)
    assert lab.plan(sweep, mode="fast").price.images == 0
    assert lab.plan(sweep).price.images == 3
    grid = lab.run(sweep, progress=False)
    assert [cell.cached for cell in grid.cells] == [False] * 3
    for cell in grid.cells:
        assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash
    again = lab.run(sweep, mode="fast", progress=False)
    assert [cell.cached for cell in again.cells] == [True] * 3
    assert {cell.generation.mode for cell in again.cells} == {"exact"}


def test_sizes_and_text_lengths_are_batches_of_their_own(lab):
    sweep = Sweep(PROMPT, seed=[1, 2], steps=1, size=["128x128", "160x96"], max_sequence_length=[16, 32])
    grid = lab.run(sweep, mode="fast", progress=False)
    for cell in grid.cells:
        assert (cell.generation.image.width, cell.generation.image.height) == (cell.recipe.width, cell.recipe.height)
        assert cell.generation.effective["text_tokens"] == cell.recipe.max_sequence_length
        assert cell.generation.effective["batch_size"] == 2


def test_a_cell_with_a_step_cache_is_made_alone_and_the_others_share(lab):
    sweep = Sweep(PROMPT, seed=[1, 2], steps=4, step_cache=[None, "first_block"])
    grid = lab.run(sweep, mode="fast", progress=False)
    for cell in grid.cells:
        cached = cell.recipe.step_cache is not None
        assert cell.generation.mode == ("exact" if cached else "fast")
        assert cell.generation.effective["batch_size"] == (1 if cached else 2)


def test_an_exact_image_after_a_fast_run_is_a_lone_call_to_the_bit(lab, lone_call):
    lab.run(Sweep(PROMPT, seed=[1, 2], steps=1, lora={"ink": [0.3, 1], "pixel": [0, 2]}), mode="fast", progress=False)
    for loras in ({}, {"ink": 0.3}, {"pixel": 2.0}):
        made = lab.generate(PROMPT, seed=7, steps=1, loras=loras)
        assert pixel_hash(lone_call(made.recipe)) == made.pixel_hash


@contextmanager
def transformer_that(check):
    """The real transformer, whose calls are looked at first."""
    handle = load("nano").pipe.transformer.register_forward_pre_hook(lambda *args: check(args[2]), with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def test_the_cell_that_breaks_a_batch_fails_alone(lab):
    def check(kwargs):
        if 2.0 in kwargs["guidance"].tolist():
            raise RuntimeError("a kernel fell over")

    with transformer_that(check):
        grid = lab.run(Sweep(PROMPT, seed=[1, 2], guidance=[1, 2, 3], steps=3), mode="fast", progress=False)
    by_guidance = {cell.coords["guidance"]: cell for cell in grid.cells}
    assert [by_guidance[value].status for value in (1, 2, 3)] == ["ok", "failed", "ok"]
    assert "a kernel fell over" in by_guidance[2].error
    assert sorted(lab.catalog.df(status=None)["status"]) == ["failed"] * 2 + ["ok"] * 4


def test_memory_that_runs_out_makes_the_batches_smaller_and_loses_no_cell(lab):
    def check(kwargs):
        if len(kwargs["hidden_states"]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    with transformer_that(check):
        grid = lab.run(Sweep(PROMPT, seed="1..7", steps=[1, 3]), mode="fast", progress=False)
    assert [cell.status for cell in grid.cells] == ["ok"] * 14
    assert max(cell.generation.effective["batch_size"] for cell in grid.cells) <= 3


def test_memory_that_does_not_suffice_for_one_cell_fails_it(lab):
    def check(_kwargs):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")

    with transformer_that(check):
        grid = lab.run(Sweep(PROMPT, seed=[1, 2, 3], steps=1), mode="fast", progress=False)
    assert [cell.status for cell in grid.cells] == ["failed"] * 3
    assert all("memory" in cell.error for cell in grid.cells)
    assert lab.run(Sweep(PROMPT, seed=[1, 2, 3], steps=1), mode="fast", progress=False).cells[2].status == "ok"


def test_cancelling_cuts_every_cell_of_the_batch_and_running_again_makes_all(lab, monkeypatch):
    monkeypatch.setattr(batch_size, "ROWS_MAX", {"cuda": 8, "cpu": 8})
    events, reached, go = [], threading.Event(), threading.Event()

    def listen(event):
        events.append(event)
        if isinstance(event, StepDone) and event.step == 2 and not reached.is_set():
            reached.set()
            assert go.wait(60)

    sweep = Sweep(PROMPT, seed="1..12", steps=4)
    run = lab.start(sweep, mode="fast", listener=listen)
    assert reached.wait(120)
    run.cancel()
    go.set()
    grid = run.wait(120)
    assert [cell.status for cell in grid.cells] == ["interrupted"] * 8 + ["waiting"] * 4
    assert [event.step for event in events if isinstance(event, CellInterrupted)] == [2] * 8
    assert lab.catalog.df(status="interrupted", columns=["step"])["step"].tolist() == [2] * 8
    again = lab.run(sweep, mode="fast", progress=False)
    assert [cell.status for cell in again.cells] == ["ok"] * 12


def test_a_fast_and_an_exact_run_at_once_do_not_mix(lab, lone_call, tmp_path):
    other = Lab(catalog=tmp_path / "other")
    fast = lab.start(
        Sweep("a crown on a pink background", seed="1..6", steps=[2, 3], lora={"ink": [0, 1]}), mode="fast"
    )
    exact = other.start(Sweep("a turtle on a red background", seed=[1, 2], steps=2, lora={"ink": [0.5], "pixel": [1]}))
    for cell in exact.wait(240).cells:
        assert pixel_hash(lone_call(cell.recipe)) == cell.generation.pixel_hash
    for cell in fast.wait(240).cells:
        expected = np.asarray(lone_call(cell.recipe), dtype=int)
        assert np.abs(np.asarray(cell.generation.image, dtype=int) - expected).max() <= 1


def test_replaying_a_fast_image_names_the_mode(lab):
    grid = lab.run(Sweep(PROMPT, seed=[1, 2], steps=2), mode="fast", progress=False)
    again = lab.replay(grid.cells[0].generation)
    assert "mode: fast then, exact now" in str(again)
    assert again.largest is not None
    assert again.largest <= 1


@pytest.mark.parametrize("mode", ["quick", "", None, 5])
def test_a_mode_that_is_none_is_refused(lab, mode):
    with pytest.raises(SweepError, match="'exact' or 'fast'"):
        lab.run(Sweep(PROMPT, seed=1, steps=1), mode=mode, progress=False)


def test_rows_follow_the_free_memory():
    gigabyte = 2**30
    assert batch_size.allowed(peak=2 * gigabyte, rows=2, free=20 * gigabyte, most=32) == 16
    assert batch_size.allowed(peak=2 * gigabyte, rows=2, free=200 * gigabyte, most=32) == 32
    assert batch_size.allowed(peak=2 * gigabyte, rows=1, free=gigabyte, most=32) == 1


def test_a_cpu_takes_fewer_rows_of_large_images():
    cpu = torch.device("cpu")
    assert batch_size.BatchSize(cpu, 256 * 256).rows == 16
    assert batch_size.BatchSize(cpu, 256 * 272).rows == 8
