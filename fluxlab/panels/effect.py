"""The effect curve of LoRA strengths: a picture, and the sentence that says the same."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from fluxlab.analysis.statistics import group
from fluxlab.errors import GridError
from fluxlab.grid.frame import DISTANCE, UNITS
from fluxlab.grid.labels import clean, shorten, value_text
from fluxlab.lora_axes import LORA, NAME, STRENGTH, split_axis, takes_parts

if TYPE_CHECKING:
    from fluxlab.grid import Grid

_NAME_MAX = 60


def strength_axis(axes: Mapping[str, tuple[Any, ...]]) -> str | None:
    """The axis of a LoRA's strengths, 0 among them; ``None`` where there is none.

    Parameters
    ----------
    axes
        Values by axis, of a sweep or of a grid.
    """
    found = (
        axis
        for axis, values in axes.items()
        if (axis == STRENGTH or (axis.startswith(LORA) and split_axis(axis)[1] is None and not takes_parts(axis)))
        and 0 in values
        and len(values) > 1
    )
    return next(found, None)


def effect_html(grid: Grid) -> str:
    """The curve of a grid over its strengths with its sentence, and what did nothing; empty without strengths.

    Parameters
    ----------
    grid
        Of a run, finished or not.
    """
    axis = strength_axis(grid.axes)
    if axis is None:
        return ""
    hue = NAME if NAME in grid.axes else None
    try:
        figure = grid.plot(x=axis, y=DISTANCE, hue=hue)
    except GridError as error:
        return f"<p>{escape(str(error))}</p>{_dead(grid)}"
    said = sentence(grid, axis, hue)
    picture = base64.b64encode(figure._repr_png_()).decode("ascii")  # type: ignore[attr-defined]  # a LabFigure
    return (
        f'<figure style="margin:8px 0"><img alt="{escape(f"Effect curve. {said}")}" style="max-width:100%" '
        f'src="data:image/png;base64,{picture}"><figcaption><bdi>{escape(said)}</bdi></figcaption></figure>{_dead(grid)}'
    )


def sentence(grid: Grid, axis: str, hue: str | None) -> str:
    """What the curve shows: for each LoRA the strength that changes most, by how much, and how sure that is.

    Parameters
    ----------
    grid
        With at least one distance.
    axis
        Of strengths.
    hue
        The axis of names, or ``None`` for a single LoRA.
    """
    table = grid.df(DISTANCE, baseline=axis).dropna(subset=[DISTANCE])
    names = [axis.removeprefix(LORA)] if hue is None else list(grid.axes[hue])
    parts = [
        part for name in names if (part := _most(table if hue is None else table[table[hue] == name], axis, str(name)))
    ]
    return f"Distance from strength 0, where 0 is the same image ({UNITS[DISTANCE]}): {'; '.join(parts)}."


def _most(table: Any, axis: str, name: str) -> str:
    # Cells that share a picture are one observation, as in the plot.
    distinct = table.drop_duplicates([axis, "pixel_hash"])
    groups = {at: group(list(rows[DISTANCE])) for at, rows in distinct.groupby(axis) if at != 0}
    if not groups:
        return ""
    at = max(groups, key=lambda strength: groups[strength].mean)
    found = groups[at]
    spread = {
        "none": "one image",
        "range": f"mean of {found.n} images, range {found.low:.3g} to {found.high:.3g}",
        "interval": f"mean of {found.n} images, 95 % t-interval of the mean {found.low:.3g} to {found.high:.3g}",
    }[found.spread]
    told = shorten(clean(name), _NAME_MAX)
    return f"{told} moves most at strength {value_text(at)}, by {found.mean:.3g} ({spread})"


def _dead(grid: Grid) -> str:
    found = "".join(f"<li><bdi>{escape(clean(str(dead)))}</bdi></li>" for dead in grid.dead)
    return f'<div role="note"><b>⚠ no difference in pixels</b><ul>{found}</ul></div>' if found else ""
