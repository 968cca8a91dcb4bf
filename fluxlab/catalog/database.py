"""Connections to ``catalog.db``: one for each read or write, safe settings, and errors as sentences."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from fluxlab.catalog.sqlite_utils_alone import Database
from fluxlab.errors import CatalogError

TIMEOUT = 30.0
#: Seconds between two attempts at the write lock: at first, and after waiting for long.
_PAUSE_MAX, _PAUSE_MIN = 0.02, 0.001
#: File systems of one host, where the shared memory that WAL needs works. Any other gets a rollback journal.
_LOCAL = {"ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "tmpfs", "overlay"}


@contextmanager
def connect(path: Path) -> Iterator[Database]:
    """A connection for one read or one write, closed afterwards.

    A connection is not kept, because any code of the process that opens and closes the file drops the locks that a
    kept connection relies on, and because connections must not cross a fork.
    """
    # isolation_level=None: sqlite3 itself begins no transaction, `immediate` does.
    with closing(sqlite3.connect(path, timeout=TIMEOUT, isolation_level=None)) as connection:
        connection.text_factory = readable
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA mmap_size=0")
        # Only macOS has the difference: its fsync leaves the bytes in the disk's own cache.
        connection.execute("PRAGMA fullfsync=ON")
        # EXTRA also syncs the folder after the rollback journal is deleted, which is what commits. A write-ahead log is
        # treated as with FULL, so nothing depends on which journal another process has just chosen.
        # This reads the file, so it may have to wait for a writer.
        _patiently(connection, "PRAGMA synchronous=EXTRA")
        yield Database(connection, execute_plugins=False, strict=True)


def address(path: Path, options: str) -> str:
    """A file as the address that `sqlite3.connect` takes with ``uri=True``, whatever bytes are in its name."""
    return f"file:{quote(os.fsencode(path.resolve()))}?{options}"


def readable(text: bytes) -> str:
    """A text of the database; bytes that are no UTF-8, as somebody may have put there, must not hide the other rows."""
    return text.decode("utf-8", "replace")


@contextmanager
def immediate(db: Database) -> Iterator[Database]:
    """A transaction that takes the write lock at once.

    A deferred transaction that reads and then writes fails with "database is locked" at once when another process
    wrote in between; this one waits up to `TIMEOUT`.
    """
    _patiently(db.conn, "BEGIN IMMEDIATE")
    try:
        yield db
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise


def _patiently(connection: sqlite3.Connection, statement: str) -> None:
    """Run the statement that needs a lock; those who wait longest come first, more or less.

    SQLite's own waiting asks ever more seldom, so that of many writers the unlucky ones starve. Here whoever has waited
    longer asks more often.
    """
    connection.execute("PRAGMA busy_timeout=0")
    pause, deadline = _PAUSE_MAX, time.monotonic() + TIMEOUT
    while True:
        try:
            connection.execute(statement)
            break
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(pause)
        pause = max(_PAUSE_MIN, 0.8 * pause)
    connection.execute(f"PRAGMA busy_timeout={int(1000 * TIMEOUT)}")


def is_busy(error: Exception) -> bool:
    """Whether another connection holds the lock that was needed."""
    return str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn every SQLite error inside the block into a `CatalogError` of one sentence."""
    try:
        yield
    except sqlite3.Error as error:
        raise CatalogError(sentence(error, path)) from error


def _is_gone(folder: Path) -> bool:
    """Whether a folder is not there; a disk that does not say is no sign of it."""
    try:
        return not stat.S_ISDIR(folder.stat().st_mode)
    except OSError as error:
        return isinstance(error, FileNotFoundError | NotADirectoryError)


def sentence(error: sqlite3.Error, path: Path) -> str:
    """One sentence on what is wrong with the database file and what to do."""
    name: str = getattr(error, "sqlite_errorname", "") or ""
    if _is_gone(path.parent):
        return f"the folder of catalog file '{path}' is gone: put it back where it was, or open another catalog."
    if str(error).startswith("no such table"):
        # A connection makes an empty file where there is none.
        return (
            f"catalog file '{path}' was deleted or emptied while the catalog was open ({error}): open it again with "
            "Catalog(folder), which builds it anew from the images in 'objects', or put the file back."
        )
    if name.startswith("SQLITE_NOTADB"):
        return f"catalog file '{path}' is not a SQLite database{_ASIDE}"
    if name.startswith("SQLITE_CORRUPT"):
        return f"catalog file '{path}' is damaged or cut short ({error}){_ASIDE}"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return (
            f"catalog file '{path}' was locked by another program for {TIMEOUT:g} s: close that program and try again."
        )
    if name.startswith("SQLITE_FULL") or "FULL" in name:
        return f"the disk is full, so catalog file '{path}' cannot grow ({error}): free some space and try again."
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return f"catalog file '{path}' cannot be opened for writing ({error}): make the file and its folder writable."
    return f"catalog file '{path}' cannot be used ({error}): check the disk, then try again."


_ASIDE = (
    ": it is left as it is; run 'fluxlab fsck --repair', which builds it anew from the images in 'objects' and from "
    "what it still tells, and keeps it in 'quarantine'."
)


def wal_is_safe(version: str, file_system: str | None) -> bool:
    """Whether a write-ahead log may be used: SQLite has the fix of its WAL-reset bug, and the file system is local.

    Parameters
    ----------
    version
        Of the SQLite library, such as ``"3.51.3"``.
    file_system
        Its type, such as ``"ext4"``; ``None`` when not known.
    """
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    if found is None or file_system not in _LOCAL:
        return False
    number = (int(found[1]), int(found[2]), int(found[3] or 0))
    if number == (3, 52, 0):  # withdrawn
        return False
    backport = (number[:2] == (3, 44) and number[2] >= 6) or (number[:2] == (3, 50) and number[2] >= 7)
    return backport or number >= (3, 51, 3)


def file_system(folder: Path) -> str | None:
    """The type of the file system that holds ``folder``; ``None`` where the platform does not say."""
    if not sys.platform.startswith("linux"):
        return None
    best, kind = "", None
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    target = os.path.realpath(folder)
    for line in lines:
        left, _, right = line.partition(" - ")
        mount = left.split()[4].replace("\\040", " ")
        inside = target == mount or target.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, kind = mount, right.split()[0]
    return kind


def settle_journal(db: Database, folder: Path) -> str:
    """Choose the journal once, at open; returns the mode in force.

    The switch ignores the busy timeout, so it is tried for a few seconds; when others hold the file for longer, the
    mode that stands is kept, which is safe.
    """
    wanted = "wal" if wal_is_safe(sqlite3.sqlite_version, file_system(folder)) else "delete"
    mode = str(db.conn.execute("PRAGMA journal_mode").fetchone()[0])
    deadline = time.monotonic() + 5
    while mode != wanted and time.monotonic() < deadline:
        try:
            mode = str(db.conn.execute(f"PRAGMA journal_mode={wanted}").fetchone()[0])
        except sqlite3.OperationalError as error:
            if not str(getattr(error, "sqlite_errorname", "")).startswith("SQLITE_BUSY"):
                raise
            time.sleep(0.02)
    return mode
