"""Means and spreads of small groups of cells, as an effect plot shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

Spread = Literal["none", "range", "interval"]

#: 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom.
_T = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
    2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
)  # fmt: skip
_NORMAL = 1.959964
#: Below this many values an interval for the mean says nothing; the range is shown instead.
INTERVAL_FROM = 3


@dataclass(frozen=True)
class Group:
    """The values of one group of cells in short: how many, their mean, and the ends of the spread."""

    n: int
    mean: float
    low: float
    high: float
    spread: Spread


def t_quantile(degrees: int) -> float:
    """The 97.5 % quantile of Student's t: a table up to 30 degrees of freedom, then a series in 1 / degrees.

    Raises
    ------
    ValueError
        For less than one degree of freedom.
    """
    if degrees < 1:
        raise ValueError(f"degrees={degrees} is not allowed: it must be at least 1.")
    if degrees <= len(_T):
        return _T[degrees - 1]
    z = _NORMAL
    # The first two terms of the Cornish-Fisher expansion are exact to four digits from 30 on.
    return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)


def group(values: Sequence[float]) -> Group:
    """Mean and spread: from three values on, the 95 % t-interval of the mean; for two, their range.

    Raises
    ------
    ValueError
        For no values.
    """
    if not values:
        raise ValueError("values is empty: give at least one number.")
    n, mean = len(values), fmean(values)
    if n == 1:
        return Group(1, mean, mean, mean, "none")
    if n < INTERVAL_FROM:
        return Group(n, mean, min(values), max(values), "range")
    half = t_quantile(n - 1) * stdev(values) / math.sqrt(n)
    return Group(n, mean, mean - half, mean + half, "interval")
