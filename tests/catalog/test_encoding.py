"""Values survive JSON bit for bit, or are refused."""

import math
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxlab.catalog.encoding import DEPTH_MAX, clean, dump, load
from fluxlab.errors import CatalogError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.sampled_from(["$float", "$object"]), inner)
    ),
    max_leaves=12,
)


def same(one, two):
    """Equal in type and value; NaN equals NaN."""
    if isinstance(one, dict):
        return isinstance(two, dict) and one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return isinstance(two, list) and len(one) == len(two) and all(map(same, one, two))
    return repr(one) == repr(two)


@settings(max_examples=60)
@given(VALUES)
def test_plain_values_come_back(value):
    text = dump(value)
    assert same(load(text), value)
    assert same(clean(value), value)
    assert dump(load(text)) == text
    text.encode("utf-8")


def test_mappings_keep_their_values_whatever_their_keys():
    value = {"a": math.inf, "b": {"$float": "nan"}, "c": {"$object": {"$float": 1}}, "d": -0.0}
    assert load(dump(value)) == value
    assert math.isnan(load(dump(math.nan)))


def test_a_lone_surrogate_is_escaped():
    assert dump("a\ud800b") == '"a\\ud800b"'
    assert load(dump("a\ud800b")) == "a\ud800b"


def test_numpy_and_other_values_become_python():
    class Kind(Enum):
        DEV = "dev"

    value = {
        "int": np.int64(2**62),
        "uint": np.uint64(2**64 - 1),
        "float": np.float32(0.5),
        "nan": np.float64("nan"),
        "bool": np.bool_(True),
        "array": np.array([[1, 2]]),
        "enum": Kind.DEV,
        "tuple": (1, {2}),
        "path": Path("a"),
        "time": datetime(2026, 1, 2, tzinfo=UTC),
    }
    back = load(dump(value))
    assert math.isnan(back.pop("nan"))
    assert back == {
        "int": 2**62,
        "uint": 2**64 - 1,
        "float": 0.5,
        "bool": True,
        "array": [[1, 2]],
        "enum": "dev",
        "tuple": [1, [2]],
        "path": "a",
        "time": "2026-01-02T00:00:00+00:00",
    }
    assert back["bool"] is True


def test_what_json_cannot_hold_is_refused_in_a_sentence():
    deep = []
    for _ in range(DEPTH_MAX + 1):
        deep = [deep]
    for bad in (deep, object(), b"bytes", 10**5000):
        with pytest.raises(CatalogError, match=r"record.*\.$"):
            dump(bad)
    for bad in ("{", "[" * 100_000, "9" * 5000):
        with pytest.raises(CatalogError, match="not readable JSON"):
            load(bad)
