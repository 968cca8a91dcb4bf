"""The effect plot: one number against what was varied, with every point, the means and their spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from textwrap import fill
from typing import TYPE_CHECKING, Any

from fluxlab.analysis.statistics import Group, group
from fluxlab.errors import GridError, nearest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: More lines than this cannot be told apart.
HUES_MAX = 12
#: More words than this do not fit below an axis.
CATEGORIES_MAX = 40
#: More bands than this cover each other.
BANDS_MAX = 3
#: Characters of a line of the vertical title: a longer one runs out of the figure.
Y_TITLE_MAX = 50


@dataclass(frozen=True)
class Axis:
    """How a column is written: its title, its unit, and the text of a value."""

    title: str
    unit: str = ""
    text: Callable[[Any], str] = str

    def __str__(self) -> str:
        return f"{self.title} ({self.unit})" if self.unit else self.title


@dataclass(frozen=True)
class _Series:
    """The points of one line: positions, values, and one group for each position."""

    xs: list[float]
    ys: list[float]
    groups: dict[float, Group]


def effect_plot(
    table: pd.DataFrame,
    x: str,
    y: str,
    hue: str | None = None,
    *,
    words: dict[str, Axis] | None = None,
    title: str = "",
    pooled: Sequence[str] = (),
    repeats: int = 0,
) -> Figure:
    """Plot a number against what was varied.

    Every row is a point. A line joins the means of the rows with the same ``x`` (and ``hue``); the band around it is
    the 95 % t-interval of the mean from three rows on, the range for two, and nothing for one. The caption says which,
    and over how many rows.

    Parameters
    ----------
    table
        One row for each image, as `Grid.df` gives.
    x
        Column along the horizontal axis; texts become equally spaced categories in the order they appear.
    y
        Column of numbers.
    hue
        Column that splits the rows into lines of their own colour and marker.
    words
        Titles, units and value texts of columns.
    title
        Heading of the figure.
    pooled
        What else varies among the rows that a mean is taken over, named in the caption.
    repeats
        Rows that were left out because they repeat others, named in the caption.

    Raises
    ------
    GridError
        For an unknown column, a ``y`` without numbers, or too many lines.
    """
    for role, name in (("x", x), ("y", y), ("hue", hue)):
        if name is not None and name not in table.columns:
            known = ", ".join(map(str, table.columns))
            raise GridError(
                f"{role}='{name}' is no column:{nearest(name, map(str, table.columns))} Allowed are {known}."
            )
    words = words or {}

    def word(name: str) -> Axis:
        return words.get(name, Axis(name))

    rows = _rows(table, x, y, hue)
    numeric = all(_is_number(row[0]) for row in rows)
    order = sorted({row[0] for row in rows}) if numeric else list(dict.fromkeys(_hashable(row[0]) for row in rows))
    if not numeric and len(order) > CATEGORIES_MAX:
        raise GridError(f"x='{x}' has {len(order)} different texts: plot an axis with at most {CATEGORIES_MAX}.")
    place = {value: float(value if numeric else i) for i, value in enumerate(order)}
    lines = list(dict.fromkeys(_hashable(row[2]) for row in rows)) if hue else [None]
    if len(lines) > HUES_MAX:
        raise GridError(f"hue='{hue}' has {len(lines)} different values: colour by a column with at most {HUES_MAX}.")

    from fluxlab.analysis.figure import INK, LabFigure, quiet

    figure = LabFigure(figsize=(7.2, 4.5))
    axes = figure.add_subplot()
    quiet(axes)
    groups: list[Group] = []
    for i, line in enumerate(lines):
        mine = [row for row in rows if hue is None or _hashable(row[2]) == line]
        series = _series([(place[_hashable(row[0])], row[1]) for row in mine])
        groups += series.groups.values()
        # Categories have no order: their means stand side by side, and no line pretends to a trend.
        aside = 0.0 if numeric else (i - (len(lines) - 1) / 2) * min(0.12, 0.6 / len(lines))
        _draw(
            axes,
            series,
            i,
            word(hue).text(line) if hue else "",
            line=numeric,
            band=len(lines) <= BANDS_MAX,
            aside=aside,
        )
    _label_axes(axes, word(x), word(y), [(place[v], word(x).text(v)) for v in order], numeric=numeric)
    if hue:
        _legend(axes, str(word(hue)))
    if title:
        axes.set_title(title, loc="left", fontsize=11.5, color=INK, fontweight="bold", parse_math=False, wrap=True)
    _caption(figure, _spread_words(groups, pooled), len(table) - len(rows), repeats)
    return figure


def _rows(table: pd.DataFrame, x: str, y: str, hue: str | None) -> list[tuple[Any, float, Any]]:
    """The rows that have a number; an error says why there are none."""
    hues = list(table[hue]) if hue else [None] * len(table)
    triples = list(zip(list(table[x]), list(table[y]), hues, strict=True))
    if any(isinstance(value, str) for _, value, _ in triples):
        numbers = ", ".join(str(c) for c in table.columns if table[c].dtype.kind in "iuf")
        raise GridError(f"y='{y}' holds text: plot a column of numbers, such as {numbers}.")
    rows = [(_plain(a), float(b), _plain(c)) for a, b, c in triples if _is_number(b) and math.isfinite(b)]
    if not rows:
        raise GridError(
            f"y='{y}' has no number in any of {len(table)} cells: run the waiting cells, or plot another column."
        )
    return rows


def _plain(value: Any) -> Any:
    item = getattr(value, "item", None)
    value = item() if callable(item) else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _is_number(value: Any) -> bool:
    value = _plain(value)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _hashable(value: Any) -> Any:
    return tuple(_hashable(v) for v in value) if isinstance(value, (list, tuple)) else value


def _series(points: Sequence[tuple[float, float]]) -> _Series:
    by_place: dict[float, list[float]] = {}
    for at, value in points:
        by_place.setdefault(at, []).append(value)
    groups = {at: group(by_place[at]) for at in sorted(by_place)}
    return _Series([p[0] for p in points], [p[1] for p in points], groups)


def _draw(axes: Axes, series: _Series, number: int, label: str, *, line: bool, band: bool, aside: float) -> None:
    from fluxlab.analysis.figure import COLOURS, DASHES, MARKERS

    colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
    # Past the last colour the dashes go on telling lines apart.
    dash = DASHES[number // len(COLOURS) % len(DASHES)]
    at = [place + aside for place in series.groups]
    found = list(series.groups.values())
    axes.scatter(
        [place + aside for place in series.xs],
        series.ys,
        s=20,
        color=colour,
        marker=marker,
        alpha=0.45,
        linewidths=0,
        zorder=3,
    )
    if line and band:
        axes.fill_between(at, [g.low for g in found], [g.high for g in found], color=colour, alpha=0.13, linewidth=0)
    axes.errorbar(at, [g.mean for g in found], color=colour, linestyle="none", linewidth=1.2, alpha=0.7, capsize=3,
                  yerr=[[g.mean - g.low for g in found], [g.high - g.mean for g in found]], zorder=2)  # fmt: skip
    # A label that starts with an underscore would be left out of the legend.
    label = f" {label}" if label.startswith("_") else label
    axes.plot(at, [g.mean for g in found], color=colour, marker=marker, markersize=6.5, linewidth=2,
              linestyle=dash if line else "none",
              markeredgecolor="white", markeredgewidth=0.8, label=label, zorder=4)  # fmt: skip


def _label_axes(axes: Axes, x: Axis, y: Axis, ticks: Sequence[tuple[float, str]], *, numeric: bool) -> None:
    from fluxlab.analysis.figure import INK

    axes.set_xlabel(str(x), color=INK, fontsize=10, parse_math=False)
    axes.set_ylabel(fill(str(y), Y_TITLE_MAX), color=INK, fontsize=10, parse_math=False)
    if not numeric:
        axes.set_xticks([at for at, _ in ticks], [fill(text, 18) for _, text in ticks], parse_math=False)
        # Many words are slanted: side by side they would overlap.
        if sum(min(18, len(text)) for _, text in ticks) > 80:
            for text in axes.get_xticklabels():
                text.set(rotation=25, ha="right", rotation_mode="anchor")
        axes.set_xlim(min(at for at, _ in ticks) - 0.5, max(at for at, _ in ticks) + 0.5)
    elif len(ticks) <= 12 and _apart([at for at, _ in ticks]):
        # Few values: mark exactly those that were tried.
        axes.set_xticks([at for at, _ in ticks], [text for _, text in ticks], parse_math=False)


def _apart(places: Sequence[float]) -> bool:
    """Whether neighbours are far enough from each other for their labels."""
    width = (max(places) - min(places)) or 1.0
    return all(b - a > width / 18 for a, b in pairwise(places))


def _legend(axes: Axes, title: str) -> None:
    from fluxlab.analysis.figure import FAINT

    legend = axes.legend(title=title, loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)
    legend.get_title().set(color=FAINT, fontsize=9, parse_math=False)
    for text in legend.get_texts():
        text.set(parse_math=False)


def _spread_words(groups: Sequence[Group], pooled: Sequence[str]) -> str:
    low, high = min(g.n for g in groups), max(g.n for g in groups)
    count = f"n = {low}" if low == high else f"n = {low} to {high}"
    kinds = {g.spread for g in groups}
    if kinds == {"none"}:
        return f"One cell a point ({count})"
    bars = "95 % t-interval of the mean" if "interval" in kinds else "range"
    if kinds >= {"interval", "range"}:
        bars += ", or range where n = 2"
    over = f" over {', '.join(pooled)}" if pooled else ""
    return f"Small points: cells. Large points: mean{over} ({count}). Bars: {bars}"


def _caption(figure: Figure, text: str, missing: int, repeats: int) -> None:
    from fluxlab.analysis.figure import FAINT

    if missing:
        text += f". {missing} cell{'s have' if missing > 1 else ' has'} no value"
    if repeats:
        text += (
            f". {repeats} cell{'s repeat a picture and are' if repeats > 1 else ' repeats a picture and is'} left out"
        )
    figure.supxlabel(fill(text + ".", 110), x=0.01, ha="left", fontsize=8, color=FAINT, parse_math=False)
