"""Whether a database may be opened, looked at before anything in its folder is made or changed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database

from fluxlab.catalog.database import address, connect, sentence, sentences
from fluxlab.catalog.private_copy import private_copy
from fluxlab.catalog.schema import check
from fluxlab.errors import CatalogError


def refuse(path: Path) -> None:
    """Refuse what is no catalog of this fluxlab, without a trace.

    Even to open a database is to change its folder, where a killed writer left a journal or a log.

    Parameters
    ----------
    path
        Of ``catalog.db``; it need not be there.

    Raises
    ------
    CatalogError
        When it is no file, damaged, another program's, or a newer fluxlab's, or cannot be read.
    """
    try:
        _refuse(path)
    except OSError as error:
        raise CatalogError(
            f"catalog file '{path}' cannot be looked at ({error.strerror or error}): make it and its folder readable, "
            "and have some room in the folder for temporary files."
        ) from error


def _refuse(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise CatalogError(f"'{path}' is no file, so no catalog can be kept there: move it, or name another folder.")
    if not path.is_file() or _is_ours(path):
        return
    # The look saw the file alone, perhaps in the middle of a write: before a refusal, one that sees all of it.
    with private_copy(path) as copy, sentences(path), connect(copy) as db:
        check(db, path)


def _is_ours(path: Path) -> bool:
    """Whether the file alone, without locks and without its log, shows a catalog that can be opened."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        return False
    place = address(path, "mode=ro&immutable=1")
    try:
        with closing(sqlite3.connect(place, uri=True, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA mmap_size=0")
            check(Database(connection, execute_plugins=False, strict=True), path)
    except sqlite3.Error as error:
        # A file that is being written, or was when its writer ended, looks damaged and is sound with its journal.
        kinds = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")
        if not str(getattr(error, "sqlite_errorname", "")).startswith(kinds):
            raise CatalogError(sentence(error, path)) from error
        return False
    except CatalogError:
        return False
    return True
