"""Put right what an inspection found. Everything is looked at once more before it is touched."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from fluxlab.catalog import marks, spool
from fluxlab.catalog.adopt import take
from fluxlab.catalog.afterlife import crash
from fluxlab.catalog.database import connect, immediate, sentences
from fluxlab.catalog.encoding import dump
from fluxlab.catalog.record import Record
from fluxlab.catalog.schema import prepare
from fluxlab.catalog.upkeep import waiting
from fluxlab.catalog.upkeep.head import carried, digest_of
from fluxlab.catalog.upkeep.inspection import Inspection
from fluxlab.catalog.upkeep.quarantine import move
from fluxlab.catalog.upkeep.store import place_of
from fluxlab.catalog.upkeep.values import before, row_of
from fluxlab.catalog.upkeep.whole import completed
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from sqlite_utils import Database


def repair_all(seen: Inspection) -> dict[str, int]:
    """Repair what can be repaired but for the index; returns how many of each kind were put right.

    Parameters
    ----------
    seen
        What was found.

    Raises
    ------
    CatalogError
        When the database cannot be written; what was moved to the quarantine by then stays there.
    """
    database = seen.folder / "catalog.db"
    done = dict.fromkeys(seen.found, 0)
    with sentences(database):
        # To open it for writing is what takes back a half-written change.
        prepare(database, lambda _: None)
        with connect(database) as db, immediate(db):
            done["journal"] = len(seen.found["journal"])
    for kind in ("changed", "pixels", "spool", "marks", "stale"):
        for name, why in seen.found[kind].items():
            done[kind] += _set_aside(seen.folder, seen.folder / name, kind, why)
    if seen.found["waiting"] or seen.found["spool"]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is left is found by the second look
            done["waiting"] = spool.replay(seen.folder, database)
    # A record that still waits says more than the image that carries it: it is not anticipated.
    left = {record["uid"] for record in waiting.waiting_records(seen.folder).values()}
    orphans = [name for uid, name in seen.orphans.items() if uid not in left]
    with sentences(database), connect(database) as db, immediate(db):
        done["orphan"] = _each(db, orphans, lambda name: _adopt(db, seen.folder, name))
        done["values"] = _each(db, list(seen.found["values"]), lambda uid: _rewrite(db, seen, uid))
        for uid in seen.found["dead"].keys() - left:
            # One whose image was adopted just now is not dead any more.
            crash(db, uid)
            done["dead"] += 1
        done["search"] = _search(db)
        done["unmarked"] = _each(db, list(seen.found["unmarked"]), lambda uid: _mark_beside(db, seen.folder, uid))
    return done


def _set_aside(folder: Path, path: Path, kind: str, why: str) -> bool:
    """Move a bad file to the quarantine; one that is good after all stays, or goes back."""
    if _is_good(path, kind):
        return True  # it could only not be read at the first look, or was made again since
    reason = {
        "spool": "it is no whole record: ",
        "marks": "it holds no marks: ",
        "stale": "a temporary file that an ended process left",
    }.get(kind, "")
    try:
        target = move(folder, path, reason + why)
        if kind == "changed" and _digest(target) == path.stem:
            # The same image was made again between the look and the move.
            target.rename(path)
            target.with_name(f"{target.name}.json").unlink()
    except OSError:
        return False
    return True


def _is_good(path: Path, kind: str) -> bool:
    """Whether a file that was found to be bad can be read now, and holds what it should."""
    if kind == "changed":
        return _digest(path) == path.stem
    if kind == "spool":
        return waiting.is_readable(path)
    if kind == "marks":
        return marks.is_readable(path)
    return False


def _digest(path: Path) -> str | None:
    try:
        return digest_of(path)
    except OSError:
        return None


def _each(db: Database, names: list[str], repair: Callable[[str], bool]) -> int:
    """How many repairs succeeded; one that fails leaves nothing behind and holds back none of the others."""
    done = 0
    for name in names:
        db.conn.execute("SAVEPOINT each")
        try:
            done += repair(name)
        except (OSError, CatalogError):
            db.conn.execute("ROLLBACK TO each")
        finally:
            # A failing disk may have ended the whole transaction; to release what is gone would hide the error.
            if db.conn.in_transaction:
                db.conn.execute("RELEASE each")
    return done


def _adopt(db: Database, folder: Path, name: str) -> bool:
    path = place_of(folder, name)
    record = carried(path)
    if digest_of(path) != name:
        return False
    _write(db, record, name, path.stat().st_size)
    known = marks.of(db, record["uid"])
    if (said := marks.beside(folder, known)) != known:
        # A new index left the image out, because it could not be read at that moment, and its marks with it.
        marks.restore(db, [said])
    return True


def _mark_beside(db: Database, folder: Path, uid: str) -> bool:
    file = marks.place(folder, uid)
    if os.path.lexists(file):
        return marks.is_readable(file)  # a bad one that could not be moved is not written over
    marks.keep_beside(folder, marks.of(db, uid))
    return True


def _rewrite(db: Database, seen: Inspection, uid: str) -> bool:
    name = seen.file_of[uid]
    path = place_of(seen.folder, name)
    record = carried(path)
    if digest_of(path) != name:
        return False
    _write(db, record, name, path.stat().st_size)
    if record["uid"] != uid:
        # The row had its image by mistake: it keeps its own words, without it.
        db.conn.execute("UPDATE generations SET file_hash = NULL WHERE uid = ? AND file_hash = ?", [uid, name])
    return True


def _write(db: Database, record: Record, name: str, size: int) -> None:
    """Write a record over its row, whatever that says, or into a new one."""
    row = row_of(db.conn, record["uid"])
    # A finished row is not changed otherwise.
    db.conn.execute("UPDATE generations SET status = 'started' WHERE uid = ?", [record["uid"]])
    take(db, completed(record, name, size, None if row is None else before(row)))
    # Environments are shared and kept under their hash: one that was changed is not written again by itself.
    body = dump(record.get("environment", {}))
    digest = hashlib.sha256(body.encode()).hexdigest()
    db.conn.execute("UPDATE environments SET body = ? WHERE hash = ? AND body <> ?", [body, digest, body])


def _search(db: Database) -> int:
    """Build the full-text index anew when it is wrong, also after a prompt was corrected."""
    try:
        db.conn.execute("INSERT INTO prompts (prompts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError:
        db.conn.execute("INSERT INTO prompts (prompts) VALUES ('rebuild')")
        return 1
    return 0
