"""Connections: safe settings, the right journal, types that hold, migrations that are complete."""

import sqlite3
from contextlib import closing

import pytest

from fluxlab.catalog import Catalog, database, schema
from fluxlab.catalog.database import connect, file_system, immediate, wal_is_safe


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.40.1", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.45.0", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.52.0", False),
        ("3.52.1", True),
        ("3.53", True),
        ("4.0.0", True),
        ("unknown", False),
    ],
)
def test_a_write_ahead_log_needs_a_fixed_sqlite(version, safe):
    assert wal_is_safe(version, "ext4") is safe


def test_a_write_ahead_log_needs_a_local_file_system(tmp_path):
    for kind in ("nfs", "cifs", "fuse.s3fs", "9p", None):
        assert not wal_is_safe("3.53.0", kind)
    assert file_system(tmp_path) is None or isinstance(file_system(tmp_path), str)


@pytest.mark.parametrize("safe", [True, False])
def test_either_journal_works_and_commits_durably(folder, draft, picture, monkeypatch, safe):
    monkeypatch.setattr(database, "wal_is_safe", lambda *_: safe)
    with Catalog(folder) as catalog:
        made = catalog.complete(catalog.begin(draft()), picture(), {}, {})
        assert catalog.df().index.tolist() == [made.uid]
    with connect(folder / "catalog.db") as db:
        value = lambda name: db.execute(f"PRAGMA {name}").fetchone()[0]  # noqa: E731  (one-line helper)
        assert value("journal_mode") == ("wal" if safe else "delete")
        assert value("synchronous") == 3
        assert (value("foreign_keys"), value("trusted_schema")) == (1, 0)
    # A catalog made with the other journal is taken over.
    monkeypatch.setattr(database, "wal_is_safe", lambda *_: not safe)
    assert Catalog(folder).get(made.uid) == made
    with connect(folder / "catalog.db") as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == ("delete" if safe else "wal")


def write_and_fail(db):
    with immediate(db):
        db.execute("INSERT INTO runs (id, sweep, created) VALUES ('r', '{}', '')")
        raise ZeroDivisionError


def test_a_transaction_takes_the_write_lock_at_once_and_leaves_nothing_after_an_error(catalog, folder, monkeypatch):
    monkeypatch.setattr(database, "TIMEOUT", 0.05)
    path = folder / "catalog.db"
    with connect(path) as one, connect(path) as two:
        with immediate(one), pytest.raises(sqlite3.OperationalError, match="locked"):
            immediate(two).__enter__()
        with pytest.raises(ZeroDivisionError):
            write_and_fail(one)
        assert two.execute("SELECT count(*) FROM runs").fetchone() == (0,)


def test_every_table_is_strict(catalog, keep, folder):
    keep()
    with closing(sqlite3.connect(folder / "catalog.db")) as db:
        tables = db.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'").fetchall()
        ours = {name: strict for name, strict in tables if not name.startswith(("sqlite_", "prompts"))}
        assert set(ours) == {
            *("generations", "details", "environments", "runs", "scores", "tags", "notes", "_sqlite_migrations")
        }
        assert set(ours.values()) == {1}
        with pytest.raises(sqlite3.IntegrityError, match="cannot store"):
            db.execute("UPDATE generations SET steps = 'many'")


def test_migrations_are_listed_and_applied_inside_the_write_lock(folder, monkeypatch):
    # Only so can processes that open a new catalog together not apply the same migration twice.
    apply, locked = schema.migrations.apply, []

    def watched(db):
        with closing(sqlite3.connect(folder / "catalog.db", timeout=0, isolation_level=None)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                locked.append(str(error))
        apply(db)

    monkeypatch.setattr(schema.migrations, "apply", watched)
    Catalog(folder)
    assert locked == ["database is locked"]
    Catalog(folder)
    assert len(locked) == 1  # nothing is pending any more
