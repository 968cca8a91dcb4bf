"""Factors for parts of a model: their keys, which of them counts, and what is refused."""

import pytest

from fluxlab.blocks import Part, acts, canonical, checked, covers, factor, flat_loras, nested_loras, part_of, split_name

SINGLE, DOUBLE = "single_transformer_blocks", "transformer_blocks"


@pytest.mark.parametrize(
    ("component", "path", "name"),
    [
        ("transformer", f"{DOUBLE}.1.attn.to_q", "double.1"),
        ("transformer", f"{DOUBLE}.10.attn.to_q", "double.10"),
        ("transformer", f"{SINGLE}.1.attn.to_q", "single.1"),
        ("transformer", f"{SINGLE}.10.proj_out", "single.10"),
        ("transformer", f"_orig_mod.{SINGLE}.3.proj_out", "single.3"),
        ("transformer", "proj_out", "transformer (rest)"),
        ("transformer", f"other.{DOUBLE}.1.attn", "transformer (rest)"),
        ("text_encoder", f"{DOUBLE}.1.attn", "text_encoder"),
    ],
)
def test_a_module_belongs_to_one_part_whatever_its_name_contains(component, path, name):
    assert str(part_of(component, path)) == name


def test_no_key_reaches_a_block_that_only_sounds_like_it():
    parts = [Part("transformer", stream, block) for stream in ("double", "single") for block in range(20)]
    reached = lambda key: [str(part) for part in parts if covers(key, part)]  # noqa: E731  (one-line filter)
    assert reached("double.1") == ["double.1"]
    assert reached("single.1") == ["single.1"]
    assert reached("double.10-12") == ["double.10", "double.11", "double.12"]
    assert reached("double") == [f"double.{block}" for block in range(20)]
    assert reached("text_encoder") == []
    assert len(reached("transformer")) == len(reached("all")) == 40


def test_the_most_specific_key_counts():
    blocks = checked(
        {"all": 0.1, "transformer": 0.2, "double": 0.3, "double.0-9": 0.4, "double.3": 0.5, "double.2-4": 0}
    )
    of = lambda *part: factor(blocks, Part(*part))  # noqa: E731  (one-line look-up)
    assert of("text_encoder") == 0.1
    assert of("transformer") == of("transformer", "single", 3) == 0.2
    assert of("transformer", "double", 18) == 0.3
    assert of("transformer", "double", 9) == 0.4
    assert of("transformer", "double", 4) == 0
    assert of("transformer", "double", 3) == 0.5
    assert factor((), Part("transformer")) == 1


def test_one_form_for_equal_factors():
    assert checked({"single": 1, "double.03-3": 0.5}) == checked([("double.3", 0.5), ("single", 1.0)])
    assert canonical("single.00-018") == "single.0-18"
    assert str(checked({"all": -0.0})) == "(('all', 0.0),)"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"doubl": 1}, "names no part of the model with 'doubl': write all, transformer"),
        ({"only": 1}, "'only', which only the axes of a sweep know: write all"),
        ({"double.": 1}, "names no part"),
        ({"double.x": 1}, "names no part"),
        ({"double.1-": 1}, "names no part"),
        ({"double.99999": 1}, "names no part"),
        ({"double.٣": 1}, "names no part"),
        ({3: 1}, "names no part of the model with 3"),
        ({"double.4-2": 1}, "write 'double.2-4'"),
        ({"double": "1"}, "gives 'double' the factor '1': it must be a number from -10 to 10"),
        ({"double": True}, "the factor True"),
        ({"double": float("nan")}, "the factor nan"),
        ({"double": 10.5}, "the factor 10.5"),
        ({"double.1": 1, "double.01": 1}, "names 'double.1' twice"),
        ({"double.0-2": 1, "double.2-4": 1}, "two factors for double.2"),
        ({"double.0-9": 1, "double.1": 1, "double.8-17": 0}, "two factors for double.8"),
        (3, "such as {'double': 0.5}"),
        (["double"], "such as {'double': 0.5}"),
    ],
)
def test_what_is_no_factor_is_refused(given, words):
    with pytest.raises(ValueError, match=r".") as caught:
        checked(given)
    assert words in str(caught.value)


def test_names_and_keys_come_apart_and_together_again():
    assert split_name("ink@double.3") == ("ink", "double.3")
    assert split_name("a@b@single") == ("a@b", "single")
    for name in ("ink", "ink@", "@double", "me@home", "owner/name@main"):
        assert split_name(name) == (name, None)
    flat = {"ink": 0.5, "ink@double": 0.0, "wash@all": 0.3}
    nested = nested_loras(flat)
    assert nested == [
        {"name": "ink", "strength": 0.5, "blocks": {"double": 0.0}},
        {"name": "wash", "blocks": {"all": 0.3}},
    ]
    assert flat_loras([{"strength": 1.0, **use} for use in nested]) == {**flat, "wash": 1.0}


def test_a_lora_acts_unless_all_of_it_is_zero():
    assert acts(0.5, ())
    assert acts(0.5, {"double": 0, "single": 0}.items())  # there are modules outside of the blocks
    assert acts(0.5, {"all": 0, "double.3": 0.1}.items())
    assert not acts(0, {"double": 2}.items())
    assert not acts(0.5, {"all": 0, "double": 0}.items())
