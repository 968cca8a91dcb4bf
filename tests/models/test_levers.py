"""Levers that a model or a machine cannot take are refused; those of equal effect share one key."""

import pytest

from fluxlab.errors import ModelError, RecipeError
from fluxlab.models import Resolver, complete, effective, get_spec
from fluxlab.models.levers import compile_problem

BASE = {"prompt": "x", "seed": 1, "steps": 4}


def key(**values):
    resolver = Resolver("nano")
    return resolver.key(resolver.recipe({**BASE, **values}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"guidance_schedule": "3.5, 3.5, 3.5, 3.5"}, {}),
        ({"guidance_schedule": "2, 2, 2, 2"}, {"guidance": 2}),
        ({"guidance_schedule": "0.01-0.02: 9"}, {}),
        ({"guidance_schedule": "1, 1, 3.5, 3.5"}, {"guidance_schedule": "0-0.5: 1"}),
        ({"guidance_schedule": "1, 1, 3.5, 3.5"}, {"guidance_schedule": "steps 1-2: 1", "guidance": 3.5}),
        ({"guidance_schedule": "1, 2, 3, 4", "guidance": 1}, {"guidance_schedule": "1, 2, 3, 4", "guidance": 9}),
        ({"step_cache": "first_block"}, {"step_cache": "first_block:threshold=0.050"}),
        ({"attention": "native"}, {}),
        ({"compile": False}, {}),
    ],
    ids=str,
)
def test_settings_of_equal_effect_share_one_key(one, other):
    assert key(**one) == key(**other)


def test_settings_of_another_effect_have_keys_of_their_own():
    levers = [
        {},
        {"guidance_schedule": "1, 1, 3.5, 3.5"},
        {"guidance_schedule": "1, 1, 3.5, 1"},
        {"step_cache": "first_block"},
        {"step_cache": "first_block:0.12"},
        {"step_cache": "pab"},
        {"attention": "_native_math"},
    ]
    assert len({key(**each) for each in levers}) == len(levers)


def test_a_schedule_is_rounded_to_the_precision_of_the_model(add_model):
    add_model("half", dtype="bfloat16")
    fine = complete({**BASE, "model": "half", "guidance_schedule": "3.51, 1, 1, 1"})
    same = complete({**BASE, "model": "half", "guidance_schedule": "3.52, 1, 1, 1"})
    spec = get_spec("half")
    assert effective(fine, spec) == effective(same, spec)
    assert effective(fine, spec).guidance_schedule == "3.515625, 1, 1, 1"
    assert effective(effective(fine, spec), spec) == effective(fine, spec)


@pytest.mark.parametrize("text", ["2.7, 1, 1, 1", "0.000001, 1, 1, 1", "99.999, 1, 1, 1"])
def test_folding_twice_changes_nothing(text):
    spec = get_spec("nano")
    once = effective(complete({**BASE, "guidance_schedule": text}), spec)
    assert effective(once, spec) == once


def test_a_schedule_is_refused_on_a_model_without_guidance(add_model):
    add_model("fast", guidance_embeds=False, guidance=None)
    with pytest.raises(ModelError, match="guidance_schedule='1, 2, 3, 4' has no effect on model 'fast'"):
        complete({**BASE, "model": "fast", "guidance_schedule": "1, 2, 3, 4"})


def test_a_schedule_of_another_length_is_refused():
    with pytest.raises(RecipeError, match="guidance_schedule='1, 2' has 2 values for steps=4: give one for each step"):
        complete({**BASE, "guidance_schedule": "1, 2"})


def test_a_backend_that_is_not_installed_is_refused_with_the_command():
    with pytest.raises(ModelError, match=r"^attention='xformers' needs the package 'xformers'.*pip install"):
        complete({**BASE, "attention": "xformers"})


@pytest.mark.parametrize(
    ("device", "facts", "says"),
    [
        ("cpu", {"compiler": False, "triton": True}, "needs a compiler for C++"),
        ("cuda", {"compiler": False, "triton": True}, "needs a compiler for C++"),
        ("cuda", {"compiler": True, "triton": False}, "pip install triton"),
    ],
)
def test_compiling_says_what_it_lacks(device, facts, says):
    assert says in compile_problem(device, **facts)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_compiling_is_allowed_where_everything_is_there(device):
    assert compile_problem(device, compiler=True, triton=True) is None


def test_compiling_without_a_compiler_is_refused(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(
        ModelError, match=r"^compile=True needs a compiler for C\+\+, which was not found: install g\+\+"
    ):
        complete({**BASE, "compile": True})
