"""What a new index is built from: images, waiting records, marks, and the readable rows of an old database."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.catalog import marks
from fluxlab.catalog.encoding import dump, load
from fluxlab.catalog.plain_files import is_unread
from fluxlab.catalog.record import Record, checked, of_row
from fluxlab.catalog.upkeep.head import carried, digest_of, looks_whole
from fluxlab.catalog.upkeep.salvage import Lost, rows
from fluxlab.catalog.upkeep.store import look, place_of
from fluxlab.catalog.upkeep.values import before
from fluxlab.catalog.upkeep.waiting import read_all
from fluxlab.catalog.upkeep.watch import Watch
from fluxlab.catalog.upkeep.whole import completed
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from sqlite_utils import Database

# Sorted and matched by SQLite, so that a large catalog need not fit into memory.
_GATHERED = """CREATE TEMP TABLE gathered (
    uid TEXT PRIMARY KEY, origin TEXT NOT NULL, place TEXT NOT NULL, number INTEGER, stars INTEGER, file TEXT,
    record TEXT NOT NULL
)"""
_OLD = (
    "SELECT generations.id AS _row, generations.*, details.*, coalesce(environments.body, '{}') AS environment_body "
    "FROM generations JOIN details ON details.id = generations.id "
    "LEFT JOIN environments ON environments.hash = details.environment"
)
#: Tables that are carried over as they are, those that name an image by its uid last.
_BESIDE = {
    "runs": ("id", "name", "sweep", "created"),
    "scores": ("uid", "metric", "version", "value", "created"),
    "tags": ("tag", "uid", "created"),
    "notes": ("uid", "note", "created"),
}


class Sources:
    """Everything that is known of a catalog, gathered for a new index.

    Parameters
    ----------
    folder
        The catalog's folder.
    old
        Its old database, where it can be opened.
    """

    def __init__(self, folder: Path, old: sqlite3.Connection | None) -> None:
        self._folder = folder
        self._old = old
        self.lost = Lost()
        self.rows = self.images = self.spooled = self.carried = self.marked = self.unreadable = 0

    def gather(self, db: Database, *, deep: bool, watch: Watch) -> None:
        """Read all that there is into a temporary table.

        Parameters
        ----------
        db
            The new database.
        deep
            Compare all bytes of an image with its name.
        watch
            Shows how far it is.
        """
        db.conn.execute("PRAGMA temp_store=FILE")
        db.conn.execute(_GATHERED)
        latest = ""
        for row in self._old_rows(_OLD, "generations", "generations.id"):
            try:
                record = checked(of_row(row))
                origin = "old"
            except (CatalogError, KeyError, TypeError):
                # Its image may bring it back; its place, its stars and the seconds of writing it still knows.
                record = before(row) | {"uid": row["uid"], "created": str(row["created"])}
                origin = "broken"
            # Rows come back in their order; what only now is found takes its place among them by its date.
            latest = max(latest, record["created"])
            self._put(db, record, origin, latest, number=row["_row"], stars=row["stars"])
        for waiting, waits in read_all(self._folder):
            if isinstance(waits, Exception) and is_unread(waits):
                raise _unread(waiting, waits)
            if isinstance(waits, dict) and self._known(db, waits["uid"])[0].get("status") != "ok":
                self._put(db, waits, "spool", waits["created"])
        found = look(self._folder).images
        for name, size in watch(found.items(), what="reading images", total=len(found)):
            try:
                path = place_of(self._folder, name)
                if (digest_of(path) != name) if deep else not (looks_whole(path) or digest_of(path) == name):
                    raise CatalogError("its bytes do not have the hash that is its name.")
                record = carried(path)
            except (OSError, CatalogError):
                self.unreadable += 1
                continue
            known, file = self._known(db, record["uid"])
            # Of two images with the same record the one that the old row names is taken; `fsck` tells of the other.
            if file is None and (known.get("file_hash") in {None, name} or known["file_hash"] not in found):
                self._put(db, completed(record, name, size, known), "image", record["created"], file=name)

    def write(self, db: Database, take: Callable[[Database, Record], int], *, watch: Watch) -> None:
        """Write all that was gathered into the tables.

        Parameters
        ----------
        db
            The new database, in a transaction.
        take
            Writes one record; raises `CatalogError` for one that does not fit.
        watch
            Shows how far it is.
        """
        count = db.conn.execute("SELECT count(*) FROM gathered").fetchone()[0]
        cursor = db.conn.execute(
            "SELECT origin, stars, record FROM gathered ORDER BY place, number IS NULL, number, uid"
        )
        for origin, stars, text in watch(cursor, what="writing rows", total=count):
            if origin == "broken":
                self.lost.rows += 1
                continue
            try:
                row = take(db, load(text))
            except CatalogError:
                self.unreadable += origin == "image"
                self.lost.rows += origin == "old"
                continue
            if stars is not None:
                db.conn.execute("UPDATE generations SET stars = ? WHERE id = ?", [stars, row])
            self.rows += 1
            self.images += origin == "image"
            self.spooled += origin == "spool"
            self.carried += origin == "old"
        self._write_beside(db)
        self._write_marks(db)
        db.conn.execute("DROP TABLE gathered")

    def _put(
        self,
        db: Database,
        record: Record,
        origin: str,
        place: str,
        *,
        number: int | None = None,
        stars: int | None = None,
        file: str | None = None,
    ) -> None:
        """Keep a record; one of the same image keeps its place, its number and its stars."""
        db.conn.execute(
            "INSERT INTO gathered VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (uid) DO UPDATE SET origin = excluded.origin, file = excluded.file, record = excluded.record",
            [record["uid"], origin, place, number, stars, file, dump(record)],
        )

    @staticmethod
    def _known(db: Database, uid: str) -> tuple[Record, str | None]:
        """What was gathered of an image so far, and the file it was read from."""
        found = db.conn.execute("SELECT record, file FROM gathered WHERE uid = ?", [uid]).fetchone()
        return ({}, None) if found is None else (load(found[0]), found[1])

    def _old_rows(self, select: str, table: str, key: str) -> Iterator[dict[str, Any]]:
        if self._old is not None:
            yield from rows(self._old, select, table, self.lost, key)

    def _write_beside(self, db: Database) -> None:
        for table, names in _BESIDE.items():
            listed = ", ".join(names)
            for row in self._old_rows(f"SELECT rowid AS _row, {listed} FROM {table}", table, "rowid"):  # noqa: S608
                values = [row[name] for name in names]
                marks = ", ".join("?" * len(values))
                try:
                    db.conn.execute(f"INSERT INTO {table} ({listed}) VALUES ({marks})", values)  # noqa: S608
                except sqlite3.IntegrityError:
                    self.lost.rows += 1  # of an image that is gone, or damaged

    def _write_marks(self, db: Database) -> None:
        """The files say what holds; of the old database comes only when a tag or a note was given."""
        found = list(marks.files(self._folder))
        for each in found:
            if isinstance(each, tuple) and is_unread(each[1]):
                raise _unread(*each)
        given, left = marks.restore(db, found)
        self.marked += given
        self.lost.rows += left
        # Those that only the old database had are kept beside the new one too.
        for uid in marks.marked(db.conn):
            # A file that holds no marks is not written over: `fsck` moves it to the quarantine first.
            if not os.path.lexists(marks.place(self._folder, uid)):
                marks.keep_beside(self._folder, marks.of(db, uid))


def _unread(path: Path, error: Exception) -> CatalogError:
    return CatalogError(
        f"no new index was made, because '{path}' cannot be read ({error}) and what is in it would be lost: make it "
        "readable or move it away, and run the command again."
    )
