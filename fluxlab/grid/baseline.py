"""The baseline: the cell that `distance` is measured from."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fluxlab.analysis.measures import distance_between
from fluxlab.errors import CatalogError
from fluxlab.grid.cells import GridCell
from fluxlab.grid.labels import clean, frozen, value_text
from fluxlab.grid.layout import bundles
from fluxlab.lora_axes import LORA, STRENGTH, takes_parts


@dataclass(frozen=True)
class Baseline:
    """An axis and the value of it that counts as "nothing done"."""

    axis: str
    value: Any

    def __str__(self) -> str:
        return f"{clean(self.axis)} = {value_text(self.value, 30)}"


def baseline_axis(axes: Mapping[str, tuple[Any, ...]]) -> str | None:
    """The axis that distance is measured along when nobody says: a LoRA with strength 0, else a number, else the first.

    A seed is no such axis while there is another: its values have no order.
    """
    several = {axis: values for axis, values in axes.items() if len(values) > 1}
    for axis, values in several.items():
        if _is_strength(axis) and 0 in values:
            return axis
    return first_numeric(several) or next(iter(several), None)


def first_numeric(axes: Mapping[str, tuple[Any, ...]]) -> str | None:
    """The first axis of numbers, the seed last."""
    numeric = [a for a, values in axes.items() if len(values) > 1 and all(_is_number(v) for v in values)]
    return next((a for a in numeric if a != "seed"), numeric[0] if numeric else None)


def baseline_of(axis: str, axes: Mapping[str, tuple[Any, ...]]) -> Baseline:
    """The value to measure from: strength 0 on a LoRA's axis that has it, otherwise the axis' first value."""
    values = axes[axis]
    if _is_strength(axis) and 0 in values:
        return Baseline(axis, next(v for v in values if v == 0))
    return Baseline(axis, values[0])


def distances(cells: Sequence[GridCell], axes: Mapping[str, tuple[Any, ...]], baseline: Baseline) -> list[float]:
    """For each cell the distance to the finished cell at the baseline that agrees in all other axes.

    Axes that advance together with the baseline's axis change along with it. NaN where either image is missing, or
    where their sizes differ.
    """
    together = next((b.axes for b in bundles(axes, cells) if baseline.axis in b.axes), (baseline.axis,))
    others = [axis for axis in axes if axis not in together]

    def rest(cell: GridCell) -> tuple[Hashable, ...]:
        return tuple(frozen(cell.coords[axis]) for axis in others)

    start = frozen(baseline.value)
    bases = {rest(c): c.finished for c in cells if frozen(c.coords[baseline.axis]) == start}
    out = []
    for cell in cells:
        base = bases.get(rest(cell))
        try:
            known = cell.finished is not None and base is not None
            out.append(distance_between(cell.finished, base) if known else float("nan"))  # type: ignore[arg-type]  # known
        except (CatalogError, OSError):
            # The file is gone: the cell has no distance.
            out.append(float("nan"))
    return out


def _is_strength(axis: str) -> bool:
    """Whether 0 on this axis means no LoRA, or none of it in a part of the model."""
    return axis == STRENGTH or (axis.startswith(LORA) and not takes_parts(axis))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
