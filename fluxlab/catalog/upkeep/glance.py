"""A look into a private copy of the database, brought up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fluxlab.catalog.database import connect
from fluxlab.catalog.schema import prepare


@contextmanager
def current(copy: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a private copy, brought up to date where an older fluxlab wrote it.

    Raises
    ------
    CatalogError
        When it is damaged so much that it cannot be opened, is another program's, or a newer fluxlab's.
    """
    prepare(copy, lambda _: None)
    with connect(copy) as db:
        yield db.conn
