"""Statistics of one number by the values of others, grouped in SQL; empty cells stay visible."""

from __future__ import annotations

import math
import statistics
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.catalog import given
from fluxlab.catalog.arrays import array
from fluxlab.catalog.columns import NUMBER, WHOLE, Column, column, seed_of
from fluxlab.catalog.reading import reading
from fluxlab.catalog.selection import Selection
from fluxlab.catalog.unscored import unscored
from fluxlab.errors import CatalogError, brief, nearest

if TYPE_CHECKING:
    import pandas as pd

#: SQLite's own, and those that this module adds: it has neither spread nor median.
_SQL = {"count": "count(_value)", "mean": "avg(_value)", "min": "min(_value)", "max": "max(_value)",
        "std": "fluxlab_std(_value)", "median": "fluxlab_median(_value)"}  # fmt: skip
#: Most places of a table.
CELLS_MAX = 1_000_000

Place = tuple[Any, ...]


class _Std:
    """The sample's standard deviation, by Welford's method: sums of squares lose digits where the mean is large."""

    def __init__(self) -> None:
        self.count, self.mean, self.squares = 0, 0.0, 0.0

    def step(self, value: float | None) -> None:
        """Take one value."""
        if value is None:
            return
        self.count += 1
        delta = value - self.mean
        self.mean += delta / self.count
        self.squares += delta * (value - self.mean)

    def finalize(self) -> float | None:
        """The deviation; none of fewer than two values."""
        return math.sqrt(self.squares / (self.count - 1)) if self.count > 1 else None


class _Median:
    """The middle value, or the mean of the two in the middle."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def step(self, value: float | None) -> None:
        """Take one value."""
        if value is not None:
            self.values.append(value)

    def finalize(self) -> float | None:
        """The median; none of no values."""
        return float(statistics.median(self.values)) if self.values else None


def table(
    path: Path,
    selection: Selection,
    *,
    value: str,
    rows: str | Sequence[str],
    columns: str | Sequence[str] | None,
    agg: str | Iterable[str],
) -> pd.DataFrame:
    """The table; see `Catalog.pivot`."""
    measured = column(given.text("value", value, "the name of a column", "'seconds.total'"))
    if measured.dtype not in {NUMBER, WHOLE}:
        raise CatalogError(f"value={value!r} is text or a time: give a column of numbers, such as 'seconds.total'.")
    down, across = _axes("rows", rows), _axes("columns", columns)
    if not down:
        raise CatalogError("rows=[] names no column: name at least one, such as rows='guidance'.")
    named = [item.name for item in (*down, *across)]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise CatalogError(f"{twice!r} is asked for twice: name each column once, in rows or in columns.")
    statistics_ = list(dict.fromkeys(["count", *_aggregates(agg)]))
    keys = ", ".join(item.quoted for item in (*down, *across))
    number = measured.quoted
    if "json" in measured.sql:
        # What a pipeline gave back may be text, which SQLite would count as 0; a table's own numbers are numbers.
        number = f"CASE WHEN typeof({number}) IN ('integer', 'real') THEN {number} END"
    inner, bound = selection.sql(f"{keys}, {number} AS _value", [measured, *down, *across])
    wanted = ", ".join(_SQL[name] for name in statistics_)
    with reading(path, selection.asked, aggregates={"fluxlab_std": _Std, "fluxlab_median": _Median}) as connection:
        # LIMIT -1 leaves nothing out: it keeps SQLite from looking a score up for each statistic anew, after sorting.
        sql = f"SELECT {keys}, {wanted} FROM ({inner} LIMIT -1) GROUP BY {keys}"  # noqa: S608  (own names, bound values)
        groups = connection.execute(sql, bound).fetchall()
        hidden_failed = selection.count_hidden(connection)
        empty = [] if any(row[len(named)] for row in groups) else [measured]
        empty += [item for place, item in enumerate((*down, *across)) if all(row[place] is None for row in groups)]
        told = unscored(connection, [*empty, *(selection.columns if not groups else ())])
    for sentence in told:
        warnings.warn(sentence, stacklevel=3)
    found = {(row[: len(down)], row[len(down) : len(named)]): row[len(named) :] for row in groups}
    out = _laid_out(found, down, across, statistics_)
    out.attrs |= {
        "query": {**selection.told, "value": value, "rows": [item.name for item in down],
                  "columns": [item.name for item in across]},
        "hidden_failed": hidden_failed,
    }  # fmt: skip
    return out


def _axes(name: str, wanted: str | Sequence[str] | None) -> list[Column]:
    names = [] if wanted is None else given.texts(name, wanted, "the name of a column", "'guidance'")
    return [column(each) for each in names]


def _aggregates(agg: str | Iterable[str]) -> list[str]:
    names = given.texts("agg", agg, "the name of a statistic", "'mean'")
    for name in names:
        if name not in _SQL:
            raise CatalogError(
                f"agg={brief(name)} is not known:{nearest(name, _SQL)} Allowed are {', '.join(_SQL)}, one or several."
            )
    return names


def _laid_out(
    found: dict[tuple[Place, Place], Place], down: list[Column], across: list[Column], names: list[str]
) -> pd.DataFrame:
    """One column for each statistic and place across; what nobody made has count 0 and no other number."""
    import pandas as pd

    lines, places = _sorted({row for row, _ in found}, down), _sorted({place for _, place in found}, across)
    if len(lines) * len(places) > CELLS_MAX:
        raise CatalogError(
            f"the table would have {len(lines):,} rows and {len(places):,} columns, and at most {CELLS_MAX:,} places "
            "are allowed: choose columns with fewer different values, or filter."
        )
    places = places or ([] if across else [()])
    index = _index(lines, down)
    data: list[Any] = []
    heads: list[Place] = []
    for number, name in enumerate(names):
        kind = WHOLE if name == "count" else NUMBER
        for place in places:
            cells = [found.get((line, place)) for line in lines]
            gap = 0 if name == "count" else None
            data.append(array([gap if cell is None else cell[number] for cell in cells], kind))
            heads.append((name, *place))
    out = pd.DataFrame(dict(enumerate(data)), index=index)
    if across:
        levels = [pd.array([head[0] for head in heads], dtype="string")]
        levels += [array([head[1 + i] for head in heads], item.dtype) for i, item in enumerate(across)]
        out.columns = pd.MultiIndex.from_arrays(levels, names=["", *(item.name for item in across)])
    else:
        out.columns = pd.Index(names)
    titles = [item.name for item in (*down, *across)]
    out.attrs["missing"] = [
        dict(zip(titles, (*line, *place), strict=True))
        for line in lines
        for place in places
        if not found.get((line, place), (0,))[0]
    ]
    return out


def _sorted(places: set[Place], columns: list[Column]) -> list[Place]:
    """In order of value: numbers before texts, seeds as the numbers that they are, and what is unknown first."""

    def rank(place: Place) -> list[tuple[Any, ...]]:
        out: list[tuple[Any, ...]] = []
        for item, value in zip(columns, place, strict=True):
            if item.name == "seed":
                value = seed_of(value)  # noqa: PLW2901  (a seed is a number that the database keeps as text)
            out.append((0,) if value is None else (2, value) if isinstance(value, str) else (1, value))
        return out

    return sorted(places, key=rank)


def _index(lines: list[Place], columns: list[Column]) -> Any:
    import pandas as pd

    levels = [array([line[i] for line in lines], item.dtype) for i, item in enumerate(columns)]
    if len(columns) == 1:
        return pd.Index(levels[0], name=columns[0].name)
    return pd.MultiIndex.from_arrays(levels, names=[item.name for item in columns])
