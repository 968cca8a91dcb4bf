"""Groups of cells that differ along one direction only: the ones that may be compared."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from fluxlab.grid.cells import GridCell
from fluxlab.grid.layout import Bundle, bundles


def along(cells: Sequence[GridCell], axes: Mapping[str, tuple[Any, ...]]) -> list[tuple[Bundle, list[list[GridCell]]]]:
    """For each direction, the groups of cells that agree in everything else.

    Parameters
    ----------
    cells
        The cells of a grid.
    axes
        Axis names and values.
    """
    out = []
    for bundle in bundles(axes, cells):
        groups: dict[tuple[Hashable, ...], list[GridCell]] = {}
        others = [Bundle((axis,), ()) for axis in axes if axis not in bundle.axes]
        for cell in cells:
            groups.setdefault(tuple(o.place(cell.coords) for o in others), []).append(cell)
        out.append((bundle, list(groups.values())))
    return out
