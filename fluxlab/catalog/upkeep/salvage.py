"""Whatever can still be read of a damaged database, row by row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

#: Reads that may fail before a table is given up: a whole table of unreadable pages must not take for ever.
_FAILURES_MAX = 20_000
_CHUNK = 2000


@dataclass
class Lost:
    """How many rows could be seen to be there and not be read."""

    rows: int = 0


def rows(
    connection: sqlite3.Connection, select: str, table: str, lost: Lost, key: str = "rowid"
) -> Iterator[dict[str, Any]]:
    """The readable rows of a query in the order of its first table's row ids.

    A range of rows that cannot be read is halved until only the unreadable ones are left out.

    Parameters
    ----------
    connection
        To the database.
    select
        A query without WHERE and ORDER BY.
    table
        Its first table.
    lost
        Counts the rows that are left out.
    key
        The name of the row id in the query.
    """
    end = _end(connection, table)
    failures = 0
    ranges = [(start, min(start + _CHUNK, end + 1) - 1) for start in range(end // _CHUNK * _CHUNK, -1, -_CHUNK)]
    seen = -1
    while ranges and failures < _FAILURES_MAX:
        low, high = ranges.pop()
        try:
            # The names are this package's own.
            cursor = connection.execute(
                f"{select} WHERE {key} BETWEEN ? AND ? ORDER BY {key}",
                [low, high],
            )
            names = [column[0] for column in cursor.description]
            found = cursor.fetchall()
        except sqlite3.Error:
            failures += 1
            if low == high:
                lost.rows += _is_there(connection, table, low)
            else:
                middle = (low + high) // 2
                ranges += [(middle + 1, high), (low, middle)]
            continue
        for values in found:
            row = dict(zip(names, values, strict=True))
            # A damaged table may tell a row twice, or out of order.
            if seen < row["_row"] <= high:
                seen = row["_row"]
                yield row


def _end(connection: sqlite3.Connection, table: str) -> int:
    """A row id that no row exceeds, as well as can be told."""
    try:
        return int(connection.execute(f"SELECT coalesce(max(rowid), 0) FROM {table}").fetchone()[0])  # noqa: S608
    except sqlite3.Error:
        pass
    try:
        pages, size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "page_size"))
    except sqlite3.Error:
        return 0
    return pages * size // 32  # no row of these tables is smaller


def _is_there(connection: sqlite3.Connection, table: str, row: int) -> bool:
    try:
        query = f"SELECT 1 FROM {table} WHERE rowid = ?"  # noqa: S608
        return connection.execute(query, [row]).fetchone() is not None
    except sqlite3.Error:
        return False
