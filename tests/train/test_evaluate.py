"""The test prompts that nano is judged with, and the figures."""

import dataclasses
import math

import numpy as np
import pytest

from fluxlab.train import world
from fluxlab.train.evaluate import prompts, score


def combinations(scene):
    names = frozenset(thing.name for thing in scene.things)
    backgrounds = {name for name in names if world.HELD_OUT_BACKGROUND[name] == scene.background}
    return names in world.HELD_OUT_PAIRS, bool(backgrounds)


@pytest.mark.parametrize("held_out", [False, True])
def test_half_are_of_one_object_and_half_of_two(held_out):
    scenes = prompts(60, held_out=held_out)
    assert [len(scene.things) for scene in scenes] == [1, 2] * 30


@pytest.mark.parametrize("held_out", [False, True])
def test_each_prompt_names_its_background_and_its_objects(held_out):
    for scene in prompts(60, held_out=held_out):
        assert scene.said[-1] == scene.background
        assert scene.background in scene.caption.replace("grey", "gray")
        assert all(scene.said[i] is not None for i in (0, 3)[: len(scene.things)])
        if len(scene.things) == 2:
            assert scene.said[2] in {"left", "top"}


def test_seen_prompts_hold_nothing_that_is_held_out():
    assert {combinations(scene) for scene in prompts(200, held_out=False)} == {(False, False)}


def test_held_out_prompts_hold_exactly_one_thing_that_was_never_seen():
    for scene in prompts(200, held_out=True):
        assert combinations(scene) == ((True, False) if len(scene.things) == 2 else (False, True)), scene


def test_both_orders_of_a_held_out_pair_are_asked_for():
    pairs = [tuple(thing.name for thing in scene.things) for scene in prompts(400, held_out=True)]
    assert {pair == tuple(sorted(pair)) for pair in pairs if len(pair) == 2} == {True, False}


def test_prompts_are_the_same_every_time():
    assert prompts(20, held_out=True) == prompts(20, held_out=True)
    assert prompts(20, held_out=False) == prompts(40, held_out=False)[:20]


def test_perfect_pictures_get_full_marks():
    scenes = prompts(8, held_out=False)
    result = score(scenes, [world.draw(scene) for scene in scenes])
    assert dataclasses.astuple(result) == (8, 1.0, 1.0, 1.0, 1.0)
    assert "100.0%" in str(result)


def test_empty_pictures_get_none():
    scenes = prompts(4, held_out=False)
    result = score(scenes, [np.zeros((128, 128, 3), np.float32)] * 4)
    assert (result.one_object, result.both_objects, result.relation) == (0, 0, 0)


def test_a_share_of_nothing_is_not_a_number():
    scenes = prompts(1, held_out=False)
    result = score(scenes, [world.draw(scenes[0])])
    assert math.isnan(result.both_objects)
    assert math.isnan(result.relation)
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        score(scenes, [])
