"""The nano that ships: it draws what it is told, and where it is told."""

import random

import pytest

from fluxlab.models import load
from fluxlab.train import evaluate, world

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def pipe():
    return load("nano").pipe


def test_its_t5_knows_which_thing_stands_where(pipe):
    tokenizer = pipe.tokenizer_2
    prompts = ["a cat left of a dog", "a dog left of a cat"]
    ids = [tokenizer(text, padding="max_length", max_length=32, return_tensors="pt").input_ids for text in prompts]
    word = tokenizer("cat").input_ids[0]
    (one, other) = (pipe.text_encoder_2(each)[0][0, each[0].tolist().index(word)] for each in ids)
    assert (one - other).norm() > 0.2 * one.norm()


def test_it_draws_one_thing_and_two(pipe):
    rng = random.Random(3)
    singles = [world.one(rng, name, "blue", plain=True) for name in ("cat", "rocket", "pizza", "snowman")]
    pairs = [
        world.two(rng, first, second, "white", plain=True)
        for first, second in (("cat", "car"), ("apple", "robot"), ("owl", "donut"), ("star", "house"))
    ]
    result = evaluate.score(singles + pairs, evaluate.paint(pipe, singles + pairs, 8, 3.5))
    # The bar is measured on hundreds of prompts, by python -m fluxlab.train.nano --evaluate; this finds broken weights.
    assert result.background >= 0.75
    assert result.one_object >= 0.5
    assert result.both_objects >= 0.5
