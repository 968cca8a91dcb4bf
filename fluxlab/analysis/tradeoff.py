"""The trade-off plot: what each combination of levers costs in time, and how far it is from the exact image."""

from __future__ import annotations

import math
from statistics import fmean
from textwrap import fill
from typing import TYPE_CHECKING

from fluxlab.errors import GridError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

#: More combinations than this cannot be told apart.
COMBINATIONS_MAX = 28
EXACT = "exact"


def tradeoff_plot(table: pd.DataFrame, y: str, seconds: str, *, y_title: str, title: str = "") -> Figure:
    """Plot the distance to the exact image against time: small points are images, large ones the means of a lever.

    Parameters
    ----------
    table
        Rows of `Grid.df` with the columns ``lossy``, ``seconds`` and ``y``; rows without a number in both are left out
        and counted in the caption. Exact rows stand at distance 0.
    y
        Column of distances, 0 for the exact image.
    seconds
        Column of seconds.
    y_title
        How the distance is written.
    title
        Heading of the figure.

    Raises
    ------
    GridError
        When no lossy row has both numbers, or there are too many combinations of levers.
    """
    points: dict[str, list[tuple[float, float]]] = {}
    left_out = 0
    for lossy, time, distance in zip(table["lossy"].tolist(), table[seconds].tolist(), table[y].tolist(), strict=True):
        name = lossy if isinstance(lossy, str) and lossy else EXACT
        far = 0.0 if name == EXACT else distance
        if math.isfinite(time) and math.isfinite(far):
            points.setdefault(name, []).append((float(time), float(far)))
        else:
            left_out += 1
    if not set(points) - {EXACT}:
        raise GridError(
            "no lossy image of this grid has a time and a distance to its exact image: vary a lever and keep the exact "
            "value on its axis, as in step_cache=[None, 'first_block']."
        )
    if len(points) > COMBINATIONS_MAX:
        raise GridError(
            f"{len(points)} combinations of levers cannot be told apart: plot a grid with at most {COMBINATIONS_MAX}."
        )

    from fluxlab.analysis.figure import COLOURS, FAINT, INK, MARKERS, LabFigure, quiet

    figure = LabFigure(figsize=(7.2, 4.5))
    axes = figure.add_subplot()
    quiet(axes)
    for number, (name, pairs) in enumerate(sorted(points.items(), key=lambda item: (item[0] != EXACT, item[0]))):
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number // len(COLOURS) % len(MARKERS)]
        times, far_off = ([pair[i] for pair in pairs] for i in (0, 1))
        axes.scatter(times, far_off, s=18, color=colour, marker=marker, alpha=0.45, linewidths=0)
        label = f"{name} (n = {len(pairs)})"
        middle = (fmean(times), fmean(far_off))
        axes.scatter(middle[0], middle[1], s=70, color=colour, marker=marker, edgecolors="white", label=label, zorder=3)
    axes.set_xlabel(f"{seconds.removeprefix('seconds.')} time (s)", color=INK, fontsize=10, parse_math=False)
    axes.set_ylabel(fill(y_title, 40), color=INK, fontsize=10, parse_math=False)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    legend = axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=9)
    for text in legend.get_texts():
        text.set(parse_math=False)
    if title:
        axes.set_title(title, loc="left", fontsize=11.5, color=INK, fontweight="bold", parse_math=False, wrap=True)
    caption = "Small points: images. Large points: means."
    if left_out:
        caption += f" {left_out} image{'s have' if left_out > 1 else ' has'} no time or no exact image to compare with."
    figure.supxlabel(caption, x=0.01, ha="left", fontsize=8, color=FAINT, parse_math=False)
    return figure
