import math

import pytest

from fluxlab.analysis import group, t_quantile


def test_quantiles_match_published_tables():
    assert t_quantile(1) == pytest.approx(12.706, abs=1e-3)
    assert t_quantile(30) == pytest.approx(2.0423, abs=1e-4)
    # From printed tables, where the series has taken over.
    assert t_quantile(40) == pytest.approx(2.0211, abs=1e-4)
    assert t_quantile(60) == pytest.approx(2.0003, abs=1e-4)
    assert t_quantile(1000) == pytest.approx(1.9623, abs=1e-4)


def test_quantiles_fall_without_a_step_where_the_series_begins():
    found = [t_quantile(n) for n in range(1, 60)]
    assert found == sorted(found, reverse=True)
    assert t_quantile(30) - t_quantile(31) == pytest.approx(t_quantile(29) - t_quantile(30), abs=5e-4)


def test_the_interval_is_the_textbook_one():
    found = group([1.0, 2.0, 3.0, 4.0])
    half = 3.1824 * math.sqrt(5 / 3) / 2
    assert (found.n, found.mean, found.spread) == (4, 2.5, "interval")
    assert found.high == pytest.approx(2.5 + half, abs=1e-4)
    assert found.low == pytest.approx(2.5 - half, abs=1e-4)


def test_two_values_have_a_range_and_one_has_no_spread():
    two, one = group([1.0, 3.0]), group([7.0])
    assert (two.mean, two.low, two.high, two.spread) == (2, 1, 3, "range")
    assert (one.low, one.mean, one.high, one.spread) == (7, 7, 7, "none")


def test_nothing_has_no_mean():
    with pytest.raises(ValueError, match="empty"):
        group([])
    with pytest.raises(ValueError, match="at least 1"):
        t_quantile(0)
