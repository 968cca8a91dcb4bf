"""Sweeps: axes, designs, seeds, and the sentences for bad input."""

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxlab.errors import FluxlabError, SweepError
from fluxlab.sweep import Sweep


def coords(sweep):
    return [cell for cell, _ in sweep.cells()]


def values(sweep):
    return [cell for _, cell in sweep.cells()]


def test_product_with_the_first_axis_slowest():
    sweep = Sweep("a {cat|dog}", seed=[1, 2], steps="4, 8")
    assert sweep.axes == {"prompt": ("a cat", "a dog"), "seed": (1, 2), "steps": (4, 8)}
    assert len(sweep) == 8
    assert [tuple(cell.values()) for cell in coords(sweep)][:3] == [("a cat", 1, 4), ("a cat", 1, 8), ("a cat", 2, 4)]
    assert values(sweep)[-1] == {"prompt": "a dog", "seed": 2, "steps": 8}


def test_axes_keep_the_order_given():
    sweep = Sweep("a {red|blue} cat", steps=[4, 8], lora={"ink": [0, 1]}, seed=[1, 2], replace={"cat": ["cat", "dog"]})
    assert list(sweep.axes) == ["prompt", "steps", "lora:ink", "seed", "replace:cat"]


@pytest.mark.parametrize(
    "given_values",
    [[1, 2, 3], (1, 2, 3), range(1, 4), np.array([1, 2, 3]), np.arange(1.0, 4.0), "1..3", ["1..2", 3], iter([1, 2, 3])],
)
def test_values_come_as_lists_arrays_and_ranges(given_values):
    sweep = Sweep("x", seed=1, steps=given_values)
    assert sweep.axes == {"steps": (1, 2, 3)}
    assert all(type(value) is int for value in sweep.axes["steps"])


def test_scalars_fix_and_one_value_is_no_axis():
    sweep = Sweep("a cat", seed=np.int64(7), steps="4", guidance=[3.5], size="128×160", lora={"ink": 0.5}, model="nano")
    assert sweep.axes == {}
    assert sweep.cells() == [({}, sweep.values)]
    assert sweep.values == {
        "prompt": "a cat", "seed": 7, "steps": 4, "guidance": 3.5, "width": 128, "height": 160,
        "loras": {"ink": 0.5}, "model": "nano",
    }  # fmt: skip


def test_none_leaves_a_parameter_to_the_model():
    assert "guidance" not in Sweep("x", seed=1, guidance=None).values
    assert Sweep("x", seed=1, guidance=[None, 2]).axes["guidance"] == (None, 2.0)


def test_sizes_set_both_sides():
    for given_values in ["128x128, 128x160", ["128x128", (128, 160)], np.array([[128, 128], [128, 160]])]:
        sweep = Sweep("x", seed=1, size=given_values)
        assert sweep.axes == {"size": ("128x128", "128x160")}
        assert [(cell["width"], cell["height"]) for cell in values(sweep)] == [(128, 128), (128, 160)]
    assert Sweep("x", seed=1, size=(128, 160)).values["height"] == 160


def test_loras_multiply_and_mix_with_fixed_ones():
    sweep = Sweep("x", seed=1, lora={"ink": [0, 1], "wash": "0..1 [3]", "line": 0.7})
    assert sweep.axes == {"lora:ink": (0.0, 1.0), "lora:wash": (0.0, 0.5, 1.0)}
    assert len(sweep) == 6
    assert values(sweep)[1]["loras"] == {"line": 0.7, "ink": 0.0, "wash": 0.5}
    assert Sweep("x", seed=1, lora="ink").values["loras"] == {"ink": 1.0}
    assert Sweep("x", seed=1, loras={"ink": 0.5}).values["loras"] == {"ink": 0.5}


def test_replace_keeps_the_needle_as_label():
    for replace in ({"blue": ["blue", "red"]}, ["blue", "red"]):
        sweep = Sweep("a blue cat, blue sky", seed=1, replace=replace)
        assert sweep.axes == {"replace:blue": ("blue", "red")}
        assert [cell["prompt"] for cell in values(sweep)] == ["a blue cat, blue sky", "a red cat, red sky"]


def test_replacements_do_not_chain():
    sweep = Sweep("a cat and a dog", seed=1, replace={"cat": "dog", "dog": ["dog", "cat"]})
    assert [cell["prompt"] for cell in values(sweep)] == ["a dog and a dog", "a dog and a cat"]


def test_the_longer_of_two_needles_wins():
    sweep = Sweep("a blue sky", seed=1, replace={"blue": "red", "blue sky": "forest"})
    assert sweep.values["prompt"] == "a forest"


def test_a_seed_is_drawn_once_and_recorded():
    sweep = Sweep("x", steps=[4, 8])
    seed = sweep.values["seed"]
    assert 0 <= seed < 2**53
    assert {cell["seed"] for cell in values(sweep)} == {seed}
    assert sweep.seed_drawn
    assert "seed drawn" in repr(sweep)
    assert len({Sweep("x").values["seed"] for _ in range(5)}) == 5
    assert not Sweep("x", seed=0).seed_drawn
    assert Sweep("x", seed=0).values["seed"] == 0


def test_large_seeds_keep_every_digit():
    assert Sweep("x", seed=f"{2**64 - 2}..{2**64 - 1}").axes["seed"] == (2**64 - 2, 2**64 - 1)


def test_duplicates_are_folded():
    sweep = Sweep(["a {cat|dog}", "a cat"], seed=[1, 1, 2, 1], guidance=[1, 1.0], size=["128x128", (128, 128)])
    assert sweep.axes == {"prompt": ("a cat", "a dog"), "seed": (1, 2)}
    assert sweep.values["guidance"] == 1.0


def test_zip_advances_together_and_multiplies_with_the_rest():
    sweep = Sweep("x", steps=[4, 8, 16], seed=[1, 2], guidance=[1, 2, 3], zip=[("guidance", "steps")])
    assert len(sweep) == 6
    assert [(cell["steps"], cell["seed"], cell["guidance"]) for cell in coords(sweep)] == [
        (4, 1, 1.0), (4, 2, 1.0), (8, 1, 2.0), (8, 2, 2.0), (16, 1, 3.0), (16, 2, 3.0),
    ]  # fmt: skip
    assert list(sweep.axes) == ["steps", "seed", "guidance"]


def test_zip_folds_rows_and_not_columns():
    sweep = Sweep("x", seed=1, steps=[4, 4, 8, 4], guidance=[1, 2, 1, 1], zip=("steps", "guidance"))
    assert [tuple(cell.values()) for cell in coords(sweep)] == [(4, 1.0), (4, 2.0), (8, 1.0)]
    assert sweep.axes == {"steps": (4, 8), "guidance": (1.0, 2.0)}


def test_zip_with_a_column_that_never_changes():
    sweep = Sweep("x", seed=1, steps=[4, 4], guidance=[1, 2], zip=("steps", "guidance"))
    assert sweep.axes == {"guidance": (1.0, 2.0)}
    assert sweep.values["steps"] == 4


def test_where_sees_coordinates_and_values():
    seen = []
    sweep = Sweep(
        "a {cat|dog}", seed=1, size="128x160", lora={"ink": [0, 1]}, where=lambda v: seen.append(v) or v["lora:ink"]
    )
    assert len(sweep) == 2
    assert seen[0] == {
        "prompt": "a cat", "lora:ink": 0.0, "seed": 1, "width": 128, "height": 160, "loras": {"ink": 0.0},
    }  # fmt: skip
    assert "2 left out" in repr(sweep)


def test_sample_is_a_repeatable_subset_in_order():
    whole = coords(Sweep("x", seed="1..20", steps="1..10", where=lambda v: v["seed"] > 5))
    first = coords(Sweep("x", seed="1..20", steps="1..10", where=lambda v: v["seed"] > 5, sample=12, sample_seed=3))
    again = coords(Sweep("x", seed="1..20", steps="1..10", where=lambda v: v["seed"] > 5, sample=12, sample_seed=3))
    other = coords(Sweep("x", seed="1..20", steps="1..10", where=lambda v: v["seed"] > 5, sample=12, sample_seed=4))
    assert first == again != other
    assert len(first) == 12
    assert [cell for cell in whole if cell in first] == first


def test_a_sample_of_a_million_cells_costs_nothing():
    assert len(Sweep("x", seed="1..1000", steps="1..1000", sample=5).cells()) == 5


BAD = [
    ({"sed": 1}, ["'sed'", "Did you mean 'seed'?"]),
    ({"num_inference_steps": 4}, ["Did you mean 'steps'?"]),
    ({"xyzzy": 4}, ["'xyzzy'", "Allowed are model"]),
    ({"steps": []}, ["steps=[] is empty", "leave steps out"]),
    ({"steps": np.array([])}, ["is empty"]),
    ({"steps": "4, x"}, ["steps='4, x'", "at character 4"]),
    ({"steps": [4, "1.."]}, ["steps='1..'", "at character 4"]),
    ({"steps": [4, 0]}, ["steps=0", "at least 1"]),
    ({"steps": [[1, 2], [3, 4]]}, ["steps=[1, 2]", "whole number"]),
    ({"steps": {1, 2}}, ["steps={1, 2}", "order"]),
    ({"steps": {"a": 1}}, ["steps={'a': 1}", "list"]),
    ({"steps": range(10**12)}, ["more than 10,000 values"]),
    ({"steps": (n for n in iter(int, 1))}, ["more than 10,000 values"]),
    ({"seed": 2**64}, ["seed=18446744073709551616", "from 0 to"]),
    ({"seed": -1}, ["seed=-1", "from 0 to 18446744073709551615", "leave seed out"]),
    ({"seed": [1, -1]}, ["seed=-1", "leave seed out"]),
    ({"seed": True}, ["bool"]),
    ({"guidance": [1, float("nan")]}, ["guidance=nan", "finite"]),
    ({"scheduler": ["euler", "eulr"]}, ["'eulr'", "Did you mean 'euler'?"]),
    ({"size": "128"}, ["size='128'", "'128x160'"]),
    ({"size": [128, 160]}, ["size=128", "(128, 160)"]),
    ({"size": "100x128"}, ["width=100", "multiple of 16"]),
    ({"size": "128x128", "width": 64}, ["size and width", "one or the other"]),
    ({"lora": [3]}, ["lora=[3]", "{'ink': [0, 0.5, 1]}"]),
    ({"lora": {"ink": [0, 11]}}, ["lora:ink=11", "at most 10"]),
    ({"lora": {"ink": "0..x"}}, ["lora:ink='0..x'", "at character 4"]),
    ({"replace": {"blue": ["red"]}}, ["'blue'", "no prompt", "'a cat'"]),
    ({"replace": {"": ["red"]}}, ["searches for nothing"]),
    ({"replace": "cat"}, ["replace='cat'", "needle first"]),
    ({"replace": {"cat": [1]}}, ["replace:cat=1", "not text"]),
    ({"steps": [1, 2], "guidance": [1, 2, 3], "zip": [("steps", "guidance")]}, ["steps has 2, guidance has 3"]),
    ({"steps": [1, 2], "zip": [("steps", "guidance")]}, ["'guidance'", "no axis", "steps"]),
    ({"steps": [1, 2], "guidance": 3, "zip": [("steps", "guidance")]}, ["'guidance'", "one value only"]),
    ({"steps": [1, 2], "lora": {"ink": [0, 1]}, "zip": [("steps", "ink")]}, ["Did you mean 'lora:ink'?"]),
    ({"steps": [1, 2], "zip": [("steps",)]}, ["fewer than two axes"]),
    ({"steps": [1, 2], "zip": [("steps", "steps")]}, ["'steps' twice"]),
    ({"steps": [1, 2], "zip": "steps"}, ["zip='steps'", "list of groups"]),
    ({"steps": [1, 2], "zip": 3}, ["zip=3", "list of groups"]),
    ({"steps": [1, 2], "zip": ["steps", ("steps", "seed")]}, ["mixes"]),
    ({"steps": [1, 2], "where": 5}, ["where=5 is no condition", "lambda"]),
    ({"steps": [1, 2], "where": lambda _: None}, ["keeps none of the 2 cells"]),
    ({"steps": [1, 2], "where": lambda v: v["sed"]}, ["KeyError: 'sed'", "steps=1", "steps, prompt, seed"]),
    ({"steps": [1, 2], "sample": 3}, ["sample=3", "has 2 cells"]),
    ({"steps": [1, 2], "sample": 0}, ["sample=0", "at least 1"]),
    ({"steps": [1, 2], "sample": 1, "sample_seed": None}, ["sample_seed=None", "whole number"]),
    ({"seed": "1..5000", "steps": "1..1000"}, ["5,000,000 cells", "1,000,000"]),
]


@pytest.mark.parametrize(("keywords", "words"), BAD)
def test_bad_input_is_refused_with_one_sentence(keywords, words):
    with pytest.raises(SweepError) as caught:
        Sweep("a cat", **{"seed": 1, **keywords})
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message
    assert len(message) < 400


@pytest.mark.parametrize("prompt", [3, [], ["a", 3], None, "a {cat", "a\ud800"])
def test_bad_prompts_are_refused(prompt):
    with pytest.raises(FluxlabError, match="prompt="):
        Sweep(prompt, seed=1)


def full():
    return Sweep(
        "a {cat|dog} on <b>blue</b>", steps=[4, 8, 8], guidance="1..3", seed=[2**64 - 1, 0],
        size=["128x128", (128, 160)], lora={"ink": [0, 0.5]}, replace=["blue", "red"], zip=("steps", "guidance"),
        where=lambda v: v["seed"] or v["steps"] == 4, sample=30, sample_seed=9,
    )  # fmt: skip


def test_json_comes_back_as_the_same_sweep():
    sweep = full()
    again = Sweep.from_json(sweep.to_json())
    assert again == sweep
    assert hash(again) == hash(sweep)
    assert (again.axes, again.values, again.cells()) == (sweep.axes, sweep.values, sweep.cells())
    assert again.to_json() == sweep.to_json()
    assert repr(again) == repr(sweep)


def test_json_records_the_drawn_seed():
    sweep = Sweep("x")
    again = Sweep.from_json(sweep.to_json())
    assert again.values == sweep.values
    assert again.seed_drawn


@settings(deadline=None)
@given(
    steps=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    guidance=st.lists(st.floats(0, 100), min_size=1, max_size=3),
    strengths=st.lists(st.floats(-10, 10), min_size=1, max_size=3),
    prompts=st.lists(st.sampled_from(["a", "{b|c}", "é 😀"]), min_size=1, max_size=3),
)
def test_cells_are_distinct_and_survive_json(steps, guidance, strengths, prompts):
    sweep = Sweep(prompts, steps=steps, guidance=guidance, lora={"ink": strengths})
    found = [json.dumps(cell, sort_keys=True) for cell in values(sweep)]
    assert len(found) == len(sweep)
    assert Sweep.from_json(sweep.to_json()).cells() == sweep.cells()


def test_json_that_is_no_sweep_is_refused():
    text = full().to_json()
    data = json.loads(text)
    for broken in [
        "", "null", "[]", "{}", "3", '{"format":1}', "[" * 100_000, text[:-5],
        json.dumps({**data, "format": 99}),
        json.dumps({**data, "kept": [10**9]}),
        json.dumps({**data, "sample": 10**6}),
        json.dumps({**data, "fixed": {"seed": -5}}),
        json.dumps({**data, "fixed": {"__class__": 1}}),
        json.dumps({**data, "axes": ["nothing"]}),
    ]:  # fmt: skip
        with pytest.raises(SweepError) as caught:
            Sweep.from_json(broken)
        assert "\n" not in str(caught.value)


def test_html_escapes_and_inherits_colours():
    html = full()._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert "color:inherit" in html
    assert "#" not in html.replace("&#x27;", "")  # no colour of its own


def test_repr_says_what_varies():
    text = repr(full())
    assert text.startswith("Sweep of 30 cells: prompt (2) × steps+guidance (3) × seed (2) × size (2)")
    assert repr(Sweep("x", seed=1)) == "Sweep of 1 cell: no axis; fixed: prompt='x', seed=1"


def test_importing_sweep_loads_nothing_heavy():
    heavy = ("torch", "pandas", "numpy", "dynamicprompts")
    code = f"import sys, fluxlab.sweep; print([name for name in {heavy} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
