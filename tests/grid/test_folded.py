"""Values that the model takes as one are reported, whether or not anything was made."""

import pytest

from fluxlab.grid import Grid, GridCell
from fluxlab.recipe import Recipe

BASE = {"prompt": "a cat", "steps": 4, "width": 32, "height": 32, "max_sequence_length": 64}


def grid(axes, coords, keys, recipes):
    """A grid of cells that wait."""
    cells = zip(coords, keys, recipes, strict=True)
    return Grid(
        axes,
        tuple(
            GridCell(i, place, None, "waiting", cached=False, key=key, recipe=Recipe(**BASE, **recipe))
            for i, (place, key, recipe) in enumerate(cells)
        ),
    )


def swept(axis, values, keys, seeds=(1, 2)):
    places = [{"seed": seed, axis: value} for seed in seeds for value in values]
    return grid({"seed": seeds, axis: values}, places, keys, places)


def test_values_that_are_one_to_the_model_are_named():
    folded = swept("guidance", (3.5, 3.500000001, 5.0), ["a", "a", "b", "c", "c", "d"])
    assert [str(dead) for dead in folded.dead] == [
        "guidance 3.5 and 3.500000001 come to the same image: the model cannot tell them apart."
    ]
    assert folded.notes[1] == ("same image as guidance 3.5",)


@pytest.mark.parametrize(
    ("values", "keys", "sentence"),
    [
        ((1.0, 1.1, 2.0), "aabcde", "guidance 1 and 1.1 (in 1 of 2 comparable groups) come to the same image: "),
        ((1.0, 1.1, 2.0, 2.1), "aabbccdd", "guidance 1 and 1.1 come to the same image, and so do 2 and 2.1: "),
        ((1.0, 1.1, 1.2), "aaabbb", "guidance 1, 1.1 and 1.2 come to the same image: "),
    ],
)
def test_sets_of_values_and_places_are_counted(values, keys, sentence):
    (folded,) = swept("guidance", values, list(keys)).dead
    assert str(folded) == f"{sentence}the model cannot tell them apart."


def test_many_sets_are_counted():
    values = tuple(float(value) for value in range(10))
    (folded,) = swept("guidance", values, list("aabbccddee"), seeds=(1,)).dead
    assert "; 4 and 5; 2 more sets of values: the model" in str(folded)


def test_a_lora_of_strength_0_is_left_out_on_purpose():
    loras = [{"ink": 0}, {"wax": 0}, {"ink": 1}]
    places = [{"seed": 1, "lora:ink": 0}, {"seed": 1, "lora:ink": 0.5}, {"seed": 1, "lora:ink": 1}]
    recipes = [{"seed": 1, "loras": worn} for worn in loras]
    made = grid({"seed": (1,), "lora:ink": (0, 0.5, 1)}, places, ["a", "a", "b"], recipes)
    assert made.dead == ()


def test_equal_recipes_are_no_finding():
    axes = {"replace:cat": ("cat", "fox")}
    places = [{"replace:cat": value} for value in axes["replace:cat"]]
    assert grid(axes, places, ["a", "a"], [{"seed": 1}] * 2).dead == ()
