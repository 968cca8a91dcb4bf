"""A recipe: what it takes, what it refuses and in which words, and its identity."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxlab.errors import FluxlabError, RecipeError, nearest
from fluxlab.recipe import LATER, SCHEDULERS, SEED_MAX, Lora, Recipe, content_key, round_to

BASE = {"prompt": "a cat", "seed": 1, "steps": 4, "width": 128, "height": 128, "max_sequence_length": 64}


def recipe(**changes):
    return Recipe(**{**BASE, **changes})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sed": 1}, ["'sed'", "Did you mean 'seed'?"]),
        ({"steps": 0}, ["steps=0", "at least 1"]),
        ({"steps": 1001}, ["steps=1001", "at most 1000"]),
        ({"steps": 1.5}, ["steps=1.5", "whole number"]),
        ({"steps": "9" * 5000}, ["steps=", "whole number"]),
        ({"compile": "maybe"}, ["compile='maybe'", "True or False"]),
        ({"compile": 2}, ["compile=2", "True or False"]),
        ({"compile": [True]}, ["compile=[True]", "True or False"]),
        ({"steps": True}, ["steps=True", "not a bool"]),
        ({"seed": -1}, ["seed=-1", "from 0 to 18446744073709551615", "leave it out"]),
        ({"seed": SEED_MAX + 1}, ["18446744073709551616", "from 0 to"]),
        ({"width": 100}, ["width=100", "multiple of 16", "96 or 112"]),
        ({"height": 5000}, ["height=5000", "at most 4096"]),
        ({"guidance": float("nan")}, ["guidance=nan", "finite"]),
        ({"guidance": 101}, ["guidance=101", "at most 100."]),
        ({"prompt": 3}, ["prompt=3", "text"]),
        ({"prompt": b"a cat"}, ["prompt=b'a cat'", "must be text, not bytes"]),
        ({"prompt_2": bytearray(b"a cat")}, ["prompt_2=", "not bytes"]),
        ({"negative_prompt": b"", "true_cfg_scale": 2}, ["negative_prompt=b''", "not bytes"]),
        ({"model": b"nano"}, ["model=b'nano'", "not bytes"]),
        ({"scheduler": b"euler"}, ["scheduler=b'euler'", "one of"]),
        ({"loras": [{"name": b"ink"}]}, ["name=b'ink'", "not bytes"]),
        ({"prompt": "x" * 1_000_001}, ["at most 1,000,000 characters"]),
        ({"prompt": "a\ud800"}, ["Unicode", "character 1"]),
        ({"model": ""}, ["model=''", "not empty"]),
        ({"scheduler": "eulr"}, ["scheduler='eulr'", "'unipc'", "Did you mean 'euler'?"]),
        ({"loras": 3}, ["loras=3", "{'ink': 0.5}"]),
        ({"loras": [3]}, ["loras.0=3", "a name and a strength"]),
        ({"loras": {"ink": 11}}, ["loras['ink'].strength=11", "at most 10."]),
        ({"loras": {"pixel": 1, "ink": "a"}}, ["loras['ink'].strength='a'", "a number"]),
        ({"loras": [{"name": "pixel", "strength": True}, {"name": "ink"}]}, ["loras['pixel'].strength=True", "number"]),
        ({"compile": "no"}, ["compile='no'", "True or False"]),
        ({"loras": {"": 1}}, ["name=''", "not empty"]),
        ({"loras": [{"name": "ink", "stren": 1}]}, ["stren", "Did you mean 'strength'?"]),
        ({"loras": [{"name": "ink"}, {"name": "ink"}]}, ["'ink' twice"]),
        ({"negative_prompt": "blurry"}, ["negative_prompt='blurry'", "set true_cfg_scale above 1"]),
        ({"true_cfg_scale": 3}, ["true_cfg_scale=3", "give a negative prompt"]),
    ],
)
def test_refuses_with_one_sentence(changes, words):
    with pytest.raises(RecipeError) as caught:
        recipe(**changes)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert len(message) < 400
    assert "input should" not in message.lower()


def test_missing_parameter_is_named():
    with pytest.raises(RecipeError, match="'seed' is missing"):
        Recipe(**{name: value for name, value in BASE.items() if name != "seed"})


def test_recipe_errors_are_value_errors_of_the_family():
    assert issubclass(RecipeError, ValueError)
    assert issubclass(RecipeError, FluxlabError)


def test_numpy_scalars_are_numbers():
    made = recipe(seed=np.uint64(SEED_MAX), steps=np.int32(4), guidance=np.float64(3.5))
    assert made.seed == SEED_MAX
    assert made == recipe(seed=SEED_MAX, guidance=3.5)
    assert type(made.seed) is int


def test_loras_are_sorted_however_they_are_given():
    expected = (Lora(name="ink", strength=0.5), Lora(name="wash"))
    assert recipe(loras={"wash": 1, "ink": 0.5}).loras == expected
    assert recipe(loras=[Lora(name="wash"), {"name": "ink", "strength": 0.5}]).loras == expected


def test_replace_validates_and_leaves_the_original():
    first = recipe()
    assert first.replace(steps=8).steps == 8
    assert first.steps == 4
    with pytest.raises(RecipeError, match="steps=0"):
        first.replace(steps=0)


def test_a_recipe_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        recipe().steps = 5


@settings(deadline=None)
@given(
    prompt=st.text(max_size=40),
    seed=st.integers(0, SEED_MAX),
    guidance=st.none() | st.floats(0, 100),
    loras=st.dictionaries(st.text(min_size=1, max_size=5), st.floats(-10, 10), max_size=3),
    scheduler=st.sampled_from(SCHEDULERS),
)
def test_canonical_json_comes_back_as_the_same_recipe(prompt, seed, guidance, loras, scheduler):
    first = recipe(prompt=prompt, seed=seed, guidance=guidance, loras=loras, scheduler=scheduler)
    again = Recipe(**json.loads(first.canonical_json()))
    assert again == first
    assert again.canonical_json() == first.canonical_json()


def test_minus_zero_is_zero():
    negative = recipe(guidance=-0.0, loras={"ink": -0.0})
    zero = recipe(guidance=0.0, loras={"ink": 0.0})
    assert negative.canonical_json() == zero.canonical_json()
    assert content_key(negative, {}) == content_key(zero, {})
    assert "-0" not in negative.canonical_json()
    with pytest.raises(RecipeError, match=r"^true_cfg_scale=-0\.0 is not allowed: it must be at least 1\."):
        recipe(true_cfg_scale=-0.0)


def test_content_key_changes_with_recipe_and_files_only():
    key = content_key(recipe(loras={"b": 1, "a": 1}), {"model": "1", "a": "2", "b": "3"})
    assert key == content_key(recipe(loras={"a": 1, "b": 1}), {"b": "3", "a": "2", "model": "1"})
    assert len(key) == 64
    others = [
        content_key(recipe(), {"model": "1"}),
        content_key(recipe(), {"model": "2"}),
        content_key(recipe(seed=2), {"model": "1"}),
        content_key(recipe(prompt="a cat "), {"model": "1"}),
    ]
    assert len({key, *others}) == 5


def test_content_key_is_the_same_in_another_process():
    code = (
        "from fluxlab.recipe import *;"
        f"print(content_key(Recipe(**{BASE!r}, loras={{'b': .5, 'a': 1}}), {{'model': 'x', 'a': 'y'}}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == content_key(recipe(loras={"a": 1, "b": 0.5}), {"a": "y", "model": "x"})


@pytest.mark.parametrize(
    ("dtype", "value", "held"),
    [
        ("bfloat16", 3.5, 3.5),
        ("bfloat16", 3.51, 3.515625),
        ("bfloat16", 1 + 2**-8, 1.0),  # halfway: to even
        ("bfloat16", 1 + 3 * 2**-8, 1 + 2**-6),  # halfway: to even, upwards
        ("float16", 0.1, 0.0999755859375),
        ("float32", 0.1, 0.10000000149011612),
    ],
)
def test_round_to_gives_what_a_tensor_holds(dtype, value, held):
    assert round_to(value, dtype) == held


def test_nearest_is_silent_when_nothing_is_near():
    assert nearest("xyzzy", ["seed", "steps"]) == ""
    assert nearest("stpes", ["seed", "steps"]) == " Did you mean 'steps'?"


def test_parameters_that_came_later_change_no_key_while_they_are_unset():
    plain = Recipe(**BASE)
    assert not set(LATER) & set(plain.values())
    assert Recipe(**plain.values()) == plain
    cached = plain.replace(step_cache="first_block")
    assert cached.values()["step_cache"] == "first_block"
    assert content_key(cached, {"model": "a"}) != content_key(plain, {"model": "a"})


def test_factors_of_loras_have_one_form():
    flat = recipe(loras={"ink": 0.5, "ink@single": 1, "ink@double.03": 0})
    assert flat == recipe(loras=[{"name": "ink", "strength": 0.5, "blocks": {"double.3-3": 0, "single": 1.0}}])
    assert flat.values()["loras"] == [{"name": "ink", "strength": 0.5, "blocks": {"double.3": 0.0, "single": 1.0}}]
    assert Recipe(**json.loads(flat.canonical_json())) == flat
    assert len({flat, recipe(loras={"ink": 0.5})}) == 2
    assert recipe(loras={"ink@double": 0.5}).loras[0].strength == 1


def test_recipes_without_factors_keep_the_text_that_keys_are_made_of():
    worn = '"loras":[{"name":"ink","strength":0.5}],'
    assert worn in recipe(loras={"ink": 0.5}).canonical_json()
    assert worn in recipe(loras=[{"name": "ink", "strength": 0.5, "blocks": {}}]).canonical_json()
    assert content_key(recipe(loras={"ink": 0.5}), {}) == (
        "3caab158125069b323d5f1689f7eb9a833702a4b4d2ae56258e7d9b2e1da5317"
    )


@pytest.mark.parametrize(
    ("loras", "words"),
    [
        ({"ink@double": 11}, ["loras['ink'].blocks", "'double'", "from -10 to 10"]),
        ([{"name": "ink", "blocks": {"doubl": 1}}], ["loras['ink'].blocks", "'doubl'", "double.3"]),
        ([{"name": "ink", "blocks": 3}], ["loras['ink'].blocks=3", "{'double': 0.5}"]),
        ([{"name": "ink@double"}], ["loras.0.name='ink@double'", "{'ink': 1, 'ink@double': 0.5}"]),
        ({"ink@double.0-2": 1, "ink@double.1-3": 1}, ["double.1", "more specific"]),
    ],
    ids=str,
)
def test_factors_that_are_none_are_refused(loras, words):
    with pytest.raises(RecipeError) as caught:
        recipe(loras=loras)
    for word in words:
        assert word in str(caught.value)
