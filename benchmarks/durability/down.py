"""A database that takes no records for a while."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from fluxlab.catalog import record


@contextmanager
def database_down() -> Iterator[None]:
    """Let the database refuse every record inside the block."""
    usual = record.save

    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    record.save = refuse
    try:
        yield
    finally:
        record.save = usual
