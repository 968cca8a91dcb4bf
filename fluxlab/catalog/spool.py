"""Records that could not be written to the database wait in ``spool/`` and are taken up at the next open."""

from __future__ import annotations

import sqlite3
import warnings
from pathlib import Path

from fluxlab.catalog.database import connect, immediate
from fluxlab.catalog.encoding import dump, load
from fluxlab.catalog.images import write_durably
from fluxlab.catalog.record import Record, checked, save
from fluxlab.errors import CatalogError

_FOLDER = "spool"
_BYTES_MAX = 64 * 2**20


def put(folder: Path, record: Record) -> Path:
    """Keep a record beside the database, as durably as an image.

    Raises
    ------
    OSError
        When this cannot be written either.
    """
    target = folder / _FOLDER / f"{record['uid']}.json"
    write_durably(target, dump(record).encode("utf-8"), folder / "objects" / "tmp")
    return target


def replay(folder: Path, database: Path) -> int:
    """Write every waiting record to the database; returns how many.

    A file that cannot be read stays where it is, with a warning; so does everything when the database cannot be
    written, and then the next open tries again.
    """
    waiting: dict[Path, Record] = {}
    for path in sorted((folder / _FOLDER).glob("*.json")):
        try:
            if path.stat().st_size > _BYTES_MAX:
                raise CatalogError("it is too large for a record.")
            waiting[path] = checked(load(path.read_bytes()))
        except FileNotFoundError:
            continue  # another process has just taken it up
        except (OSError, CatalogError) as error:
            warnings.warn(f"the waiting record '{path}' is left where it is: {error}", stacklevel=3)
    failures: list[sqlite3.Error] = []
    done = 0
    for path, record in waiting.items():
        # One transaction each: a single record that the database refuses must not hold back the others.
        try:
            with connect(database) as db, immediate(db):
                save(db, record)
        except sqlite3.Error as error:
            failures.append(error)
            continue
        path.unlink(missing_ok=True)
        done += 1
    if failures:
        warnings.warn(
            f"{len(failures)} records wait in '{folder / _FOLDER}', because the catalog did not take them "
            f"({failures[0]}): the next open tries again.",
            stacklevel=3,
        )
    return done
