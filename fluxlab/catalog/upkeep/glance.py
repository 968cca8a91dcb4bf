"""A look into the database that leaves no trace: a private copy is opened in its place."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fluxlab.catalog.database import connect
from fluxlab.catalog.schema import prepare
from fluxlab.errors import CatalogError

#: Without the shared memory of a write-ahead log, which SQLite makes anew.
_PARTS = ("", "-journal", "-wal")
_TRIES = 10
_COPY = """
import shutil, sys
for source, target in zip(sys.argv[1::2], sys.argv[2::2]):
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        pass
"""


@contextmanager
def private_copy(database: Path) -> Iterator[Path]:
    """A copy of a database and its journal in a temporary folder.

    To open the original, even for reading, would roll back what a killed writer left, or make the files of a
    write-ahead log.

    Parameters
    ----------
    database
        Of ``catalog.db``; it need not be there.

    Raises
    ------
    CatalogError
        When it cannot be copied.
    """
    with tempfile.TemporaryDirectory(prefix="fluxlab-") as scratch:
        copy = Path(scratch) / "catalog.db"
        for _ in range(_TRIES):
            before = _state(database)
            _take(database, copy)
            # A journal may be that of a writer at work; only one that stays was left by a killed one.
            if before == _state(database) and before[1] is None:
                break
            time.sleep(0.05)
        yield copy


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


def left_by_a_killed_writer(copy: Path) -> bool:
    """Whether the copy came with a rollback journal."""
    journal = copy.with_name(copy.name + "-journal")
    return journal.is_file() and journal.stat().st_size > 0


def _state(database: Path) -> tuple[tuple[int, int] | None, ...]:
    states: list[tuple[int, int] | None] = []
    for part in _PARTS:
        try:
            found = database.with_name(database.name + part).stat()
            states.append((found.st_size, found.st_mtime_ns))
        except FileNotFoundError:
            states.append(None)
    return tuple(states)


def _take(database: Path, copy: Path) -> None:
    """Copy the files in a process of its own.

    A process that closes a file drops all locks that it holds on it, and this one may be writing images meanwhile.
    """
    names: list[str] = []
    for part in _PARTS:
        target = copy.with_name(copy.name + part)
        target.unlink(missing_ok=True)
        names += [str(database.with_name(database.name + part)), str(target)]
    done = subprocess.run(  # noqa: S603  (our own code; the names are arguments)
        [sys.executable, "-I", "-S", "-c", _COPY, *names], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        free = shutil.disk_usage(copy.parent).free
        raise CatalogError(
            f"'{database}' cannot be copied to '{copy.parent}' for a look ({reason}): make it readable, and have as "
            f"much room there as it is large ({free:,} bytes are free)."
        )
