"""Rows against the records in their images: every column, as a new index would have it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fluxlab.catalog.adopt import take
from fluxlab.catalog.encoding import load
from fluxlab.catalog.record import SELECT, Record
from fluxlab.catalog.schema import migrations
from fluxlab.catalog.sqlite_utils_alone import Database
from fluxlab.catalog.upkeep.whole import completed
from fluxlab.errors import CatalogError

#: Not in an image: the row's own number, what a person thinks of the image, and a hash of what is compared as text.
_NOT_COMPARED = ("id", "stars", "environment")


@contextmanager
def scratch() -> Iterator[Database]:
    """An empty catalog in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        db = Database(connection, execute_plugins=False, strict=True)
        migrations.apply(db)
        yield db
    finally:
        connection.close()


def row_of(connection: sqlite3.Connection, uid: str) -> dict[str, Any] | None:
    """The whole row of an image."""
    cursor = connection.execute(f"{SELECT} WHERE generations.uid = ?", [uid])
    names = [column[0] for column in cursor.description]
    found = cursor.fetchone()
    return None if found is None else dict(zip(names, found, strict=True))


def before(row: Mapping[str, Any]) -> Record:
    """What a row knows of an image besides the image's own record, whatever else is wrong with the row."""
    try:
        timings = load(row["timings"])
    except (CatalogError, TypeError):
        timings = None
    return {"file_hash": row["file_hash"], "finished": row["finished"], "timings": timings}


def differing(empty: Database, row: dict[str, Any] | None, record: Record, name: str, size: int) -> list[str]:
    """The columns in which a row differs from the record of its image.

    Parameters
    ----------
    empty
        From `scratch`; it is empty again afterwards.
    row
        From `row_of`; ``None`` where half of it is not there.
    record
        From the image.
    name, size
        Of the image.

    Raises
    ------
    CatalogError
        When the record does not fit the tables.
    """
    if row is None:
        return ["details"]
    empty.conn.execute("BEGIN")
    try:
        take(empty, completed(record, name, size, before(row)))
        expected = row_of(empty.conn, record["uid"]) or {}
    finally:
        empty.conn.execute("ROLLBACK")
    # As text, because NaN differs from itself.
    return [key for key in expected if key not in _NOT_COMPARED and repr(expected[key]) != repr(row.get(key))]
