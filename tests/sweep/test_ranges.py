"""Range strings: what they stand for, and where a malformed one is wrong."""

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fluxlab.errors import SweepError
from fluxlab.sweep import parse_range

NUMBERS = st.integers(-(10**6), 10**6).map(lambda n: n / 1000)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("4", [4]),
        ("4, 8,16", [4, 8, 16]),
        ("1..4", [1, 2, 3, 4]),
        ("4..1", [4, 3, 2, 1]),
        ("-2..1", [-2, -1, 0, 1]),
        ("2..2", [2]),
        ("1, 2, .., 10", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        ("1,2,...,5", [1, 2, 3, 4, 5]),
        ("1, 2, …, 5", [1, 2, 3, 4, 5]),
        ("10, 7, .., 1", [10, 7, 4, 1]),
        ("0, 4, .., 10", [0, 4, 8]),
        ("1..9 (+4)", [1, 5, 9]),
        ("9..1 (-4)", [9, 5, 1]),
        ("1..10 [5]", [1, 3, 6, 8, 10]),  # 3.25, 5.5 and 7.75 to the nearest whole number
        ("1..3, 8, 16..14", [1, 2, 3, 8, 16, 15, 14]),
        ("1e2", [100]),
        ("18446744073709551613..18446744073709551615", [2**64 - 3, 2**64 - 2, 2**64 - 1]),
    ],
)
def test_whole_numbers(text, values):
    found = parse_range(text, field="seed", whole=True)
    assert list(found) == values
    assert all(type(value) is int for value in found)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0..1 (+0.1)", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ("0.1, 0.2, .., 0.6", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
        ("1..10 [5]", [1, 3.25, 5.5, 7.75, 10]),
        ("1..0 [3]", [1, 0.5, 0]),
        ("0..1 [4]", [0, 1 / 3, 2 / 3, 1]),
        ("0.5..3", [0.5, 1.5, 2.5]),
        (".5, 1.5e0", [0.5, 1.5]),
    ],
)
def test_fractions_without_binary_fuzz(text, values):
    found = parse_range(text)
    assert list(found) == values
    assert all(type(value) is float for value in found)


@pytest.mark.parametrize(
    ("text", "character", "reason"),
    [
        ("1..", 4, "must follow '..'"),
        ("1-10", 2, "a range is written '1..4'"),
        ("1,,2", 3, "a number must stand here"),
        ("1, 2,", 6, "a number must stand here"),
        ("4, eight", 4, "'e' cannot be read"),
        ("1, .., 4", 4, "two numbers must stand before"),
        ("1, 2, ..", 9, "the last number must follow"),
        ("1, 1, .., 4", 11, "must not be 0"),
        ("3, 2, .., 4", 11, "leads away from 4"),
        ("1...4", 2, "two dots"),
        ("1..4 [1]", 7, "at least 2"),
        ("1..4 (+0)", 7, "must not be 0"),
        ("1..4 (-1)", 7, "leads away from 4"),
        ("1..4 [2] (+1)", 11, "comma or the end"),
        ("1..4 [2.5]", 6, "cannot be read"),
        ("1.5", 1, "1.5 is not a whole number"),
        ("8, 0..1 (+0.5)", 10, "0.5 is not a whole number"),
        ("1..99999999999", 1, "10,000 values"),
        ("0..1e99 [9999999]", 1, "10,000 values"),
        ("1" * 50, 1, "digits"),
        ("٣", 1, "cannot be read"),
    ],
)
def test_malformed_ranges_give_the_place(text, character, reason):
    with pytest.raises(SweepError) as caught:
        parse_range(text, field="steps", whole=True)
    message = str(caught.value)
    assert f"at character {character}:" in message
    assert reason in message
    assert repr(text) in message
    assert "'1..10 [5]'" in message  # says how it is written


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_range_is_refused(text):
    with pytest.raises(SweepError, match="is empty"):
        parse_range(text, field="steps")


def test_a_long_text_is_shown_around_the_place():
    with pytest.raises(SweepError) as caught:
        parse_range(", ".join(["1"] * 2000) + ", oops", field="steps")
    assert "oops" in str(caught.value)
    assert len(str(caught.value)) < 300


@settings(deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_any_list_of_numbers_comes_back(numbers):
    assert parse_range(", ".join(map(repr, numbers))) == tuple(numbers)


@settings(deadline=None)
@given(st.integers(0, 2**64 - 1), st.integers(-500, 500))
def test_a_range_of_seeds_is_pythons_range(first, distance):
    last = first + distance
    assume(0 <= last < 2**64)
    step = 1 if distance >= 0 else -1
    assert parse_range(f"{first}..{last}", whole=True) == tuple(range(first, last + step, step))


@settings(deadline=None)
@given(NUMBERS, NUMBERS, st.integers(2, 200))
def test_evenly_spaced_values_have_both_ends_and_equal_gaps(first, last, count):
    values = parse_range(f"{first}..{last} [{count}]")
    assert (len(values), values[0], values[-1]) == (count, first, last)
    gaps = [b - a for a, b in pairwise(values)]
    assert max(gaps) - min(gaps) < 1e-9


@settings(deadline=None)
@given(st.text(max_size=30) | st.text("0123456789.,-+[]() e…x", max_size=30), st.booleans())
def test_any_text_gives_numbers_or_a_sweep_error(text, whole):
    try:
        values = parse_range(text, field="steps", whole=whole)
    except SweepError as error:
        assert "steps=" in str(error)  # noqa: PT017  (either outcome is right)
    else:
        assert 1 <= len(values) <= 10_000
        assert {type(value) for value in values} == {int if whole else float}
