"""The catalog of somebody else: read, never changed, and refused where it holds more than a catalog."""

import hashlib
import os
import sqlite3
from contextlib import closing

import pytest

from fluxlab.catalog import Catalog
from fluxlab.errors import CatalogError


def state(folder):
    return {
        path.relative_to(folder): (path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.rglob("*")
        if path.is_file()
    }


def change(folder, *statements):
    with closing(sqlite3.connect(folder / "catalog.db", isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def test_it_is_read_and_nothing_in_its_folder_changes(catalog, keep, draft, folder, tmp_path):
    made = keep(prompt="a red fox")
    catalog.begin(draft())
    before = state(folder)
    with Catalog(folder, read_only=True) as foreign:
        assert foreign.get(made.uid).recipe == made.recipe
        assert foreign.get(made.uid).image.size == (32, 32)
        assert foreign.df(prompt_has="fox").index.tolist() == [made.uid]
        assert set(foreign.find(["k"])) == {"k"}
        assert foreign.sql("select count(*) as n from images")["n"].tolist() == [2]
        foreign.export(tmp_path / "out")
    assert state(folder) == before


def test_whatever_would_write_is_refused(catalog, keep, draft, folder, tmp_path):
    made = keep()
    before = state(folder)
    with Catalog(folder, read_only=True) as foreign:
        for write in (
            lambda: foreign.begin(draft()),
            lambda: foreign.tag(made.uid, "x"),
            lambda: foreign.star(made.uid, 5),
            lambda: foreign.score(made.uid, "m", 1.0),
            lambda: foreign.add_run("r", "{}"),
            lambda: foreign.import_images(tmp_path),
        ):
            with pytest.raises(CatalogError, match="was opened read-only"):
                write()
    assert state(folder) == before


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TRIGGER evil AFTER INSERT ON tags BEGIN DELETE FROM generations; END"],
        ["CREATE VIEW extra AS SELECT 1"],
        ["ALTER TABLE generations RENAME TO other", "CREATE VIEW generations AS SELECT * FROM other"],
        ["CREATE TABLE more (x)"],
        ["DROP INDEX generations_key"],
        ["DROP TABLE notes"],
    ],
    ids=["trigger", "view", "view for a table", "table", "index gone", "table gone"],
)
def test_anything_that_fluxlab_did_not_make_is_refused(catalog, keep, folder, statements):
    keep()
    change(folder, *statements)
    before = state(folder)
    with pytest.raises(CatalogError, match="not as fluxlab makes it"):
        Catalog(folder, read_only=True)
    assert state(folder) == before


def test_a_row_cannot_name_a_file_outside_the_store(catalog, keep, folder, tmp_path):
    made = keep()
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    away = os.path.relpath(secret.with_suffix(""), folder / "objects" / "..")
    with closing(sqlite3.connect(folder / "catalog.db", isolation_level=None)) as db:
        db.execute("UPDATE generations SET file_hash = ?", [away])
    with Catalog(folder, read_only=True) as foreign:
        assert foreign.get(made.uid).path is None
        with pytest.raises(CatalogError, match="has no image"):
            _ = foreign.get(made.uid).image


def test_what_is_no_catalog_is_a_sentence_and_nothing_is_made(tmp_path):
    with pytest.raises(CatalogError, match="holds no catalog"):
        Catalog(tmp_path / "nowhere", read_only=True)
    assert not (tmp_path / "nowhere").exists()
    (tmp_path / "catalog.db").write_bytes(b"x" * 5000)
    with pytest.raises(CatalogError, match="not a SQLite database"):
        Catalog(tmp_path, read_only=True)
    (tmp_path / "catalog.db").unlink()
    change(tmp_path, "CREATE TABLE t (x)")
    with pytest.raises(CatalogError, match="is not a fluxlab catalog"):
        Catalog(tmp_path, read_only=True)


def test_a_damaged_one_is_a_sentence(catalog, keep, folder):
    for number in range(30):
        keep(str(number), prompt="a long prompt " * 50)
    path = folder / "catalog.db"
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = os.urandom(4096)
    path.write_bytes(data)
    with pytest.raises(CatalogError, match="damaged"):
        Catalog(folder, read_only=True)
