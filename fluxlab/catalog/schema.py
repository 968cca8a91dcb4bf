"""The tables of ``catalog.db``. A released migration is never changed: the next one adds to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fluxlab.catalog.database import connect, immediate, sentences, settle_journal
from fluxlab.catalog.sqlite_utils_alone import Database, Migrations
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


@migrations()
def m002_narrow_rows(db: Database) -> None:
    """What is looked through often in narrow rows; the rest in ``details``, full-text search, marks and imports beside.

    A scan reads whole rows, so that a million of them answer several times faster without the JSON texts in between.
    """
    db.execute("CREATE TABLE old_scores (uid TEXT, metric TEXT, version TEXT, value REAL, created TEXT) STRICT")
    db.execute("INSERT INTO old_scores SELECT uid, metric, version, value, created FROM scores")
    db.execute("DROP TABLE scores")
    db.execute("ALTER TABLE generations RENAME TO old_generations")
    for index in ("generations_key", "generations_run", "generations_size"):
        db.execute(f"DROP INDEX {index}")
    for statement in (*_TABLES_2, *_FILL_2):
        db.execute(statement)
    db.execute("DROP TABLE old_scores")
    db.execute("DROP TABLE old_generations")
    db.execute("INSERT INTO prompts (prompts) VALUES ('rebuild')")


_TABLES_2 = (
    # The image lies at objects/<first two of file_hash>/<file_hash>.png: the path is not kept a second time.
    """CREATE TABLE generations (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        key TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('started', 'ok', 'failed', 'interrupted', 'crashed')),
        created TEXT NOT NULL,
        source TEXT NOT NULL,
        model TEXT,
        prompt TEXT NOT NULL,
        seed TEXT,
        steps INTEGER,
        guidance REAL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        scheduler TEXT,
        max_sequence_length INTEGER,
        loras TEXT NOT NULL,
        mode TEXT NOT NULL,
        run TEXT,
        seconds_encode REAL,
        seconds_denoise REAL,
        seconds_decode REAL,
        seconds_write REAL,
        seconds_total REAL,
        stars INTEGER CHECK (stars BETWEEN 1 AND 5),
        pixel_hash TEXT,
        file_hash TEXT,
        file_bytes INTEGER,
        error TEXT
    ) STRICT""",
    """CREATE TABLE details (
        id INTEGER PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
        recipe TEXT,
        effective TEXT NOT NULL,
        files TEXT NOT NULL,
        pipeline TEXT NOT NULL,
        coords TEXT,
        timings TEXT NOT NULL,
        environment TEXT NOT NULL REFERENCES environments (hash),
        imported TEXT,
        finished TEXT,
        session TEXT,
        step INTEGER,
        pid INTEGER,
        boot TEXT
    ) STRICT""",
    "CREATE INDEX generations_key ON generations (key, status)",
    "CREATE INDEX generations_run ON generations (run) WHERE run IS NOT NULL",
    "CREATE INDEX generations_size ON generations (model, width, height, status)",
    "CREATE INDEX generations_created ON generations (created)",
    "CREATE INDEX generations_file ON generations (file_hash) WHERE file_hash IS NOT NULL",
    "CREATE INDEX generations_started ON generations (id) WHERE status = 'started'",
    "CREATE INDEX generations_stars ON generations (stars) WHERE stars IS NOT NULL",
    """CREATE TABLE scores (
        uid TEXT NOT NULL REFERENCES generations (uid) ON DELETE CASCADE,
        metric TEXT NOT NULL,
        version TEXT NOT NULL,
        value REAL NOT NULL,
        created TEXT NOT NULL,
        PRIMARY KEY (uid, metric)
    ) STRICT""",
    """CREATE TABLE tags (
        tag TEXT NOT NULL,
        uid TEXT NOT NULL REFERENCES generations (uid) ON DELETE CASCADE,
        created TEXT NOT NULL,
        PRIMARY KEY (tag, uid)
    ) STRICT""",
    "CREATE INDEX tags_uid ON tags (uid)",
    """CREATE TABLE notes (
        uid TEXT PRIMARY KEY REFERENCES generations (uid) ON DELETE CASCADE,
        note TEXT NOT NULL,
        created TEXT NOT NULL
    ) STRICT""",
    # Filled by `record.save`, not by triggers: with trusted_schema=OFF some SQLite let no trigger write to FTS5, and
    # whoever rebuilds a table drops its triggers without a word.
    "CREATE VIRTUAL TABLE prompts USING fts5 (prompt, content='generations', content_rowid='id')",
)
_FILL_2 = (
    """INSERT INTO generations
        SELECT id, uid, key, status, created, 'fluxlab', model, prompt, seed, steps, guidance, width, height, scheduler,
            max_sequence_length, loras, mode, run,
            json_extract(timings, '$.encode'), json_extract(timings, '$.denoise'),
            json_extract(timings, '$.decode'), json_extract(timings, '$.write'),
            (SELECT sum(value) FROM json_each(timings) WHERE key IN ('encode', 'denoise', 'decode', 'write')),
            NULL, pixel_hash, file_hash, file_bytes, error
        FROM old_generations""",
    """INSERT INTO details
        SELECT id, recipe, effective, files, pipeline, coords, timings, environment, NULL, finished, session, step,
            CASE status WHEN 'started' THEN pid END, CASE status WHEN 'started' THEN boot END
        FROM old_generations""",
    "INSERT INTO scores SELECT uid, metric, version, value, created FROM old_scores",
)


@migrations()
def m003_indexes(db: Database) -> None:
    """What failed is counted without a look at what did not; measures lie in the order of the images.

    Uids are scattered, so that looking up a million measures by them jumps through the whole file; by the number of
    the row it reads an index from its beginning to its end.
    """
    for statement in (
        "CREATE INDEX generations_not_ok ON generations (status) WHERE status <> 'ok'",
        "ALTER TABLE scores ADD COLUMN id INTEGER",
        "UPDATE scores SET id = (SELECT id FROM generations WHERE generations.uid = scores.uid)",
        "CREATE INDEX scores_metric ON scores (metric, id, value)",
        # Whoever writes a score knows the uid. Whoever rebuilds this table makes the trigger again.
        """CREATE TRIGGER scores_number AFTER INSERT ON scores BEGIN
            UPDATE scores SET id = (SELECT id FROM generations WHERE generations.uid = new.uid)
            WHERE uid = new.uid AND metric = new.metric;
        END""",
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
        new = check(db, path)
        settle_journal(db, path.parent)
        if new or migrations.pending(db):
            # The list of pending migrations is read inside the write lock: processes that open together would
            # otherwise each apply the same ones.
            with immediate(db):
                new = check(db, path)
                migrations.apply(db)
                if new:
                    fill(db)


def check(db: Database, path: Path) -> bool:
    """Whether the file is still empty.

    Parameters
    ----------
    db
        The file, or a copy of it; it is only read.
    path
        Of the file, for the sentence.

    Raises
    ------
    CatalogError
        When it is another program's, or a newer fluxlab's.
    """
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
