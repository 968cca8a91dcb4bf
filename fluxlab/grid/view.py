"""`Grid`: generations side by side, along two axes or more."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.errors import GridError, nearest
from fluxlab.grid.cells import GridCell
from fluxlab.grid.dead import DeadAxis, dead_axes, notes
from fluxlab.grid.folded import FoldedAxis
from fluxlab.grid.labels import coords_text, frozen, listed, strengths, value_text
from fluxlab.grid.layout import Layout, choose
from fluxlab.lora_axes import is_set

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

HOVER_MAX = 700


@dataclass(frozen=True, eq=False)
class Grid:
    """Generations side by side.

    As the last value of a notebook's cell it shows itself as HTML without scripts, which stays readable without a
    kernel. Change what stands where with `view`, and take it elsewhere with `df`, `plot`, `save_html` and
    `contact_sheet`.

    Parameters
    ----------
    axes
        Axis name to its values, in the order of the sweep.
    cells
        The places of the grid; each has a value for every axis.
    title
        Heading.
    summary
        One line below it; left out, it counts the cells by status.
    rows, columns, tabs
        Axes to use there; the rest is chosen: see `view`.

    Attributes
    ----------
    dead : tuple[DeadAxis | FoldedAxis, ...]
        Axes along which different recipes gave the same pixels, or are one to the model.
    notes : dict[int, tuple[str, ...]]
        What single cells have to say of their likeness to others, by cell index.
    layout : Layout
        Where every axis goes.
    fixed : dict[str, Any]
        Parameters that all cells share.

    Raises
    ------
    GridError
        For a cell that lacks an axis or has a value that is not on it, and for two different cells at one place.
    """

    axes: dict[str, tuple[Any, ...]]
    cells: tuple[GridCell, ...]
    title: str = ""
    summary: str = ""
    rows: str | None = None
    columns: str | None = None
    tabs: tuple[str, ...] = ()
    layout: Layout = field(init=False, repr=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "axes", {axis: tuple(values) for axis, values in self.axes.items()})
        put(self, "cells", _checked(self.axes, self.cells))
        put(self, "tabs", tuple(self.tabs))
        put(self, "layout", choose(self.axes, self.cells, self.rows, self.columns, self.tabs))
        if not self.summary:
            put(self, "summary", _summary(self.cells))

    @cached_property
    def dead(self) -> tuple[DeadAxis | FoldedAxis, ...]:
        """Axes along which different recipes gave the same pixels, or are one to the model."""
        return dead_axes(self.cells, self.axes)

    @cached_property
    def notes(self) -> dict[int, tuple[str, ...]]:
        """What single cells have to say of their likeness to others, by cell index."""
        return notes(self.cells, self.axes)

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """Parameters that all cells share, without those that are empty."""
        recipes = [cell.parameters for cell in self.cells if cell.parameters]
        if not recipes:
            return {}
        same = {
            n: v for n, v in recipes[0].items() if n not in self.axes and all(n in r and r[n] == v for r in recipes)
        }
        worn = [strengths(recipe.get("loras")) for recipe in recipes]
        same["loras"] = {
            name: strength
            for name, strength in worn[0].items()
            if not is_set(name, self.axes) and all(loras.get(name) == strength for loras in worn)
        }
        return {
            name: value
            for name, value in same.items()
            if value not in (None, {}) and (name, value) != ("true_cfg_scale", 1.0)
        }

    def view(self, rows: str | None = None, columns: str | None = None, tabs: str | Sequence[str] = ()) -> Grid:
        """The same cells with other axes as rows, columns and tabs.

        Parameters
        ----------
        rows, columns
            Axes to use; one left out is chosen: columns get the axis of numbers with most values, rows the next, the
            seed after what is compared over seeds, long texts last.
        tabs
            Axes to flip through in place; all others are sections one below the other.

        Returns
        -------
        Grid
            A new grid.

        Raises
        ------
        GridError
            For an unknown axis, or one that is asked for twice.
        """
        return replace(self, rows=rows, columns=columns, tabs=(tabs,) if isinstance(tabs, str) else tuple(tabs))

    def cell(self, coords: Mapping[str, Any] | None = None, /, **more: Any) -> GridCell:
        """The one cell with these coordinates: ``grid.cell(seed=1)`` or ``grid.cell({"lora:ink": 0.5}, seed=1)``.

        Raises
        ------
        GridError
            For an unknown axis or value, or when not exactly one cell has these coordinates.
        """
        wanted = {**(coords or {}), **more}
        for axis, value in wanted.items():
            if axis not in self.axes:
                known = ", ".join(self.axes) or "none"
                raise GridError(
                    f"axis '{axis}' is not in this grid:{nearest(str(axis), self.axes)} Its axes are {known}."
                )
            if frozen(value) not in {frozen(v) for v in self.axes[axis]}:
                known = listed([value_text(v, 40) for v in self.axes[axis]], 12)
                raise GridError(f"{axis}={value_text(value)} is not in this grid: its values are {known}.")
        found = [c for c in self.cells if all(frozen(c.coords[a]) == frozen(v) for a, v in wanted.items())]
        if len(found) != 1:
            where = coords_text(wanted) or "no coordinates"
            open_axes = [axis for axis, values in self.axes.items() if axis not in wanted and len(values) > 1]
            todo = f"give {listed(open_axes)} too" if found and open_axes else "the sweep left this place out"
            raise GridError(f"{len(found)} cells match {where}: {todo}.")
        return found[0]

    def __getitem__(self, place: Any) -> GridCell:
        if isinstance(place, Mapping):
            return self.cell(place)
        values = place if isinstance(place, tuple) else (place,)
        if len(values) > len(self.axes):
            raise GridError(f"{len(values)} coordinates are too many: the axes are {', '.join(self.axes) or 'none'}.")
        return self.cell(dict(zip(self.axes, values, strict=False)))

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        axes = ", ".join(f"{axis} ({len(values)})" for axis, values in self.axes.items())
        lines = [f"<Grid {axes or 'of one cell'}: {self.summary}>", *map(str, self.dead)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from fluxlab.grid.html import Style, body, static
        from fluxlab.grid.pictures import CELLS_MAX, Thumbnails

        # Two outputs on one page must not share radio buttons.
        style = Style(Thumbnails(self.cells), f"fl{secrets.token_hex(4)}", HOVER_MAX, CELLS_MAX)
        return f"<style>{static('grid.css')}</style>{''.join(body(self, style))}"

    def df(self, measures: bool | str | Iterable[str] = False, baseline: str | None = None) -> pd.DataFrame:  # noqa: FBT001, FBT002  (df(True) says what it does)
        """One row for each cell, those without an image included.

        Columns: one for each axis; status, uid, error, model, key, pixel_hash, lossy, cached; width, height,
        megapixels, file_bytes; seconds.encode, .denoise, .decode, .write and .total; one ``effective.…`` for each
        number that was read back from the pipeline; ``exact.mad``, ``exact.psnr`` and ``exact.distance`` where lossy
        images were compared with their exact ones; and the measures asked for.

        Parameters
        ----------
        measures
            ``True`` for all, or names: ``"sharpness"``, ``"colourfulness"``, ``"lightness"``, ``"contrast"``,
            ``"distance"``.
        baseline
            The axis that distance is measured along. A cell is compared with the cell that agrees in all other axes
            and stands on this axis at strength 0 (a LoRA's axis that has it) or at the first value (all others).
            Left out: the first LoRA axis with strength 0, otherwise the first axis of numbers, the seed last,
            otherwise the first axis. ``table.attrs["baseline"]`` says which it was.

        Raises
        ------
        GridError
            For an unknown measure or axis.
        """
        from fluxlab.grid.frame import frame, wanted_measures

        if baseline is not None and baseline not in self.axes:
            known = ", ".join(self.axes) or "none"
            raise GridError(f"baseline='{baseline}' is no axis:{nearest(baseline, self.axes)} The axes are {known}.")
        return frame(self.cells, self.axes, wanted_measures(measures), baseline)

    def plot(self, x: str | None = None, y: str = "distance", hue: str | None = None) -> Figure:
        """Plot a number against what was varied: every cell, the means, and their spread.

        Parameters
        ----------
        x
            Any column of `df`; left out, the first axis of numbers (the seed last).
        y
            Any column of numbers, or a measure. ``"distance"`` is measured along ``x`` where that is an axis: from the
            strength-0 cell of a LoRA's axis, otherwise from the axis' first value.
        hue
            Any column: a line of its own colour and marker for each of its values.

        Cells that share a picture count once in a mean, so that a dead axis does not pretend to more observations.

        Returns
        -------
        matplotlib.figure.Figure
            It shows itself in a notebook and has ``savefig``.

        Raises
        ------
        GridError
            For an unknown column, a column without numbers, or a grid without axes.
        """
        from fluxlab.grid.effects import plot

        return plot(self, x, y, hue)

    def tradeoff(self, y: str = "exact.distance", seconds: str = "seconds.denoise") -> Figure:
        """Plot the distance to the exact image against time, for every combination of lossy levers.

        Parameters
        ----------
        y
            ``"exact.distance"`` (perceptual) or ``"exact.mad"`` (mean difference of the pixels).
        seconds
            A column of seconds. Only times of one machine can be compared; compiling is counted apart, in
            ``"seconds.compile"``.

        Raises
        ------
        GridError
            For another column, or a grid without a lossy image that has its exact one.
        """
        from fluxlab.grid.effects import tradeoff

        return tradeoff(self, y, seconds)

    def save_html(self, path: str | Path) -> Path:
        """Write one HTML file with the stored images in it, pixel for pixel, that fetches nothing from elsewhere.

        Raises
        ------
        GridError
            For an ending other than ``.html``, or a place that cannot be written.
        """
        from fluxlab.grid.page import write_page

        return write_page(self, path)

    def contact_sheet(self, path: str | Path, max_megapixels: float = 100.0) -> Path:
        """Write one PNG with all images and labels.

        Images keep their pixels; small ones are enlarged by a whole factor. A sheet above ``max_megapixels`` gets
        smaller pictures and says so at its head.

        Raises
        ------
        GridError
            For an ending other than ``.png``, a place that cannot be written, or too many cells for the limit.
        """
        from fluxlab.grid.sheet import write_sheet

        return write_sheet(self, path, max_megapixels)


def _checked(axes: Mapping[str, tuple[Any, ...]], cells: Iterable[GridCell]) -> tuple[GridCell, ...]:
    """The cells, each at a place of its own; a repeated place with the same content is kept once."""
    allowed = {axis: {frozen(value) for value in values} for axis, values in axes.items()}
    places: dict[tuple[Any, ...], GridCell] = {}
    for cell in cells:
        for axis, values in allowed.items():
            if axis not in cell.coords or frozen(cell.coords[axis]) not in values:
                given = value_text(cell.coords[axis]) if axis in cell.coords else "missing"
                raise GridError(
                    f"cell {cell.index}: {axis}={given} is not on the axis: give one of its {len(values)} values."
                )
        place = tuple(frozen(cell.coords[axis]) for axis in axes)
        if places.setdefault(place, cell).key != cell.key:
            where = coords_text(cell.coords) or "the only place"
            raise GridError(
                f"cells {places[place].index} and {cell.index} are both at {where}: give the grid another axis."
            )
    return tuple(places.values())


def _summary(cells: Sequence[GridCell]) -> str:
    counts = Counter("from the catalog" if c.status == "ok" and c.cached else c.status for c in cells)
    words = {"ok": "made", "started": "being made"}
    parts = [f"{count} {words.get(status, status)}" for status, count in counts.items()]
    return f"{len(cells)} cell{'' if len(cells) == 1 else 's'}: {', '.join(parts)}" if parts else "no cells"
