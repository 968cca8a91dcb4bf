"""Unwritable folders, full disks and damaged files: one sentence each, and nothing is lost."""

import errno
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager

import pytest

import fluxlab.catalog.catalog as room
from fluxlab.catalog import Catalog, NotRecordedError, opened, pixel_hash
from fluxlab.catalog.database import connect
from fluxlab.catalog.encoding import dump
from fluxlab.catalog.upkeep import fsck
from fluxlab.errors import CatalogError


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CatalogError, match=r"file.*cannot be written.*FLUXLAB_HOME"):
        Catalog(tmp_path / "file" / "inside")
    # The superuser may write everywhere, so the answer of the system is replaced.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(CatalogError, match="Permission denied"):
        Catalog(tmp_path / "locked")


def _damage(path, how):
    data = path.read_bytes()
    if how == "other":
        path.write_bytes(b"these are not the pages you are looking for" * 100)
    elif how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif how == "overwritten":
        path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


@pytest.mark.parametrize("how", ["other", "truncated", "overwritten"])
def test_a_damaged_catalog_is_a_sentence_and_is_left_as_it_is(catalog, keep, folder, how):
    made = [keep(f"{number}") for number in range(3)]
    path = folder / "catalog.db"
    _damage(path, how)
    before = path.read_bytes()
    with pytest.raises(CatalogError, match=r"(not a SQLite database|damaged or cut short).*left as it is.*\.$"):
        Catalog(folder)
    assert path.read_bytes() == before
    # What the sentence says to do brings every image back.
    assert fsck(folder, repair=True).remaining == 0
    again = Catalog(folder)
    assert again.df().index.tolist() == [each.uid for each in made]
    assert {each.uid for each in again.find(["0", "1", "2"]).values()} == {each.uid for each in made}
    assert again.get(made[0].uid).image.size == (32, 32)


def test_an_emptied_catalog_is_filled_from_the_images(catalog, keep, folder):
    made = keep()
    (folder / "objects" / "ab").mkdir(exist_ok=True)
    (folder / "objects" / "ab" / f"{'ab' * 32}.png").write_bytes(b"not a png")
    (folder / "catalog.db").write_bytes(b"")
    with pytest.warns(UserWarning, match="cannot be read as a PNG"), pytest.warns(UserWarning, match="1 records were"):
        again = Catalog(folder)
    assert again.get(made.uid) == made


def test_a_newer_catalog_is_a_sentence_and_is_left_as_it_is(catalog, keep, folder):
    keep()
    with closing(sqlite3.connect(folder / "catalog.db")) as db, db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('fluxlab.catalog', 'm900_future', '')"
        )
    before = (folder / "catalog.db").read_bytes()
    with pytest.raises(CatalogError, match=r"written by a newer fluxlab \(it has 'm900_future'\).*upgrade"):
        Catalog(folder)
    assert (folder / "catalog.db").read_bytes() == before


def test_a_database_of_another_program_is_left_alone(folder):
    folder.mkdir()
    with closing(sqlite3.connect(folder / "catalog.db")) as db, db:
        db.execute("CREATE TABLE photos (id INTEGER)")
    with pytest.raises(CatalogError, match="not a fluxlab catalog"):
        Catalog(folder)


def _everything(folder):
    """Every name in a folder, with its time and its bytes."""
    paths = sorted([folder, *folder.rglob("*")])
    return {path: (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None) for path in paths}


#: Writes a row and is killed before it closes the file.
@pytest.mark.parametrize("how", ["foreign", "newer", "damaged", "folder"])
def test_a_refusal_leaves_the_folder_exactly_as_it_was(folder, tmp_path, how):
    folder.mkdir()
    path = folder / "catalog.db"
    future = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('fluxlab.catalog', 'm900', '')"
    if how == "newer":
        Catalog(tmp_path / "other")
        path.write_bytes((tmp_path / "other" / "catalog.db").read_bytes())
    if how == "damaged":
        path.write_bytes(b"no database" * 1000)
    elif how == "folder":
        path.mkdir()
    else:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(future if how == "newer" else "CREATE TABLE photos (id)")
    before = _everything(folder)
    with pytest.raises(CatalogError, match=r"not a fluxlab catalog|newer fluxlab|not a SQLite database|is no file"):
        Catalog(folder)
    assert _everything(folder) == before


def test_a_database_that_is_deleted_under_an_open_catalog_is_said_to_be(catalog, keep, draft, folder):
    made = keep()
    (folder / "catalog.db").unlink()
    for ask in (
        catalog.df,
        lambda: catalog.get(made.uid),
        lambda: catalog.sql("SELECT count(*) FROM images"),
        lambda: catalog.df(where="steps > 1"),
        lambda: catalog.tag(made.uid, "keeper"),
        lambda: catalog.find(["k"]),
        lambda: catalog.begin(draft("2")),
    ):
        with pytest.raises(
            CatalogError, match=r"was deleted or emptied while .*: open it again with Catalog\(folder\)"
        ):
            ask()
    # What the sentence says to do brings everything back.
    with pytest.warns(UserWarning, match="was missing or empty: 1 records were read back"):
        assert Catalog(folder).get(made.uid) == made
    assert catalog.get(made.uid) == made
    shutil.rmtree(folder)
    with pytest.raises(CatalogError, match=r"the folder of catalog file .* is gone"):
        catalog.df()
    assert not folder.exists()


def test_a_database_that_breaks_while_an_image_is_made_loses_nothing(catalog, draft, picture, folder):
    uid = catalog.begin(draft("k"))
    good = (folder / "catalog.db").read_bytes()
    (folder / "catalog.db").write_bytes(b"x" * len(good))
    with pytest.raises(NotRecordedError, match=r"is safe at .* waits in 'spool'.*not a SQLite database") as caught:
        catalog.complete(uid, picture(), {"steps": 4}, {"denoise": 1.0})
    made = caught.value.generation
    assert made.path.is_file()
    assert pixel_hash(caught.value.image) == pixel_hash(picture())
    assert (folder / "spool" / f"{uid}.json").is_file()
    (folder / "catalog.db").write_bytes(good)
    with Catalog(folder) as again:
        assert again.get(uid) == made
        assert again.find(["k"]) == {"k": made}
        assert again.get(uid).timings == made.timings
    assert list((folder / "spool").iterdir()) == []


def test_a_disk_that_is_full_for_the_database_loses_nothing(catalog, draft, picture, folder, monkeypatch):
    @contextmanager
    def full(path):
        with connect(path) as db:
            pages = db.execute("PRAGMA page_count").fetchone()[0]
            db.execute(f"PRAGMA max_page_count={pages}")
            yield db

    uid = catalog.begin(draft("k", prompt="a cat " * 5000))
    for part in (room, opened):
        monkeypatch.setattr(part, "connect", full)
    with pytest.raises(NotRecordedError, match=r"waits in 'spool'.*the disk is full") as caught:
        catalog.complete(uid, picture(), {"notes": "n" * 100_000}, {})
    with pytest.raises(CatalogError, match="the disk is full"):
        catalog.begin(draft("k", prompt="another" * 20_000))
    monkeypatch.undo()
    assert Catalog(folder).get(uid) == caught.value.generation


def test_a_disk_that_is_full_for_the_image_gives_the_image_back(catalog, draft, picture, folder, monkeypatch):
    def no_space(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    uid = catalog.begin(draft("k"))
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(NotRecordedError, match=r"cannot be written.*No space left.*error.image.save") as caught:
        catalog.complete(uid, picture(), {}, {})
    assert pixel_hash(caught.value.image) == pixel_hash(picture())
    assert [path for path in (folder / "objects").rglob("*") if path.is_file()] == []
    assert catalog.get(uid).status == "failed"
    assert catalog.find(["k"]) == {}


def test_a_waiting_record_that_cannot_be_read_stays_and_holds_nothing_back(catalog, draft, picture, folder):
    uid = catalog.begin(draft("k"))
    good = (folder / "catalog.db").read_bytes()
    (folder / "catalog.db").write_bytes(b"x" * len(good))
    with pytest.raises(NotRecordedError):
        catalog.complete(uid, picture(), {}, {})
    (folder / "catalog.db").write_bytes(good)
    whole = (folder / "spool" / f"{uid}.json").read_text(encoding="utf-8")
    for name, text in {
        "cut": whole[:100],
        "path": whole.replace('"objects/', '"../objects/'),
        "uid": whole.replace(uid, "../../x"),
        "key": whole.replace('"key":"k"', '"key":[1]'),
        "deep": "[" * 100_000,
    }.items():
        (folder / "spool" / f"{name}.json").write_text(text, encoding="utf-8")
    with pytest.warns(UserWarning, match=r"left where it is|wait in"):
        again = Catalog(folder)
    assert again.get(uid).status == "ok"
    assert {path.stem for path in (folder / "spool").iterdir()} == {"cut", "path", "uid", "key", "deep"}


def test_a_pipe_and_a_link_in_the_spool_are_left_where_they_are(catalog, keep, folder, tmp_path):
    record = dump(dict(keep()._record) | {"uid": "ab" * 16})
    (tmp_path / "elsewhere.json").write_text(record, encoding="utf-8")
    (folder / "spool").mkdir(exist_ok=True)
    os.mkfifo(folder / "spool" / "pipe.json")
    (folder / "spool" / "link.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.warns(UserWarning, match="left where it is") as told:
        again = Catalog(folder)
    assert len(told) == 2
    assert len(again.df()) == 1
    assert {path.name for path in (folder / "spool").iterdir()} == {"pipe.json", "link.json"}
