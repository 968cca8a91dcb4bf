"""The distillation of nano-schnell: it begins as nano, its teacher solves an equation, and it can be resumed."""

import pytest
import torch

from fluxlab.models import load
from fluxlab.models.low_rank import fold
from fluxlab.train import schnell
from fluxlab.train.checkpoint import Checkpoint
from fluxlab.train.flow import image_ids


@pytest.fixture
def teacher(nothing_loaded):
    return load("nano").pipe.transformer


@pytest.fixture(scope="module")
def given():
    torch.manual_seed(0)
    return {
        "hidden_states": torch.randn(2, 64, 64),
        "timestep": torch.tensor([1.0, 0.25]),
        "encoder_hidden_states": torch.randn(2, 32, 192),
        "pooled_projections": torch.randn(2, 128),
        "txt_ids": torch.zeros(32, 3),
        "img_ids": image_ids(),
        "return_dict": False,
    }


@torch.no_grad()
def says(model, given, guidance=None):
    return model(**given, guidance=guidance)[0]


def test_the_student_begins_as_the_teacher_at_one_guidance(teacher, given):
    student = schnell.student_of(teacher).eval()
    assert not student.config.guidance_embeds
    there = says(teacher, given, torch.full((2,), schnell.GUIDANCE))
    assert (says(student, given) - there).abs().max() < 1e-4 * there.abs().max()
    other = says(teacher, given, torch.full((2,), 1.0))
    assert (says(student, given) - other).abs().max() > 1e-2 * there.abs().max()


def test_what_is_shipped_folds_into_what_was_trained(teacher, given):
    student = schnell.student_of(teacher).eval()
    before = says(student, given)
    trained = schnell.adapt(student)
    assert torch.equal(says(student, given), before), "a difference begins at nothing"
    torch.manual_seed(1)
    with torch.no_grad():
        for value in trained.values():
            value.add_(0.01 * torch.randn_like(value)).copy_(value.half())
    folded = schnell.student_of(teacher).eval()
    folded.load_state_dict(fold(folded.state_dict(), schnell.shipped(trained)))
    assert torch.allclose(says(folded, given), says(student, given), atol=1e-4)
    assert not torch.allclose(says(folded, given), before, atol=1e-2)


def test_the_solver_follows_the_equation_to_second_order():
    class Growth(torch.nn.Module):
        def forward(self, *, hidden_states, **_):
            return (hidden_states,)

    noisy = torch.full((2, 64, 64), 2.0)
    there = schnell.solve(Growth(), noisy, torch.tensor([1.0, 0.5]), torch.zeros(2, 32, 192), torch.zeros(2, 128))
    assert torch.allclose(there, noisy * torch.tensor(-0.25).exp(), rtol=2e-3)


@pytest.mark.usefixtures("nothing_loaded")
def test_flights_stand_at_all_noise_levels_and_begin_anew(monkeypatch):
    monkeypatch.setattr(schnell, "BATCH", 4)
    flights = schnell.Flights(load("nano").pipe, 1)
    assert flights.sigma.tolist() == [1.0] * 4
    first, captions = flights.noisy, flights.clip.clone()
    for _ in range(schnell.STEPS - 1):
        flights.advance(flights.noisy * 0.5)
    assert flights.sigma.tolist() == [0.25] * 4
    assert torch.equal(flights.clip, captions)
    flights.advance(flights.noisy)
    assert flights.sigma.tolist() == [1.0] * 4
    assert flights.noisy.std() > 0.9
    assert not torch.equal(flights.noisy, first)
    assert not torch.equal(flights.clip, captions)


@pytest.mark.filterwarnings("ignore:Mismatch dtype:UserWarning")
@pytest.mark.usefixtures("nothing_loaded")
def test_training_is_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(schnell, "BATCH", 4)
    first = schnell.train(tmp_path, 2)
    assert Checkpoint(tmp_path, schnell.STAGE).load()[1]["step"] == 2
    assert any(value.abs().max() > 0 for name, value in first.items() if name.endswith(".up"))
    again = schnell.train(tmp_path, 2)
    assert all(torch.equal(first[name], again[name]) for name in first), "it was done already"
    schnell.train(tmp_path, 3)
    assert Checkpoint(tmp_path, schnell.STAGE).load()[1]["step"] == 3
