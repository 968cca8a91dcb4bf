"""How axes combine: product across groups, zip inside a group, and which of the cells are kept."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fluxlab.errors import SweepError, nearest

#: Most cells that a sweep may have before any are left out.
CELLS_MAX = 1_000_000


@dataclass(frozen=True)
class Group:
    """Axes that advance together, one row of values after the other.

    Parameters
    ----------
    names
        The axes; a lone axis is a group of one.
    rows
        Their values, one for each name, without repetitions.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def grouped(axes: Mapping[str, Sequence[Any]], fixed: Iterable[str], zip_with: Any) -> tuple[Group, ...]:
    """The groups in the order of their first axes, with repeated rows folded.

    Parameters
    ----------
    axes
        Values by axis.
    fixed
        Names that have one value, for the messages.
    zip_with
        One tuple of axis names, or a list of such tuples.

    Raises
    ------
    SweepError
        For names that are no axis, groups of one, axes in two groups and unequal lengths.
    """
    groups = []
    zipped = _zips(zip_with)
    for names in zipped:
        _check_zip(names, axes, tuple(fixed))
    taken = [name for names in zipped for name in names]
    for name in taken:
        if taken.count(name) > 1:
            raise SweepError(f"zip names '{name}' twice: let every axis advance in one group only.")
    for name in axes:
        names = next((names for names in zipped if name in names), (name,))
        ordered = tuple(other for other in axes if other in names)
        if name == ordered[0]:
            rows = zip(*(axes[other] for other in ordered), strict=True)
            groups.append(Group(ordered, tuple(dict.fromkeys(rows))))
    count = math.prod(len(group.rows) for group in groups)
    if count > CELLS_MAX:
        parts = " x ".join(f"{len(group.rows):,} {'+'.join(group.names)}" for group in groups)
        raise SweepError(
            f"the sweep has {count:,} cells ({parts}), and at most {CELLS_MAX:,} are allowed: "
            "give fewer values, or let axes advance together with zip."
        )
    return tuple(groups)


def _zips(given: Any) -> list[tuple[str, ...]]:
    example = "write zip=[('steps', 'guidance')]"
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise SweepError(f"zip={repr(given)[:80]} is not a list of groups: {example}.")
    groups = list(given)
    if groups and all(isinstance(name, str) for name in groups):
        groups = [tuple(groups)]
    for group in groups:
        if isinstance(group, str) or not isinstance(group, Iterable):
            raise SweepError(f"zip={repr(given)[:80]} mixes names and groups: {example}.")
    found = [tuple(group) for group in groups]
    for names in found:
        if len(names) < 2:
            raise SweepError(f"zip={repr(given)[:80]} has a group of fewer than two axes: {example}.")
    return found


def _check_zip(names: tuple[str, ...], axes: Mapping[str, Sequence[Any]], fixed: tuple[str, ...]) -> None:
    for name in names:
        if name in axes:
            continue
        if name in fixed:
            raise SweepError(f"zip names '{name}', which has one value only: give it a list, or take it out of zip.")
        known = ", ".join(axes) or "none"
        # "ink" is what people write for the axis "lora:ink".
        short = [f" Did you mean '{axis}'?" for axis in axes if axis.partition(":")[2] == name]
        hint = short[0] if short else nearest(str(name), axes)
        raise SweepError(f"zip names '{name}', which is no axis:{hint} The axes are {known}.")
    if len({len(axes[name]) for name in names}) > 1:
        lengths = ", ".join(f"{name} has {len(axes[name])}" for name in names)
        raise SweepError(f"axes that advance together need as many values each, but {lengths}: make them equal.")


def row_numbers(groups: Sequence[Group], index: int) -> list[int]:
    """Which row of each group the cell at ``index`` of the product takes; the last group varies fastest."""
    numbers = []
    for group in reversed(groups):
        index, number = divmod(index, len(group.rows))
        numbers.append(number)
    return numbers[::-1]


def drawn(kept: Sequence[int], count: Any, seed: Any) -> Sequence[int]:
    """``count`` of the kept cells at random, in their old order; all of them where ``count`` is ``None``.

    Raises
    ------
    SweepError
        Where ``count`` is not between 1 and the number of cells, or ``seed`` is not a whole number.
    """
    if count is None:
        return kept
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise SweepError(f"sample={count!r} is not allowed: it must be a whole number of cells, at least 1.")
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise SweepError(f"sample_seed={seed!r} is not allowed: it must be a whole number.")
    if count > len(kept):
        raise SweepError(
            f"sample={count} is larger than the sweep, which has {len(kept):,} cells: take fewer, or leave sample out."
        )
    return tuple(sorted(random.Random(seed).sample(kept, count)))
