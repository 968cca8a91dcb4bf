"""All that is read on one connection is of one moment, whatever others write meanwhile."""

import sqlite3
from contextlib import closing, suppress

from fluxlab.catalog.reading import reading
from fluxlab.catalog.selection import Selection


def fail_all(folder):
    """Another process wants to change everything: it does, or is told to wait."""
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(folder / "catalog.db", timeout=0)) as db, db:
        db.execute("UPDATE generations SET status = 'failed', prompt = 'changed'")


def test_two_statements_see_one_moment(catalog, keep, folder):
    keep()
    with reading(folder / "catalog.db", None) as connection:
        before = connection.execute("SELECT status, prompt FROM generations").fetchall()
        fail_all(folder)
        after = connection.execute("SELECT status, prompt FROM generations").fetchall()
    assert before == after == [("ok", "a cat")]
    fail_all(folder)
    assert catalog.sql("SELECT status FROM images")["status"].tolist() == ["failed"]


def test_a_pivot_and_its_failed_ones_are_of_one_moment(catalog, keep, folder, monkeypatch):
    keep()
    hidden = Selection.count_hidden

    def later(selection, connection):
        fail_all(folder)
        return hidden(selection, connection)

    monkeypatch.setattr(Selection, "count_hidden", later)
    table = catalog.pivot("steps", "guidance")
    assert (table["count"].tolist(), table.attrs["hidden_failed"]) == ([1], 0)
    frame = catalog.df()
    assert (len(frame), frame.attrs["hidden_failed"]) == (1, 0)
