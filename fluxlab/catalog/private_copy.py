"""A private copy of a database, for a look that leaves no trace: it is opened in its place."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from fluxlab.catalog.database import TIMEOUT, address
from fluxlab.errors import CatalogError

#: Without the shared memory of a write-ahead log, which SQLite makes anew.
_PARTS = ("", "-journal", "-wal")
_TRIES = 10
_PEEK = """
import sys
with open(sys.argv[1], "rb") as file:
    head = file.read(20)
print("log" if head[18:] == bytes([2, 2]) else "rollback" if head.startswith(b"SQLite format 3") else "none")
"""
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
        if database.is_file() and database.stat().st_size:
            journal = _elsewhere(database, copy, _PEEK, str(database)).strip()
            if journal != "rollback" or not _read(database, copy):
                _copy_files(database, copy)
        yield copy


def left_by_a_killed_writer(copy: Path) -> bool:
    """Whether the copy came with a rollback journal."""
    journal = copy.with_name(copy.name + "-journal")
    return journal.is_file() and journal.stat().st_size > 0


def _read(database: Path, copy: Path) -> bool:
    """Copy through SQLite, which waits for writers and, without a write-ahead log, makes no file."""
    place = address(database, "mode=ro")
    try:
        with closing(sqlite3.connect(place, uri=True, timeout=TIMEOUT, isolation_level=None)) as source:
            source.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            with closing(sqlite3.connect(copy, isolation_level=None)) as target:
                source.backup(target)
    except sqlite3.Error:
        return False  # damaged, or a killed writer left its journal, which reading does not take back
    return True


def _copy_files(database: Path, copy: Path) -> None:
    """Copy the files themselves; again when a write-ahead log was written back meanwhile."""
    for _ in range(_TRIES):
        before = _state(database)
        names: list[str] = []
        for part in _PARTS:
            target = copy.with_name(copy.name + part)
            target.unlink(missing_ok=True)
            names += [str(database.with_name(database.name + part)), str(target)]
        _elsewhere(database, copy, _COPY, *names)
        if before == _state(database):
            return
        time.sleep(0.05)


def _state(database: Path) -> tuple[int, int]:
    found = database.stat()
    return found.st_size, found.st_mtime_ns


def _elsewhere(database: Path, copy: Path, code: str, *names: str) -> str:
    """Read the files in a process of its own; returns what it prints.

    A process that closes a file drops all locks that it holds on it, and this one may be writing images meanwhile.
    """
    done = subprocess.run(  # noqa: S603  (our own code; the names are arguments)
        [sys.executable, "-I", "-S", "-c", code, *names], capture_output=True, text=True, check=False
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        free = shutil.disk_usage(copy.parent).free
        raise CatalogError(
            f"'{database}' cannot be copied to '{copy.parent}' for a look ({reason}): make it readable, and have as "
            f"much room there as it is large ({free:,} bytes are free)."
        )
    return done.stdout
