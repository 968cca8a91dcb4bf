"""The whole index anew: from the images, and from whatever else can still be read."""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fluxlab.catalog import database as db_room
from fluxlab.catalog import given
from fluxlab.catalog.adopt import take
from fluxlab.catalog.database import connect, immediate, sentence, sentences
from fluxlab.catalog.schema import prepare
from fluxlab.catalog.upkeep.carry import Sources
from fluxlab.catalog.upkeep.quarantine import move, reserve, sync
from fluxlab.catalog.upkeep.store import require
from fluxlab.catalog.upkeep.watch import Watch, unwatched
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from sqlite_utils import Database

_PAGES = 1024
_WHY = "the index was built anew; this is the database that it replaces"


@dataclass(frozen=True)
class Rebuilt:
    """What a new index was built from."""

    folder: Path
    #: Rows, and of them those that came from an image, from the spool, and from the old database alone.
    rows: int
    images: int
    spooled: int
    carried: int
    #: Images whose tags, stars or note were read back from ``marks/``.
    marked: int
    #: Images that are torn, changed or carry no readable record: `fsck` names them.
    unreadable: int
    #: Rows of the old database and files of marks that could not be read, or belong to no row.
    lost: int
    #: Where the old database lies now; ``None`` where there was none.
    old: Path | None

    def __str__(self) -> str:
        origins = f"{self.images:,} from images, {self.spooled:,} from waiting records, {self.carried:,} from the old"
        said = [f"{self.folder}: {self.rows:,} rows built anew: {origins} database; marks of {self.marked:,} images"]
        if self.unreadable:
            said.append(f"{self.unreadable:,} images were left out: torn, changed or without a readable record")
        if self.lost:
            said.append(
                f"{self.lost:,} rows of the old database or files of marks could not be read or belong to no image"
            )
        if self.old is not None:
            said.append(f"the old database is kept at {self.old}")
        return "\n".join(said)


def rebuild(folder: str | Path, *, deep: bool = False, watch: Watch = unwatched) -> Rebuilt:
    """Build the whole index anew from the images, the waiting records and ``marks/``.

    What only the old database knows (failed, interrupted and crashed attempts, runs, scores) is carried over as far as
    it can be read. The old database goes to ``quarantine/``. At every moment one of the two is in place.

    While this runs, writers of this machine wait, and then write to the new index, where the old database can be
    opened at all; where it cannot, they fail and their records wait in ``spool/``. What cannot be excluded is a writer
    on another machine, where the network file system does not keep SQLite's locks.

    Parameters
    ----------
    folder
        The catalog's folder.
    deep
        Leave out images whose bytes do not have the hash that is their name. Without it, those that do not begin and
        end like a PNG are left out.
    watch
        Is given what is gone through, for a progress bar.

    Raises
    ------
    CatalogError
        When there is no catalog, it is another program's or a newer fluxlab's, another process holds it for too long,
        or the disk is full. The old database is in place then.
    """
    folder = given.path("folder", folder).absolute()
    path = folder / "catalog.db"
    new = folder / f"catalog.db.new-{uuid.uuid4().hex}"
    try:
        require(folder)
        with sentences(path), _locked(path) as old:
            prepare(new, lambda _: None)
            with connect(new) as db:
                sources = Sources(folder, old)
                with immediate(db):
                    sources.gather(db, deep=deep, watch=watch)
                    sources.write(db, take, watch=watch)
                _check(db, sources.rows)
            kept = _replace(folder, old, new)
    except OSError as error:
        raise CatalogError(
            f"the index at '{folder}' cannot be built anew ({error.strerror or error}): free some space and make the "
            "folder writable; the old database is still in place."
        ) from error
    finally:
        for part in ("", "-journal", "-wal", "-shm"):
            # What a failing disk keeps is found by `fsck`; how the rebuilding itself ended is what counts.
            with suppress(OSError):
                new.with_name(new.name + part).unlink(missing_ok=True)
    return Rebuilt(
        folder,
        sources.rows,
        sources.images,
        sources.spooled,
        sources.carried,
        sources.marked,
        sources.unreadable,
        sources.lost.rows,
        kept,
    )


@contextmanager
def _locked(path: Path) -> Iterator[sqlite3.Connection | None]:
    """The old database with its write lock, which stays held between transactions; ``None`` where it cannot be opened.

    Raises
    ------
    CatalogError
        When it is whole, but not this fluxlab's.
    """
    if not path.is_file() or path.stat().st_size == 0:
        yield None
        return
    try:
        prepare(path, lambda _: None)
    except CatalogError as error:
        if not isinstance(error.__cause__, sqlite3.DatabaseError) or not _is_damage(error.__cause__):
            raise
    with closing(sqlite3.connect(path, timeout=db_room.TIMEOUT, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA synchronous=EXTRA")
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("SELECT name FROM sqlite_master").fetchall()
        except sqlite3.Error as error:
            if not _is_damage(error):
                raise
            connection.close()
            yield None
            return
        yield connection


def _is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is to blame, and not a lock, the disk or its permissions."""
    name = str(getattr(error, "sqlite_errorname", "") or "")
    return name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")) or name in {"SQLITE_ERROR", ""}


def _check(db: Database, rows: int) -> None:
    """Raise when the new database is not whole."""
    words = [word for (word,) in db.conn.execute("PRAGMA integrity_check").fetchall()]
    broken = db.conn.execute("PRAGMA foreign_key_check").fetchall()
    db.conn.execute("INSERT INTO prompts (prompts, rank) VALUES ('integrity-check', 1)")
    found = db.conn.execute("SELECT count(*) FROM generations JOIN details USING (id)").fetchone()[0]
    if words != ["ok"] or broken or found != rows:
        raise CatalogError("the new index is not whole, so the old one was kept: check the disk and try again.")


def _replace(folder: Path, old: sqlite3.Connection | None, new: Path) -> Path | None:
    """Put the new database in the old one's place; returns where the old one is kept."""
    path = folder / "catalog.db"
    if old is not None:
        kept = reserve(folder, "catalog.db", _WHY)
        with closing(sqlite3.connect(kept, isolation_level=None)) as copy:
            old.execute("ROLLBACK")  # COMMIT would fail once a damaged page was met; the lock stays either way
            _pour(old, copy, path)
        # SQLite itself writes the new pages over the old ones in one transaction: whoever waits for the lock writes to
        # the new index afterwards, and a crash leaves the one or the other.
        with closing(sqlite3.connect(new, isolation_level=None)) as source:
            _pour(source, old, path)
        return kept
    _close(new, path)
    # No process can write to a file that SQLite does not open, so that it may be exchanged for another one. Its journal
    # must not be applied to the new one.
    for part in ("-journal", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            move(folder, path.with_name(path.name + part), _WHY)
    if not path.exists():
        try:
            os.link(new, path)
        except FileExistsError:
            raise CatalogError(
                f"another process made '{path}' meanwhile: run the command again, which takes that one into account."
            ) from None
        sync(folder)
        return None
    kept = reserve(folder, "catalog.db", _WHY)
    os.link(path, kept)
    sync(kept.parent)
    new.replace(path)
    sync(folder)
    return kept


def _close(new: Path, path: Path) -> None:
    """Bring all of the new database into its one file: a write-ahead log does not move with it.

    The log is written back when the last connection is closed, but should that fail, closing says nothing.
    """
    with closing(sqlite3.connect(new, isolation_level=None)) as db:
        (mode,) = db.execute("PRAGMA journal_mode=DELETE").fetchone()
    if mode != "delete":
        raise CatalogError(f"the new index for '{path}' cannot be closed, so the old one was kept: try again.")


def _pour(source: sqlite3.Connection, target: sqlite3.Connection, path: Path) -> None:
    """Copy a whole database over another one, in one transaction of the target."""
    deadline = time.monotonic() + db_room.TIMEOUT

    def patience(status: int, remaining: int, total: int) -> None:  # noqa: ARG001  (what sqlite3 calls)
        nonlocal deadline
        if status not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            deadline = time.monotonic() + db_room.TIMEOUT
        elif time.monotonic() > deadline:
            busy = sqlite3.OperationalError("database is locked")
            busy.sqlite_errorname = "SQLITE_BUSY"
            raise CatalogError(sentence(busy, path))

    source.backup(target, pages=_PAGES, progress=patience, sleep=0.05)
