"""What is wrong with a catalog: everything is looked at, nothing is changed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from fluxlab.catalog import marks
from fluxlab.catalog.alive import is_gone
from fluxlab.catalog.plain_files import is_unread
from fluxlab.catalog.private_copy import left_by_a_killed_writer, private_copy
from fluxlab.catalog.record import STATUSES, Record
from fluxlab.catalog.upkeep.glance import current
from fluxlab.catalog.upkeep.head import carried, digest_of, looks_whole
from fluxlab.catalog.upkeep.pixels import wrong_pixels
from fluxlab.catalog.upkeep.report import EXAMPLES, KINDS, Finding, printable
from fluxlab.catalog.upkeep.salvage import Lost, rows
from fluxlab.catalog.upkeep.store import Store, look, place_of
from fluxlab.catalog.upkeep.values import differing, row_of, scratch
from fluxlab.catalog.upkeep.waiting import unreadable_records, waiting_records
from fluxlab.catalog.upkeep.watch import Watch
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from sqlite_utils import Database

_BRIEF = "SELECT id AS _row, uid, status, file_hash, file_bytes FROM generations"
_STARTED = "SELECT uid, pid, boot FROM generations JOIN details ON details.id = generations.id WHERE status = 'started'"


@dataclass
class Row:
    """The little of a row that is needed to match it with its image."""

    uid: str
    status: str
    size: int | None


@dataclass
class Inspection:
    """What was looked at and found: by kind, what is concerned and why."""

    folder: Path
    deep: bool
    store: Store = field(default_factory=Store)
    rows: int = 0
    found: dict[str, dict[str, str]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    #: Rows by the hash of their image file, and the hash by uid.
    by_file: dict[str, Row] = field(default_factory=dict)
    file_of: dict[str, str] = field(default_factory=dict)
    #: Images that living processes are making.
    busy: set[str] = field(default_factory=set)
    #: Images without a row by the uid of their record.
    orphans: dict[str, str] = field(default_factory=dict)
    #: Images that have tags, stars or a note in a sound index.
    marked: list[str] = field(default_factory=list)
    #: Whether the index can be relied on, so that images which it does not name are rare.
    index: bool = False

    def note(self, kind: str, what: str, why: str = "") -> None:
        """Add to what was found."""
        self.found[kind][what] = why

    def findings(self, repaired: dict[str, int] | None = None) -> tuple[Finding, ...]:
        """As findings, in the order of `KINDS`."""
        done = repaired or {}
        return tuple(
            Finding(
                kind, len(found), tuple(_example(*each) for each in list(found.items())[:EXAMPLES]), done.get(kind, 0)
            )
            for kind, found in self.found.items()
            if found
        )


def _example(what: str, why: str) -> str:
    return printable(f"{what}: {why}" if why else what)


def inspect(folder: Path, *, deep: bool, watch: Watch) -> Inspection:
    """Look at everything.

    Parameters
    ----------
    folder
        The catalog's folder.
    deep
        Hash and decode every image, and compare every row with the record in its image.
    watch
        Shows how far it is.

    Raises
    ------
    CatalogError
        When the database is another program's, or a newer fluxlab's.
    OSError
        When a folder cannot be listed, so that nobody can tell what is in it.
    """
    seen = Inspection(folder, deep, look(folder))
    database = folder / "catalog.db"
    with private_copy(database) as copy:
        if left_by_a_killed_writer(copy):
            seen.note("journal", "catalog.db-journal")
        connected: sqlite3.Connection | None = None
        if not copy.is_file() or copy.stat().st_size == 0:
            seen.note("database", "catalog.db", "it is missing or empty")
            _look_at_images(seen, None, watch)
        else:
            try:
                with current(copy) as connected:
                    _look_at_database(seen, connected)
                    _look_at_images(seen, connected, watch)
            except CatalogError as error:
                if not isinstance(error.__cause__, sqlite3.Error):
                    raise
                seen.note("database", "catalog.db", str(error.__cause__))
                _look_at_unsound(seen, copy, watch)
    for path in waiting_records(folder):
        seen.note("waiting", _name(folder, path))
    for path, why in unreadable_records(folder).items():
        seen.note("spool", _name(folder, path), why)
    _look_at_marks(seen)
    for path in seen.store.stale:
        seen.note("stale", _name(folder, path))
    for path, why in seen.store.foreign.items():
        seen.note("foreign", _name(folder, path), why)
    return seen


def _look_at_marks(seen: Inspection) -> None:
    """What lies beside the database of what a person said; a new index is built from it."""
    beside: set[str] = set()
    for found in marks.files(seen.folder):
        if isinstance(found, marks.Marks):
            beside.add(found.uid)
        else:
            path, why = found
            if path == seen.folder / "marks" and is_unread(why):
                # Good files may be in it: a repair would set all of them aside with the folder.
                raise why
            seen.note("marks", _name(seen.folder, path), str(why))
    for uid in seen.marked:
        if uid not in beside:
            seen.note("unmarked", uid)


def _look_at_unsound(seen: Inspection, copy: Path, watch: Watch) -> None:
    """What a database that cannot be opened properly still tells."""
    try:
        connection = sqlite3.connect(copy, isolation_level=None)
        try:
            _take_rows(seen, connection)
        finally:
            connection.close()
    except sqlite3.Error:
        pass  # not a single row
    _look_at_images(seen, None, watch)


def _look_at_database(seen: Inspection, connection: sqlite3.Connection) -> None:
    try:
        # The whole check also compares every index with its table, which takes long for a million rows.
        check = "integrity_check" if seen.deep else "quick_check"
        words = [word for (word,) in connection.execute(f"PRAGMA {check}(20)").fetchall()]
    except sqlite3.Error as error:
        words = [str(error)]
    for number, word in enumerate(words):
        # FTS5 reports itself here too, in newer versions of SQLite.
        if word != "ok" and "prompts" not in word:
            seen.note("database", "catalog.db" if not number else f"catalog.db ({number + 1})", word)
    lost = _take_rows(seen, connection)
    if lost:
        seen.note("database", "generations", f"{lost:,} rows cannot be read")
    seen.index = not seen.found["database"]
    if not seen.index:
        return
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchall():
        seen.note("links", f"{table} {row}", f"names no row of {parent}")
    seen.marked = marks.marked(connection)
    halves = "SELECT uid FROM generations WHERE id NOT IN (SELECT id FROM details)"
    for (uid,) in connection.execute(halves).fetchall():
        seen.note("links", f"generations {uid}", "has no row in details")
    try:
        connection.execute("INSERT INTO prompts (prompts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError as error:
        seen.note("search", "prompts", str(error))
    for uid, pid, boot in connection.execute(_STARTED).fetchall():
        if is_gone(pid, boot):
            seen.note("dead", uid)
        else:
            seen.busy.add(uid)


def _take_rows(seen: Inspection, connection: sqlite3.Connection) -> int:
    """Read the rows as far as they can be read; returns how many cannot."""
    lost = Lost()
    for row in rows(connection, _BRIEF, "generations", lost, "id"):
        seen.rows += 1
        if row["status"] not in STATUSES or row["file_hash"] is None:
            continue
        seen.by_file[row["file_hash"]] = Row(row["uid"], row["status"], row["file_bytes"])
        seen.file_of[row["uid"]] = row["file_hash"]
    return lost.rows


def _look_at_images(seen: Inspection, connection: sqlite3.Connection | None, watch: Watch) -> None:
    images = seen.store.images
    with scratch() as empty:
        what = "hashing images" if seen.deep else "looking at images"
        for name, size in watch(images.items(), what=what, total=len(images)):
            try:
                _look_at_image(seen, name, size, connection, empty)
            except OSError as error:
                if isinstance(error, FileNotFoundError):
                    continue  # somebody has just moved it
                seen.note("changed", _name_of(name), f"it cannot be read ({error.strerror or error})")
    for name, row in seen.by_file.items():
        if name not in images and not _is_there(seen.folder, name):
            seen.note("missing", row.uid, _name_of(name))


def _look_at_image(
    seen: Inspection, name: str, size: int, connection: sqlite3.Connection | None, empty: Database
) -> None:
    path = place_of(seen.folder, name)
    row = seen.by_file.get(name)
    whole = looks_whole(path)
    # Without a sound index every image would be hashed; then the new index takes them by their look, or `deep` does.
    doubtful = not whole or (row is None and seen.index) or (row is not None and row.size != size)
    if (seen.deep or doubtful) and digest_of(path) != name:
        seen.note("changed", _name_of(name), "it was cut or overwritten" if not whole else "its bytes were changed")
    elif not seen.index:
        pass  # a new index takes it up
    elif row is None:
        _look_at_orphan(seen, name, path)
    elif row.size != size:
        seen.note("values", row.uid, "file_bytes")
    elif seen.deep and connection is not None:
        _look_at_values(seen, connection, empty, name, size)


def _is_there(folder: Path, name: str) -> bool:
    """Whether an image is there now: the list of them may be older than the rows."""
    path = place_of(folder, name)
    return path.is_file() and not path.is_symlink()


def _look_at_orphan(seen: Inspection, name: str, path: Path) -> None:
    try:
        record = carried(path)
    except CatalogError as error:
        seen.note("unreadable", _name_of(name), str(error))
        return
    if _has_wrong_pixels(seen, name, record):
        return
    other = seen.file_of.get(record["uid"])
    if other is not None and seen.by_file[other].status == "ok" and _is_there(seen.folder, other):
        seen.note("double", _name_of(name), f"its record is that of {_name_of(other)}")
    elif record["uid"] in seen.orphans:
        seen.note("double", _name_of(name), f"its record is that of {_name_of(seen.orphans[record['uid']])}")
    elif record["uid"] not in seen.busy:
        seen.orphans[record["uid"]] = name
        seen.note("orphan", _name_of(name), f"the image of {record['uid']}")


def _look_at_values(seen: Inspection, connection: sqlite3.Connection, empty: Database, name: str, size: int) -> None:
    uid = seen.by_file[name].uid
    try:
        record: Record = carried(place_of(seen.folder, name))
        columns = differing(empty, row_of(connection, uid), record, name, size) if record["uid"] == uid else ["uid"]
    except CatalogError as error:
        seen.note("unreadable", _name_of(name), str(error))
        return
    if _has_wrong_pixels(seen, name, record):
        return
    if columns:
        seen.note("values", uid, ", ".join(columns))


def _has_wrong_pixels(seen: Inspection, name: str, record: Record) -> bool:
    why = wrong_pixels(place_of(seen.folder, name), record) if seen.deep else None
    if why is not None:
        seen.note("pixels", _name_of(name), why)
    return why is not None


def _name_of(image: str) -> str:
    return f"objects/{image[:2]}/{image}.png"


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
