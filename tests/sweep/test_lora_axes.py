"""LoRAs as axes: by name and strength, by factors, by the parts that act."""

import pytest

from fluxlab.errors import SweepError
from fluxlab.recipe import Recipe
from fluxlab.sweep import Sweep, sweep_of

BASE = {"prompt": "x", "seed": 1, "steps": 1, "width": 128, "height": 128, "max_sequence_length": 32}


def loras(sweep):
    return [values.get("loras") for _, values in sweep.cells()]


def test_each_name_at_each_strength():
    sweep = Sweep("x", seed=1, lora=["ink", "pixel"], strength=[0, 0.5])
    assert sweep.axes == {"lora": ("ink", "pixel"), "strength": (0.0, 0.5)}
    assert [coords for coords, _ in sweep.cells()] == [
        {"lora": "ink", "strength": 0.0}, {"lora": "ink", "strength": 0.5},
        {"lora": "pixel", "strength": 0.0}, {"lora": "pixel", "strength": 0.5},
    ]  # fmt: skip
    assert loras(sweep) == [{"ink": 0.0}, {"ink": 0.5}, {"pixel": 0.0}, {"pixel": 0.5}]


def test_names_take_strength_1_and_ranges_and_zip():
    assert loras(Sweep("x", seed=1, lora=["ink", "pixel"])) == [{"ink": 1.0}, {"pixel": 1.0}]
    assert loras(Sweep("x", seed=1, lora=("ink", "pixel"), strength=0.3)) == [{"ink": 0.3}, {"pixel": 0.3}]
    assert Sweep("x", seed=1, strength="0..1 [3]", lora=["ink", "pixel"]).axes == {
        "strength": (0.0, 0.5, 1.0), "lora": ("ink", "pixel"),
    }  # fmt: skip
    tied = Sweep("x", seed=1, lora=["ink", "pixel"], strength=[0.5, 1], zip=("lora", "strength"))
    assert loras(tied) == [{"ink": 0.5}, {"pixel": 1.0}]
    assert loras(Sweep("x", seed=1, lora=["ink", "pixel"], where=lambda v: v["lora"] == "ink")) == [{"ink": 1.0}]


def test_one_name_is_the_axis_of_its_strength():
    for lora in ("ink", ["ink"], ["ink", "ink"]):
        assert Sweep("x", seed=1, lora=lora, strength=[0, 1]).axes == {"lora:ink": (0.0, 1.0)}
    assert Sweep("x", seed=1, lora="ink").values["loras"] == {"ink": 1.0}


def test_a_list_of_names_goes_with_fixed_loras():
    sweep = Sweep("x", seed=1, lora=["ink", "pixel"], loras={"wash": 0.2, "wash@double": 0})
    assert loras(sweep)[1] == {"pixel": 1.0, "wash": 0.2, "wash@double": 0.0}
    assert sweep.values["loras"] == {"wash": 0.2, "wash@double": 0.0}


def test_factors_are_axes_and_fixed_values():
    sweep = Sweep("x", seed=1, lora={"ink": 0.8, "ink@double": [0, 0.5], "ink@single.03-3": 0.25})
    assert sweep.axes == {"lora:ink@double": (0.0, 0.5)}
    assert loras(sweep)[0] == {"ink": 0.8, "ink@double": 0.0, "ink@single.3": 0.25}
    (use,) = Recipe(**BASE, loras=loras(sweep)[1]).loras
    assert (use.strength, use.blocks) == (0.8, (("double", 0.5), ("single.3", 0.25)))


def test_one_part_at_a_time():
    only = Sweep("x", seed=1, lora={"ink": 0.8, "ink@only": ["all", "double", "single.01-2"]})
    assert only.axes == {"lora:ink@only": ("all", "double", "single.1-2")}
    assert loras(only) == [
        {"ink": 0.8, "ink@all": 1.0},
        {"ink": 0.8, "ink@all": 0.0, "ink@double": 1.0},
        {"ink": 0.8, "ink@all": 0.0, "ink@single.1-2": 1.0},
    ]
    without = Sweep("x", seed=1, lora={"ink@without": ["double.0", "double.1"], "ink": [0.5, 1]})
    assert loras(without)[3] == {"ink@double.1": 0.0, "ink": 1.0}


@pytest.mark.parametrize(
    "keywords",
    [
        {"lora": ["ink", "pixel"], "strength": [0, 1]},
        {"lora": ["ink", "pixel"]},
        {"lora": ["a", "b"], "strength": [1, 2], "zip": ("lora", "strength"), "loras": {"c@double": [0, 1]}},
        {"lora": {"ink@only": ["double", "single"], "ink": 0.5}},
        {"lora": {"ink": 1, "ink@double.0": [0, 0.5], "me@home": [0, 1]}},
    ],
    ids=str,
)
def test_the_json_form_keeps_everything(keywords):
    sweep = Sweep("x", seed=1, **keywords)
    again = Sweep.from_json(sweep.to_json())
    assert again == sweep
    assert again.cells() == sweep.cells()


def test_recipes_with_factors_are_a_sweep():
    recipes = [Recipe(**BASE, loras=worn) for worn in ({"ink": 1, "ink@double": 0.5}, {"ink": 1}, {"wash": 0.5}, {})]
    made = [Recipe(**{**BASE, **values}) for _, values in sweep_of(recipes).cells()]
    for one, other in zip(recipes, made, strict=True):
        assert [use.folded() for use in one.loras] == [use.folded() for use in other.loras if use.acts]


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"strength": 1}, ["strength=1", "lora={'ink': [0, 0.5, 1]}"]),
        ({"strength": 1, "lora": {"ink": 1}}, ["strength=1", "listed by name"]),
        ({"lora": ["ink", "pixel"], "strength": [0, 11]}, ["strength=11", "at most 10"]),
        ({"lora": ["ink", "pixel"], "strength": "0..x"}, ["strength='0..x'"]),
        ({"lora": ["ink", 3]}, ["lora=['ink', 3]", "a list of names with strength"]),
        ({"lora": ["ink", ""]}, ["a list of names with strength"]),
        ({"lora": 3}, ["lora=3"]),
        ({"lora": {"ink"}}, ["has no order"]),
        ({"lora": ["ink", "ink@double"]}, ["'ink@double'", "ends like a part"]),
        ({"lora": ["ink", "pixel"], "loras": ["wash", "line"]}, ["both list names"]),
        ({"lora": ["ink", "pixel"], "loras": {"ink": 0.5}}, ["lora 'ink' is listed by name"]),
        ({"lora": {"ink@double": [0, 11]}}, ["lora:ink@double", "the factor 11", "from -10 to 10"]),
        ({"lora": {"ink@double.4-2": [0, 1]}}, ["write 'double.2-4'"]),
        ({"lora": {"ink@only": ["doubl"]}}, ["lora:ink@only", "'doubl'"]),
        ({"lora": {"ink@only": [1, 2]}}, ["lora:ink@only", "with 1"]),
        ({"lora": {"ink@only": ["double"], "ink@single": 0}}, ["'ink@only' beside other factors"]),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_refused_in_one_sentence(keywords, words):
    with pytest.raises(SweepError) as caught:
        Sweep("x", seed=1, **keywords)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    for word in words:
        assert word in message
