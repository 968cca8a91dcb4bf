"""The catalog as a DataFrame."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.arrays import array
from fluxlab.catalog.columns import Column, chosen
from fluxlab.catalog.reading import reading
from fluxlab.catalog.selection import Selection
from fluxlab.catalog.unscored import is_score, unscored
from fluxlab.errors import CatalogError, brief

if TYPE_CHECKING:
    import pandas as pd

_ROWS_MAX = 2**63 - 1


@dataclass(frozen=True)
class Values:
    """Columns of the catalog as plain lists, oldest image first.

    Attributes
    ----------
    uids : tuple of str
        Of the rows.
    columns : dict
        Values by name, as SQLite gave them.
    count : int
        How many images the query means; with a limit there may be fewer rows.
    hidden_failed : int
        How many failed and interrupted ones match but for their status.
    """

    uids: tuple[str, ...]
    columns: dict[str, tuple[Any, ...]]
    count: int
    hidden_failed: int


def values(path: Path, selection: Selection, wanted: Sequence[Column], limit: int | None) -> Values:
    """The columns of what a query means.

    Parameters
    ----------
    path
        Of ``catalog.db``.
    selection
        What it means.
    wanted
        Columns.
    limit
        The newest so many.
    """
    limit = _checked_limit(limit)
    with reading(path, selection.asked) as connection:
        names = ", ".join(["uid", *(item.quoted for item in wanted), "_id"])
        end = "" if limit is None else f" LIMIT {limit}"
        sql, bound = selection.sql(names, wanted)
        rows = connection.execute(f"{sql} ORDER BY _id DESC{end}", bound).fetchall()
        count = len(rows) if limit is None or len(rows) < limit else selection.count(connection)
        hidden_failed = selection.count_hidden(connection)
        rows.reverse()
        read = list(zip(*rows, strict=True)) or [()] * (len(wanted) + 2)
        scored = [(item, values) for item, values in zip(wanted, read[1:], strict=False) if is_score(item)]
        empty = [item for item, values in scored if values.count(None) == len(values)]
        told = unscored(connection, [*empty, *(selection.columns if not count else ())])
    if not count and selection.hint:
        told.append(selection.hint)
    for sentence in told:
        warnings.warn(sentence, stacklevel=4)
    by_name = {item.name: column for item, column in zip(wanted, read[1:], strict=False)}
    return Values(tuple(read[0]), by_name, count, hidden_failed)


def frame(
    path: Path, selection: Selection, *, columns: Sequence[str] | None, limit: int | None, varying: bool
) -> pd.DataFrame:
    """One row an image, oldest first; see `Catalog.df`."""
    import pandas as pd

    wanted = chosen(columns)
    found = values(path, selection, wanted, limit)
    constant = _constant(found.columns) if varying else {}
    kept = {item.name: array(found.columns[item.name], item.dtype) for item in wanted}
    index = pd.Index(pd.array(list(found.uids), dtype="string"), name="uid")
    table = pd.DataFrame({name: values for name, values in kept.items() if name not in constant}, index=index)
    table.attrs = {
        "query": {**selection.told, "limit": _checked_limit(limit)},
        "count": found.count,
        "hidden_failed": found.hidden_failed,
        "truncated": len(found.uids) < found.count,
        **({"constant": constant} if varying else {}),
    }
    return table


def _checked_limit(given: Any) -> int | None:
    limit = given.item() if hasattr(given, "item") else given
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise CatalogError(f"limit={brief(limit)} is not allowed: it must be a whole number of rows, or None for all.")
    # No table has more rows than SQLite can number.
    return limit if limit is None else min(limit, _ROWS_MAX)


def _constant(columns: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    """The columns that have one value in all rows, and that value; where there is no row, none."""
    return {name: given[0] for name, given in columns.items() if given and given.count(given[0]) == len(given)}
