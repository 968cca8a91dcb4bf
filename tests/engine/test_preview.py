"""Previews: pictures on the way, which cost the image nothing but time."""

from dataclasses import replace

import numpy as np
import pytest

from fluxlab import Sweep
from fluxlab.catalog import pixel_hash
from fluxlab.engine import CellDone, CellPreview, StepDone, preview
from fluxlab.models import load

PROMPT = "an owl on a teal background"


def sweep_of_seed(seed):
    return Sweep("a {whale|crab} on a teal background", seed=seed, steps=3)


def told(lab, sweep, **options):
    events = []
    grid = lab.run(sweep, progress=False, previews=True, listener=events.append, **options)
    return grid, events


def test_previews_come_after_the_first_step_and_come_closer_to_the_image(lab, lone_call, monkeypatch):
    monkeypatch.setattr(preview, "EVERY", 0.0)
    grid, events = told(lab, Sweep(PROMPT, seed=1, steps=6))
    made = grid.cells[0].generation
    assert pixel_hash(lone_call(made.recipe)) == made.pixel_hash
    shown = [event for event in events if isinstance(event, CellPreview)]
    assert [event.step for event in shown] == [1, 2, 3, 4, 5]
    assert all(event.key == made.key for event in shown)
    first = next(i for i, event in enumerate(events) if isinstance(event, CellPreview))
    assert not any(isinstance(event, CellDone) for event in events[:first])
    image = np.asarray(made.image, dtype=float)
    distances = [float(np.abs(np.asarray(event.image, dtype=float) - image).mean()) for event in shown]
    assert distances[-1] < distances[0] / 2
    assert distances[-1] < 5


def test_an_image_of_one_step_has_no_preview_and_nobody_gets_what_was_not_asked_for(lab):
    _, events = told(lab, Sweep(PROMPT, seed=1, steps=1))
    assert not any(isinstance(event, CellPreview) for event in events)
    events.clear()
    lab.run(Sweep(PROMPT, seed=2, steps=3), progress=False, listener=events.append)
    assert any(isinstance(event, StepDone) for event in events)
    assert not any(isinstance(event, CellPreview) for event in events)


def test_a_preview_of_a_large_image_is_small_and_keeps_its_shape(lab):
    _, events = told(lab, Sweep(PROMPT, seed=1, steps=2, size=(512, 256)))
    shown = next(event for event in events if isinstance(event, CellPreview))
    assert shown.image.size == (256, 128)


def test_forks_share_their_steps_beside_previews(lab, lone_call, monkeypatch):
    monkeypatch.setattr(preview, "EVERY", 0.0)
    grid, events = told(lab, Sweep(PROMPT, seed=1, steps=4, guidance_schedule=[None, "steps 4-4: 8"]))
    assert grid.cells[1].generation.effective["forked_at"] == 3
    assert pixel_hash(lone_call(grid.cells[0].recipe)) == grid.cells[0].generation.pixel_hash
    assert [event.step for event in events if isinstance(event, CellPreview)] == [1, 2, 3]


def test_cells_that_share_a_batch_are_shown_together_each_on_its_own_way(lab, monkeypatch):
    monkeypatch.setattr(preview, "EVERY", 0.0)
    sweep = Sweep("a {whale|crab} on a teal background", seed=1, steps=[3, 5])
    grid, events = told(lab, sweep, mode="fast")
    shown = [event for event in events if isinstance(event, CellPreview)]
    for cell in grid.cells:
        mine = [event for event in shown if event.key == cell.key]
        assert [event.step for event in mine] == list(range(1, cell.recipe.steps))
        image = np.asarray(cell.generation.image, dtype=float)
        distances = [float(np.abs(np.asarray(event.image, dtype=float) - image).mean()) for event in mine]
        assert distances[-1] < distances[0]
        assert distances[-1] < 8
    events.clear()
    lab.run(sweep_of_seed(2), mode="fast", progress=False, listener=events.append)
    assert not any(isinstance(event, CellPreview) for event in events)


def test_a_batch_is_shown_at_most_so_often(lab, monkeypatch):
    monkeypatch.setattr(preview, "EVERY", 1000.0)
    _, events = told(lab, sweep_of_seed(3), mode="fast")
    assert [event.step for event in events if isinstance(event, CellPreview)] == [1, 1]


@pytest.mark.parametrize(
    ("placement", "device", "possible"),
    [("cpu", "cpu", True), ("device", "cuda", True), ("group_offload", "cuda", True), ("model_offload", "cuda", False)],
)
def test_an_autoencoder_that_is_elsewhere_makes_no_previews(placement, device, possible):
    plan = replace(load("nano").plan, placement=placement, device=device)
    assert preview.can_preview(plan) is possible
