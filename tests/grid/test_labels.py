import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxlab.grid.labels import clean, frozen, listed, shorten, value_labels, value_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.5, "3.5"),
        (1.0, "1"),
        (0.1 + 0.2, "0.30000000000000004"),
        (None, "none"),
        (True, "yes"),
        (2**64 - 1, "18446744073709551615"),
        ([128, 160], "128 x 160"),
        ([1.0, 0.5], "1, 0.5"),
        ({"ink": 0.5}, "ink 0.5"),
        ("", "(empty)"),
        ("a\ncat", "a cat"),
    ],
)
def test_values_are_written_as_people_write_them(value, text):
    assert value_text(value) == text


def test_characters_that_turn_text_around_are_shown_by_their_number():
    assert clean("a\u202egnp.exe\x00\ud800") == "a⟨U+202E⟩gnp.exe⟨U+0000⟩⟨U+D800⟩"
    assert clean("猫 🐱 قطة") == "猫 🐱 قطة"


def test_long_texts_that_begin_alike_keep_different_labels():
    start = "a very long prompt " * 20
    labels = value_labels([start + "cat", start + "dog", "short"], 40)
    assert len(set(labels)) == 3
    assert all(len(label) <= 45 for label in labels)


@settings(deadline=None)
@given(st.lists(st.one_of(st.integers(), st.floats(allow_nan=False), st.text()), unique_by=repr, max_size=8))
def test_no_two_different_values_wear_the_same_label_beside_each_other(values):
    labels = value_labels(values, 20)
    kinds = {}
    for value, label in zip(values, labels, strict=True):
        kinds.setdefault(label, set()).add(frozen(value) if not isinstance(value, str) else value)
    assert all(len(found) == 1 for found in kinds.values())


def test_a_million_letters_are_cut_before_they_are_read():
    assert len(value_text("x" * 1_000_000)) == 80
    assert shorten("abc", 3) == "abc"
    assert shorten("abcd", 3) == "ab…"


def test_a_value_that_looks_like_a_number_of_ours_does_not_collide():
    labels = value_labels([True, "yes", "[1] yes"])
    assert len(set(labels)) == 3


def test_lists_read_like_sentences():
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(list("abcdef"), 2) == "a, b and 4 more"


def test_values_are_found_by_what_they_mean():
    assert frozen(1) == frozen(1.0)
    assert frozen([1, 2]) == frozen((1, 2))
    assert frozen({"a": 1}) == frozen({"a": 1.0})
    assert frozen(True) != frozen(1)
