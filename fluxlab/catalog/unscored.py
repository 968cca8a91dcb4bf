"""What to say of a score that is empty everywhere, because no image was ever given one of that name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from fluxlab.catalog.columns import Column
from fluxlab.errors import brief, nearest

_PREFIX = "score."
_NAMED = 8


def is_score(item: Column) -> bool:
    """Whether the column is a measure."""
    return item.name.startswith(_PREFIX)


def unscored(connection: sqlite3.Connection, columns: Iterable[Column]) -> list[str]:
    """A sentence for each of the columns that is a score of which the catalog has none.

    It looks through all scores, so it is for columns that were found empty.

    Parameters
    ----------
    connection
        From `reading`.
    columns
        Those that are empty; what is no score is passed over.
    """
    asked = [item.name.removeprefix(_PREFIX) for item in columns if is_score(item)]
    if not asked:
        return []
    known = sorted(metric for (metric,) in connection.execute("SELECT DISTINCT metric FROM scores"))
    there = f"there are {', '.join(known[:_NAMED])}" if known else "catalog.score(uid, 'sharpness', 0.5) keeps one"
    return [
        f"{brief(_PREFIX + metric)} is empty, because nothing was ever scored so: {there}.{nearest(metric, known)}"
        for metric in dict.fromkeys(asked)
        if metric not in known
    ]
