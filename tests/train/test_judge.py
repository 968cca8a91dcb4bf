"""The judge of nano's pictures: sees what is there, and is not talked into what is not."""

import dataclasses
import random

import numpy as np
import pytest

from fluxlab.train import world
from fluxlab.train.judge import background, judge, objects

NOISE = 0.06


def noisy(image, seed=0):
    noise = np.random.default_rng(seed).normal(0, NOISE, image.shape)
    return np.clip(image + noise, 0, 1).astype(np.float32)


def pair(first="cat", second="rocket", relation="left", colour="teal"):
    """Two objects side by side or one above the other, as they are said to be."""
    seconds = {"left": (80, 32), "top": (32, 80)}[relation]
    firsts = {"left": (0, 32), "top": (32, 0)}[relation]
    return world.Scene(
        (world.Thing(first, "small", *firsts), world.Thing(second, "small", *seconds)),
        colour,
        "",
        (first, None, relation, second, None, {"left": "right", "top": "bottom"}[relation], colour),
    )


def exchanged(scene):
    """The same objects in each other's places."""
    a, b = scene.things
    things = (dataclasses.replace(a, x=b.x, y=b.y), dataclasses.replace(b, x=a.x, y=a.y))
    return dataclasses.replace(scene, things=things)


def test_drawn_scenes_are_recognised():
    rng = random.Random(4)
    for seed in range(16):
        scene = world.sample(rng, pairs=0.5)
        verdict = judge(noisy(world.draw(scene), seed), scene)
        assert verdict.background, scene
        assert all(verdict.objects), scene
        assert verdict.relation in {True, None}, scene
        assert (verdict.relation is None) == (len(scene.things) == 1 or scene.said[2] == "any")


def test_every_background_is_told_from_the_others():
    for colour in world.COLOURS:
        assert background(noisy(world.backdrop(colour))) == colour


def test_an_object_is_found_where_it_is():
    scene = world.Scene((world.Thing("fox", "medium", 48, 16),), "navy", "", ())
    (found,) = objects(noisy(world.draw(scene)), "navy", 1)
    assert (found.name, found.size, found.x, found.y) == ("fox", "medium", 48, 16)
    assert found.explained > 0.8


def test_another_object_is_not_taken_for_the_wanted_one():
    painted = pair("dog", "star")
    verdict = judge(noisy(world.draw(painted)), pair("cat", "star"))
    assert verdict.objects == (False, True)
    assert verdict.relation is False
    assert judge(noisy(world.draw(painted)), pair("cat", "rocket")).objects == (False, False)


def test_another_background_is_seen():
    verdict = judge(noisy(world.draw(pair(colour="teal"))), pair(colour="pink"))
    assert not verdict.background
    assert verdict.objects == (True, True)


def test_one_object_is_not_counted_twice():
    scene = pair("cat", "cat")
    alone = dataclasses.replace(scene, things=scene.things[:1])
    assert len(objects(noisy(world.draw(alone)), "teal", 2)) == 1


def test_a_background_nobody_asked_for_is_not_held_against_a_picture():
    scene = dataclasses.replace(pair(), said=(*pair().said[:-1], None))
    assert judge(noisy(world.draw(pair(colour="pink"))), scene).background


@pytest.mark.parametrize("relation", ["left", "top"])
def test_the_relation_counts(relation):
    scene = pair(relation=relation)
    assert judge(noisy(world.draw(scene)), scene).relation is True
    verdict = judge(noisy(world.draw(exchanged(scene))), scene)
    assert verdict.objects == (True, True)
    assert verdict.relation is False


@pytest.mark.parametrize("what", ["blank", "black", "noise", "gray"])
def test_pictures_of_nothing_are_refused(what):
    image = {
        "blank": world.backdrop("teal"),
        "black": np.zeros((128, 128, 3), np.float32),
        "noise": np.random.default_rng(0).random((128, 128, 3), np.float32),
        "gray": np.full((128, 128, 3), 0.5, np.float32),
    }[what]
    verdict = judge(image, pair())
    assert verdict.objects == (False, False)
    assert verdict.relation is False
    assert verdict.background == (what == "blank")
