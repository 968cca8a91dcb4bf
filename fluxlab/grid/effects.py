"""From a grid to an effect plot: which columns, which baseline, and how they are written."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from fluxlab.analysis.plots import Axis, effect_plot
from fluxlab.analysis.tradeoff import tradeoff_plot
from fluxlab.errors import GridError, nearest
from fluxlab.grid.baseline import baseline_axis, baseline_of, first_numeric
from fluxlab.grid.frame import DISTANCE, MEASURE_NAMES, UNITS, frame
from fluxlab.grid.labels import clean, frozen, value_labels, value_text
from fluxlab.grid.layout import bundles

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from fluxlab.grid.view import Grid

#: Distances that are 0 for the exact image; PSNR is none there.
EXACT_DISTANCES = {"exact.distance": "distance to the exact image", "exact.mad": "mean difference from the exact image"}
#: Characters of a value below an axis or in a legend.
WORD_MAX = 54


def plot(grid: Grid, x: str | None, y: str, hue: str | None) -> Figure:
    """Draw the figure of `Grid.plot`."""
    across = x or first_numeric(grid.axes) or baseline_axis(grid.axes)
    if across is None:
        raise GridError("this grid has a single value on every axis: give x= a column of grid.df(), or vary something.")
    measures = [name for name in MEASURE_NAMES if name in (across, y, hue) and name not in grid.axes]
    along = across if across in grid.axes else baseline_axis(grid.axes)
    table = frame(grid.cells, grid.axes, measures, along)
    # Every measure can be asked for; only those that are used were computed.
    known = [*table.columns, *(name for name in MEASURE_NAMES if name not in table.columns)]
    for role, name in (("x", across), ("y", y), ("hue", hue)):
        if name is not None and name not in known:
            raise GridError(f"{role}='{name}' is no column:{nearest(name, known)} Allowed are {', '.join(known)}.")
    words = {name: _word(grid, name, along) for name in {across, y, *([hue] if hue else [])}}
    free = [bundle for bundle in bundles(grid.axes, grid.cells) if not {across, hue} & set(bundle.axes)]
    repeats = _repeats(table, [across, *([hue] if hue else []), y], "pixel_hash" if y in MEASURE_NAMES else "uid")
    return effect_plot(
        table.drop(index=repeats), across, y, hue,
        words=words, title=grid.title, pooled=[bundle.name for bundle in free], repeats=len(repeats),
    )  # fmt: skip


def tradeoff(grid: Grid, y: str, seconds: str) -> Figure:
    """Draw the figure of `Grid.tradeoff`."""
    if y not in EXACT_DISTANCES:
        raise GridError(f"y='{y}' is no distance to the exact image: allowed are {' and '.join(EXACT_DISTANCES)}.")
    table = frame(grid.cells, grid.axes)
    known = [str(name) for name in table.columns if str(name).startswith("seconds.")]
    if seconds not in known:
        raise GridError(f"seconds='{seconds}' is no column:{nearest(seconds, known)} Allowed are {', '.join(known)}.")
    if y not in table.columns:
        table = table.assign(**{y: float("nan")})
    # Cells that share an image are one observation.
    table = table.drop(index=_repeats(table, ["lossy"], "uid"))
    return tradeoff_plot(table, y, seconds, y_title=f"{EXACT_DISTANCES[y]} ({UNITS[y]})", title=grid.title)


def _repeats(table: pd.DataFrame, shown: Sequence[str], identity: str) -> list[int]:
    """Rows that show an image which an earlier row shows at the same place.

    They are one observation: counted twice, they would narrow the interval of the mean.
    """
    seen: set[Hashable] = set()
    out = []
    for index, *values, image in zip(table.index, *(table[name] for name in shown), table[identity], strict=True):
        place = (*map(frozen, values), image)
        if isinstance(image, str) and place in seen:
            out.append(index)
        seen.add(place)
    return out


def _word(grid: Grid, name: str, along: str | None) -> Axis:
    if name in grid.axes:
        values = grid.axes[name]
        labels = dict(zip(map(str, values), value_labels(values, WORD_MAX), strict=True))
        return Axis(clean(name), text=lambda value: labels.get(str(value), value_text(value, WORD_MAX)))
    if name == DISTANCE and along is not None:
        return Axis(f"distance to {baseline_of(along, grid.axes)}", UNITS[DISTANCE], _text)
    if name.startswith("seconds."):
        return Axis(f"{clean(name.removeprefix('seconds.'))} time", "s", _text)
    return Axis(clean(name).replace("_", " "), UNITS.get(name, ""), _text)


def _text(value: Any) -> str:
    return value_text(value, WORD_MAX)
