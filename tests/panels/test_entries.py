"""Text of a form: what is read from it, and that a sweep survives being written into a form."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxlab import Sweep
from fluxlab.errors import SweepError
from fluxlab.panels import entries
from fluxlab.recipe import Recipe


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("seed", "7", 7),
        ("seed", "1..4", "1..4"),
        ("seed", " 1, 5 ", "1, 5"),
        ("guidance", "3.5", 3.5),
        ("guidance", "none", None),
        ("guidance", "nan", "nan"),
        ("guidance", "-inf", "-inf"),
        ("size", "128x160", "128x160"),
        ("scheduler", "euler", "euler"),
        ("scheduler", "euler, unipc", ["euler", "unipc"]),
        ("step_cache", "fbcache(0.1, 2), none", ["fbcache(0.1, 2)", None]),
        ("compile", "yes, no", [True, False]),
        ("compile", "True, false", [True, False]),
        ("negative_prompt", "fog, rain", "fog, rain"),
        ("guidance_schedule", "0-0.5: 2, 3 | none", ["0-0.5: 2, 3", None]),
        ("lora", "ink", ["ink"]),
        ("strength", "0..1 (+0.5)", "0..1 (+0.5)"),
    ],
)
def test_what_people_type_for_an_axis(name, text, value):
    assert entries.read([(name, text)]) == {name: value}


def test_loras_by_name_become_one_keyword_and_empty_lines_ask_for_nothing():
    lines = [("lora:ink", "0, 1"), ("lora:ink@only", "double, single"), ("steps", "  ")]
    assert entries.read(lines) == {"lora": {"ink": "0, 1", "ink@only": ["double", "single"]}}


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([("sead", "1")], r"axis 'sead' is not known: Did you mean 'seed'\? Allowed are"),
        ([("seed", "1"), ("seed", "2")], "seed stands in two lines"),
        ([("lora:ink", "1"), ("lora:ink", "2")], "lora:ink stands in two lines"),
        ([("lora", "ink"), ("lora:pixel", "1")], "lora stands beside lora:<name>"),
        ([("scheduler", " , ")], "scheduler=',' has no value: write one, or leave the line out"),
    ],
)
def test_lines_that_do_not_go_together_are_refused(lines, sentence):
    with pytest.raises(SweepError, match=sentence):
        entries.read(lines)


def test_lines_of_text_are_pairs_and_comments_are_passed_over():
    text = "seed = 1..4\n\n  # later\n negative_prompt = a = b \n"
    assert entries.pairs(text) == [("seed", "1..4"), ("negative_prompt", "a = b")]
    for wrong in ("seed", "= 3", "seed ="):
        with pytest.raises(SweepError, match="is no axis: write a name, '=' and its values"):
            entries.pairs(wrong)


def several(values, most=4):
    return st.lists(values, min_size=1, max_size=most, unique=True)


def some_of(*values):
    return several(st.sampled_from(values), len(values))


axes = st.fixed_dictionaries(
    {"seed": several(st.integers(0, 2**64 - 1))},
    optional={
        "steps": several(st.integers(1, 50)),
        "guidance": several(st.integers(1, 160).map(lambda n: n / 8)),
        "size": some_of("128x128", "128x160", "64x256"),
        "scheduler": some_of("euler", "unipc", "dpm++2m"),
        "max_sequence_length": some_of(16, 32),
        "negative_prompt": some_of("fog, rain = bad"),
        "true_cfg_scale": some_of(2.0, 3.5),
        "attention": some_of("native", "flex"),
        "compile": some_of(True, False),
        "model": some_of("nano", "nano-schnell"),
    },
)
strengths = several(st.floats(-2, 2, width=16).map(lambda number: number + 0.0))
loras = st.one_of(
    st.just({}),
    st.dictionaries(st.sampled_from(["ink", "pixel", "a b.safetensors", "ink@double"]), strengths, min_size=1).map(
        lambda of: {"lora": of}
    ),
    st.fixed_dictionaries({"lora": st.just(["ink", "pixel"]), "strength": strengths}),
)
prompts = several(st.sampled_from(["a {cat|dog}", "an owl", "two {red|blue} foxes = one, or so"]), 2)


@settings(max_examples=40)
@given(prompts, axes, loras)
def test_a_sweep_survives_its_way_through_a_form(prompt, values, worn):
    sweep = Sweep(prompt, **values, **worn)
    lines = entries.lines(entries.of_sweep(sweep).items())
    again = Sweep(list(sweep.template), **entries.read(entries.pairs(lines)))
    assert again == sweep


@settings(max_examples=20)
@given(
    st.integers(0, 2**64 - 1),
    st.integers(1, 50),
    st.integers(1, 200).map(lambda n: n / 10),
    st.sampled_from([{}, {"ink": 0.5}]),
)
def test_a_recipe_survives_its_way_through_a_form(seed, steps, guidance, worn):
    recipe = Recipe(
        model="nano", prompt="an owl", seed=seed, steps=steps, guidance=guidance, width=128, height=160,
        max_sequence_length=32, loras=worn,
    )  # fmt: skip
    ((_, values),) = Sweep("an owl", **entries.read(entries.of_recipe(recipe).items())).cells()
    assert Recipe(**values) == recipe
