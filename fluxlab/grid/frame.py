"""A grid as a DataFrame: coordinates, what was recorded, and measures of the images."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from fluxlab.analysis.measures import MEASURES, measure
from fluxlab.errors import CatalogError, GridError, nearest
from fluxlab.grid.baseline import baseline_axis, baseline_of, distances
from fluxlab.grid.cells import GridCell

if TYPE_CHECKING:
    import pandas as pd

DISTANCE = "distance"
#: All measures of images that a table or plot can have.
MEASURE_NAMES = (*MEASURES, DISTANCE)
_STAGES = ("encode", "denoise", "decode", "write")
_TEXT = ("status", "uid", "error", "model", "key", "pixel_hash", "lossy")
_NUMBERS = ("width", "height", "megapixels", "file_bytes", *(f"seconds.{stage}" for stage in _STAGES), "seconds.total")
#: Units for axis labels; columns without one are plain numbers or words.
UNITS: dict[str, str] = {
    "megapixels": "10⁶ pixels",
    "width": "pixels",
    "height": "pixels",
    "file_bytes": "bytes",
    **{f"seconds.{stage}": "s" for stage in (*_STAGES, "total")},
    **{name: m.unit for name, m in MEASURES.items()},
    DISTANCE: "ΔE, multi-scale CIELAB",
    "exact.mad": "RGB codes, 0 to 255",
    "exact.psnr": "dB",
    "exact.distance": "ΔE, multi-scale CIELAB",
}


def wanted_measures(measures: str | Iterable[str] | Literal[True, False]) -> tuple[str, ...]:
    """The names of the measures asked for: all, none, one, or some.

    Raises
    ------
    GridError
        For an unknown measure.
    """
    if isinstance(measures, bool):
        return MEASURE_NAMES if measures else ()
    names = (measures,) if isinstance(measures, str) else tuple(measures)
    for name in names:
        if name not in MEASURE_NAMES:
            raise GridError(
                f"measure '{name}' is unknown:{nearest(str(name), MEASURE_NAMES)} "
                f"Allowed are {', '.join(MEASURE_NAMES)}."
            )
    return names


def frame(
    cells: Sequence[GridCell],
    axes: Mapping[str, tuple[Any, ...]],
    measures: Sequence[str] = (),
    baseline: str | None = None,
) -> pd.DataFrame:
    """One row for each cell; see `Grid.df`."""
    import pandas as pd

    rows = [_row(cell) for cell in cells]
    used = sorted({name for row in rows for name in row if name.startswith("effective.")})
    used += sorted({name for row in rows for name in row if name.startswith("exact.")})
    extra = sorted({name for row in rows for name in row if name.startswith("seconds.") and name not in _NUMBERS})
    columns: dict[str, pd.Series[Any]] = {}
    index = pd.Index([cell.index for cell in cells], name="cell", dtype="int64")
    for axis in axes:
        columns[axis] = pd.Series([cell.coords[axis] for cell in cells], index=index)
    for name in _TEXT:
        # An axis may be called like a column: what varied keeps its name and its value.
        columns.setdefault(name, pd.Series([row.get(name) for row in rows], index=index, dtype="string"))
    columns.setdefault("cached", pd.Series([cell.cached for cell in cells], index=index, dtype="bool"))
    for name in (*_NUMBERS, *extra, *used):
        columns.setdefault(name, pd.Series([row.get(name) for row in rows], index=index, dtype="float64"))
    for name in measures:
        values = _distances(cells, axes, baseline) if name == DISTANCE else [_measured(c, name) for c in cells]
        columns[name] = pd.Series(values, index=index, dtype="float64")
    table = pd.DataFrame(columns, index=index)
    table.attrs["units"] = {name: unit for name, unit in UNITS.items() if name in columns and name not in axes}
    if DISTANCE in measures:
        along = baseline or baseline_axis(axes)
        table.attrs["baseline"] = str(baseline_of(along, axes)) if along else None
    return table


def _row(cell: GridCell) -> dict[str, Any]:
    row: dict[str, Any] = {"status": cell.status, "error": cell.error, "key": cell.key or None}
    row["model"] = cell.parameters.get("model")
    row["lossy"] = cell.lossy or None
    row |= cell.scores
    made = cell.generation
    if made is None:
        return row
    row |= {"uid": made.uid, "pixel_hash": made.pixel_hash}
    row |= {f"seconds.{stage}": seconds for stage, seconds in made.timings.items()}
    if made.timings:
        row["seconds.total"] = sum(made.timings.values())
    for name, value in made.effective.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            row[f"effective.{name}"] = float(value)
    if cell.finished is not None:
        width, height = (made.effective.get(side) for side in ("width", "height"))
        if not (isinstance(width, int) and isinstance(height, int)):
            width, height = made.image.size
        row |= {"width": width, "height": height, "megapixels": width * height / 1e6}
        if made.path is not None and made.path.is_file():
            row["file_bytes"] = made.path.stat().st_size
    return row


def _measured(cell: GridCell, name: str) -> float:
    if cell.finished is None:
        return float("nan")
    try:
        return measure(cell.finished, name)
    except (CatalogError, OSError):
        # The file is gone: the row stays, without the number.
        return float("nan")


def _distances(cells: Sequence[GridCell], axes: Mapping[str, tuple[Any, ...]], baseline: str | None) -> list[float]:
    along = baseline or baseline_axis(axes)
    if along is None:
        return [float("nan")] * len(cells)
    return distances(cells, axes, baseline_of(along, axes))
