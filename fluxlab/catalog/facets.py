"""What there is to choose from: the values of some columns among the images that a query means, with their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fluxlab.blocks import MARK
from fluxlab.catalog.database import readable
from fluxlab.catalog.encoding import load
from fluxlab.catalog.marks import REJECTED
from fluxlab.catalog.selection import Selection
from fluxlab.catalog.words import quoted
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    import sqlite3

#: Their order is the one they are shown in.
FACETS = ("model", "lora", "tag", "stars", "status", "scheduler", "steps", "guidance", "size", "source")
_COLUMNS = ("model", "loras", "stars", "status", "scheduler", "steps", "guidance", "width", "height", "source")
#: Of everything, an index tells about some columns without a look at the rows.
_INDEXED = {("model", "width", "height", "status"): "1", ("stars",): "stars IS NOT NULL"}
_PARTS = (*_INDEXED, tuple(name for name in _COLUMNS if not any(name in columns for columns in _INDEXED)))
_WHOLE = {"model", "scheduler", "source"}
_ORDERED = {"stars", "steps", "guidance", "size"}


@dataclass(frozen=True)
class Value:
    """A value, the query words that mean it, and how many images have it."""

    text: str
    words: str
    count: int


@dataclass(frozen=True)
class Facet:
    """A field and its most frequent values; ``more`` says how many others there are."""

    field: str
    values: tuple[Value, ...]
    more: int


def count(connection: sqlite3.Connection, selection: Selection) -> dict[str, Counter[Any]]:
    """How many images have each value, by facet.

    What no index tells is read in one pass: to group by each of the columns would look at every row ten times.

    Parameters
    ----------
    connection
        To the catalog.
    selection
        Which images.
    """
    found: dict[str, Counter[Any]] = {name: Counter() for name in FACETS}
    for columns in _PARTS if selection.is_everything else (_COLUMNS,):
        for row, times in _rows(connection, selection, columns).items():
            told = {name: _read(value) for name, value in zip(columns, row, strict=True)}
            if "width" in told:
                told["size"] = (told.pop("width"), told.pop("height"))
            for name in _loras(told.pop("loras", None)):
                found["lora"][name] += times
            for name, value in told.items():
                if value is not None or name == "guidance":
                    found[name][value] += times
    sql, bound = ("SELECT uid FROM tags", {}) if selection.is_everything else selection.sql("uid")
    tags = f"SELECT tag, count(*) FROM tags WHERE uid IN ({sql}) GROUP BY tag"  # noqa: S608  (own words, bound values)
    found["tag"].update(dict(connection.execute(tags, bound).fetchall()))
    del found["tag"][REJECTED]
    return found


def _rows(connection: sqlite3.Connection, selection: Selection, columns: tuple[str, ...]) -> Counter[tuple[Any, ...]]:
    """How often each combination of values is there, texts as bytes: to read the same few a million times costs."""
    names = ", ".join(columns)
    sql, bound = selection.sql(names)
    if columns in _INDEXED:
        grouped = f"SELECT count(*), {names} FROM ({sql}) WHERE {_INDEXED[columns]} GROUP BY {names}"  # noqa: S608  (own names)
        return Counter({tuple(row): times for times, *row in _bytes(connection, grouped, bound)})
    return Counter(_bytes(connection, sql, bound))


def _bytes(connection: sqlite3.Connection, sql: str, bound: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    before, connection.text_factory = connection.text_factory, bytes
    try:
        yield from connection.execute(sql, bound)
    finally:
        connection.text_factory = before


def _read(value: Any) -> Any:
    return readable(value) if isinstance(value, bytes) else value


def facets(counts: dict[str, Counter[Any]], most: int) -> tuple[Facet, ...]:
    """The facets with at most so many values each: the most frequent, numbers in their order.

    Parameters
    ----------
    counts
        From `count`.
    most
        Values of a facet.
    """
    return tuple(_facet(name, counts[name], most) for name in FACETS)


def _facet(name: str, counted: Counter[Any], most: int) -> Facet:
    kept = sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))[:most]
    if name in _ORDERED:
        kept.sort(key=lambda pair: _order(pair[0]))
    values = tuple(Value(_text(value), _words(name, value), times) for value, times in kept)
    return Facet(name, values, len(counted) - len(kept))


def _order(value: Any) -> tuple[bool, Any]:
    """None before numbers; sizes by their area."""
    if isinstance(value, tuple):
        return True, (value[0] * value[1], value)
    return value is not None, value or 0


def _text(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return "x".join(map(str, value))
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _words(name: str, value: Any) -> str:
    text = _text(value)
    # A part of a name would mean others too, and the count be another than what is found.
    return f"{name}={quoted(text)}" if name in _WHOLE else f"{name}:{quoted(text)}"


def _loras(text: Any) -> Iterable[str]:
    """The LoRAs of a row that have an effect; none of one that somebody changed."""
    try:
        found = load(text)
    except (CatalogError, TypeError):
        return []
    worn = found.items() if isinstance(found, dict) else ()
    return [name for name, strength in worn if MARK not in name and strength != 0]
