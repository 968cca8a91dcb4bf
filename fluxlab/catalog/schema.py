"""The tables of ``catalog.db``. A released migration is never changed: the next one adds to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlite_utils import Database, Migrations

from fluxlab.catalog.database import connect, immediate, sentences, settle_journal
from fluxlab.errors import CatalogError

migrations = Migrations("fluxlab.catalog")


@migrations()
def m001_first_tables(db: Database) -> None:
    """Generations, their environments, runs and scores."""
    # With trusted_schema=OFF this SQLite may refuse json_valid() in a CHECK: `encoding.dump` writes all JSON instead.
    # Seeds reach 2**64 - 1, which no SQLite integer holds: they are decimal text.
    for statement in (
        "CREATE TABLE environments (hash TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT",
        """CREATE TABLE generations (
            id INTEGER PRIMARY KEY,
            uid TEXT NOT NULL UNIQUE,
            key TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('started', 'ok', 'failed', 'interrupted')),
            created TEXT NOT NULL,
            finished TEXT,
            model TEXT NOT NULL,
            prompt TEXT NOT NULL,
            seed TEXT NOT NULL,
            steps INTEGER NOT NULL,
            guidance REAL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            scheduler TEXT NOT NULL,
            max_sequence_length INTEGER NOT NULL,
            loras TEXT NOT NULL,
            recipe TEXT NOT NULL,
            effective TEXT NOT NULL,
            files TEXT NOT NULL,
            pipeline TEXT NOT NULL,
            coords TEXT,
            timings TEXT NOT NULL,
            environment TEXT NOT NULL REFERENCES environments (hash),
            mode TEXT NOT NULL,
            run TEXT,
            session TEXT,
            pid INTEGER,
            boot TEXT,
            step INTEGER,
            error TEXT,
            pixel_hash TEXT,
            file_hash TEXT,
            file_bytes INTEGER,
            path TEXT
        ) STRICT""",
        "CREATE INDEX generations_key ON generations (key, status)",
        "CREATE INDEX generations_run ON generations (run)",
        "CREATE INDEX generations_size ON generations (model, width, height)",
        """CREATE TABLE runs (
            id TEXT PRIMARY KEY,
            name TEXT,
            sweep TEXT NOT NULL,
            created TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE scores (
            uid TEXT NOT NULL REFERENCES generations (uid) ON DELETE CASCADE,
            metric TEXT NOT NULL,
            version TEXT NOT NULL,
            value REAL NOT NULL,
            created TEXT NOT NULL,
            PRIMARY KEY (uid, metric)
        ) STRICT""",
    ):
        db.execute(statement)


def prepare(path: Path, fill: Callable[[Database], None]) -> None:
    """Create the tables, or bring an older file up to date.

    Parameters
    ----------
    path
        Of ``catalog.db``.
    fill
        Called inside the same transaction when the file is new.

    Raises
    ------
    CatalogError
        When the file is not a catalog, is damaged, or was written by a newer fluxlab. It is left as it is.
    """
    with sentences(path), connect(path) as db:
        new = _check(db, path)
        settle_journal(db, path.parent)
        if new or migrations.pending(db):
            # The list of pending migrations is read inside the write lock: processes that open together would
            # otherwise each apply the same ones.
            with immediate(db):
                new = _check(db, path)
                migrations.apply(db)
                if new:
                    fill(db)


def _check(db: Database, path: Path) -> bool:
    """Whether the file is still empty; raises for a file that is not this fluxlab's."""
    tables = set(db.table_names())
    if not tables:
        return True
    applied = {migration.name for migration in migrations.applied(db)}
    if not applied:
        raise CatalogError(
            f"'{path}' is a SQLite database, but not a fluxlab catalog: it is left as it is; "
            "move it to another folder, or set FLUXLAB_HOME to another folder."
        )
    newer = applied - {migration.name for migration in migrations._migrations}  # noqa: SLF001  (no public list)
    if newer:
        raise CatalogError(
            f"'{path}' was written by a newer fluxlab (it has '{max(newer)}'): it is left as it is; "
            "upgrade fluxlab, or set FLUXLAB_HOME to another folder."
        )
    # A file that was cut or overwritten in the middle shows only when its tables are read.
    db.execute("SELECT count(*) FROM (SELECT 1 FROM generations ORDER BY id DESC LIMIT 1)").fetchone()
    return False
