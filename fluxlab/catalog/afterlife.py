"""Images whose process ended while it made them: finished after all, or noted as crashed."""

from __future__ import annotations

import os
import sqlite3
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from fluxlab.catalog.adopt import adopt
from fluxlab.catalog.database import connect, immediate
from fluxlab.catalog.record import boot_id, now

if TYPE_CHECKING:
    from sqlite_utils import Database

_ENDED = "the process that made this image ended before it was done"

_STARTED = "SELECT uid, pid, boot FROM generations JOIN details ON details.id = generations.id WHERE status = 'started'"


def settle(folder: Path, database: Path) -> None:
    """Settle what processes that are gone left behind.

    An image that was written, but not yet noted, is taken up with the record that it carries. The others become
    ``crashed``. Should one of them be alive after all, on another machine, its image still wins when it comes.

    Parameters
    ----------
    folder
        The catalog's folder.
    database
        Of ``catalog.db``.
    """
    try:
        with connect(database) as db:
            begun = db.execute(_STARTED).fetchall()
            gone = [uid for uid, pid, boot in begun if is_gone(pid, boot)]
            if not gone:
                return
            with immediate(db):
                adopt(db, folder)
                for uid in gone:
                    crash(db, uid)
    except sqlite3.Error as error:
        # Reading still works, so opening does: the next open settles it.
        warnings.warn(f"what ended processes left in '{folder}' could not be settled yet: {error}.", stacklevel=3)


def crash(db: Database, uid: str) -> None:
    """Note that the process of an image ended before it was done, inside the caller's transaction."""
    found = db.execute("SELECT id FROM generations WHERE uid = ? AND status = 'started'", [uid]).fetchone()
    if found is not None:
        db.execute("UPDATE generations SET status = 'crashed', error = ? WHERE id = ?", [_ENDED, found[0]])
        db.execute("UPDATE details SET finished = ?, pid = NULL, boot = NULL WHERE id = ?", [now(), found[0]])


def is_gone(pid: int | None, boot: str | None) -> bool:
    """Whether a process is surely not running; where the platform does not say, it counts as running."""
    if os.name == "nt" or pid is None or pid <= 0:
        return False  # on Windows, os.kill would end the process instead of asking for it
    if boot and boot != boot_id():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
