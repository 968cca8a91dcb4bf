"""Records that could not be written to the database wait in ``spool/`` and are taken up at the next open."""

from __future__ import annotations

import sqlite3
import warnings
from pathlib import Path
from typing import Any

from fluxlab.catalog.adopt import take
from fluxlab.catalog.database import connect, immediate, is_busy
from fluxlab.catalog.encoding import dump, load
from fluxlab.catalog.images import write_durably
from fluxlab.catalog.plain_files import json_files, open_plain
from fluxlab.catalog.record import Record, checked
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


def read(path: Path) -> Any:
    """What a waiting file holds, which need not be a record.

    Raises
    ------
    CatalogError
        When it is too large, or no JSON.
    OSError
        When it cannot be read, or is no plain file.
    """
    with open_plain(path) as file:
        data = file.read(_BYTES_MAX + 1)
    if len(data) > _BYTES_MAX:
        raise CatalogError("it is too large for a record.")
    return load(data)


def replay(folder: Path, database: Path) -> int:
    """Write every waiting record to the database; returns how many.

    A file that cannot be read stays where it is, with a warning; so does everything when the database cannot be
    written, and then the next open tries again.
    """
    done = 0
    failures: list[Exception] = []
    for path, record in _waiting(folder).items():
        # One transaction each: a single record that the database refuses must not hold back the others.
        try:
            with connect(database) as db, immediate(db):
                take(db, record)
            path.unlink(missing_ok=True)
        except (sqlite3.Error, OSError, CatalogError) as error:
            # A record that is saved, but whose file stays, is saved again without effect.
            failures.append(error)
            if is_busy(error):
                break  # each of the others would wait for the lock as long as this one did
            continue
        done += 1
    if failures:
        warnings.warn(
            f"records wait in '{folder / _FOLDER}', because the catalog did not take them ({failures[0]}): "
            "the next open tries again.",
            stacklevel=3,
        )
    return done


def _waiting(folder: Path) -> dict[Path, Record]:
    """The waiting records that can be read."""
    waiting: dict[Path, Record] = {}
    try:
        files = json_files(folder / _FOLDER)
    except OSError as error:
        warnings.warn(
            f"'{folder / _FOLDER}' cannot be read ({error.strerror}): what waits there is taken up at a later open.",
            stacklevel=4,
        )
        return waiting
    for path in files:
        try:
            waiting[path] = checked(read(path))
        except FileNotFoundError:
            continue  # another process has just taken it up
        except (OSError, CatalogError) as error:
            warnings.warn(f"the waiting record '{path}' is left where it is: {error}", stacklevel=4)
    return waiting
