"""Step caches by text: every spelling of one cache comes to the same one, and nonsense is refused in a sentence."""

import pytest

from fluxlab import Recipe
from fluxlab.errors import RecipeError
from fluxlab.levers import CACHES, parse_step_cache

BASE = {"prompt": "x", "seed": 1, "steps": 4, "width": 64, "height": 64, "max_sequence_length": 16}


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        ("first_block", "first_block:threshold=0.05"),
        (" first_block : 0.120 ", "first_block:threshold=0.12"),
        ("first_block:threshold=.12", "first_block:threshold=0.12"),
        ("taylorseer", "taylorseer:interval=5,order=1,warmup=3"),
        ("taylorseer:4,order=2", "taylorseer:interval=4,order=2,warmup=3"),
        ("taylorseer:order=2,interval=4", "taylorseer:interval=4,order=2,warmup=3"),
        ("magcache:1e-1", "magcache:threshold=0.1,max_skip=3,retention=0.2"),
        ("pab:3,low=0,high=1000", "pab:every=3,low=0,high=1000"),
    ],
)
def test_a_cache_has_one_spelling_with_all_its_settings(text, spelled):
    assert str(parse_step_cache(text)) == spelled
    assert str(parse_step_cache(spelled)) == spelled


@pytest.mark.parametrize("name", CACHES)
def test_the_name_alone_takes_every_default(name):
    found = parse_step_cache(name)
    assert found.settings == {key: setting.default for key, setting in CACHES[name].items()}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"is no step cache: allowed are first_block:threshold=0\.05, .*pab:every=2,low=100,high=800"),
        ("firstblock", r"is no step cache: Did you mean 'first_block'\?"),
        ("first_block:", "needs a number for threshold, not ''"),
        ("first_block:0", "threshold must be a number from 1e-06 to 10"),
        ("first_block:-1", "needs a number for threshold, not '-1'"),
        ("first_block:nan", "needs a number for threshold, not 'nan'"),
        ("first_block:11", "threshold must be a number from 1e-06 to 10"),
        ("first_block:0.1,0.2", "has an unknown setting '0.2': first_block takes threshold"),
        ("taylorseer:intervall=3", r"unknown setting 'intervall': Did you mean 'interval'\? taylorseer takes interval"),
        ("taylorseer:2.5", "interval must be a whole number from 2 to 1000"),
        ("taylorseer:1", "interval must be a whole number from 2 to 1000"),
        ("taylorseer:4,interval=4", "gives interval twice: write it once"),
        ("taylorseer:warmup=0", "warmup must be a whole number from 1 to 1000"),
        ("pab:low=800,high=100", "has an empty range of timesteps: low must be below high"),
    ],
)
def test_nonsense_is_refused_with_what_is_allowed(text, says):
    with pytest.raises(RecipeError, match=rf"^step_cache={text!r} .*{says}") as caught:
        Recipe(**BASE, step_cache=text)
    assert str(caught.value).endswith(".")


def test_a_hostile_text_is_shortened_in_the_message():
    with pytest.raises(RecipeError) as caught:
        Recipe(**BASE, step_cache="first_block:" + "9" * 100_000)
    assert len(str(caught.value)) < 400


def test_pab_is_refused_with_a_negative_prompt_whose_attention_it_would_mix_up():
    with pytest.raises(RecipeError, match="pab keeps one cache for both: use first_block, taylorseer or magcache"):
        Recipe(**BASE, step_cache="pab", negative_prompt="", true_cfg_scale=2)
    assert Recipe(**BASE, step_cache="taylorseer", negative_prompt="", true_cfg_scale=2).step_cache == "taylorseer"


def test_a_cache_is_refused_beside_compiling():
    with pytest.raises(RecipeError, match="compile=True cannot be combined with step_cache='first_block'"):
        Recipe(**BASE, step_cache="first_block", compile=True)
