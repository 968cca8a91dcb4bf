"""`backup`: a copy that is whole and was looked at, or none."""

import errno
import importlib
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from fluxlab.catalog import Catalog, NotRecordedError
from fluxlab.catalog.images import stored_images
from fluxlab.catalog.upkeep import backup, fsck
from fluxlab.errors import CatalogError

room = importlib.import_module("fluxlab.catalog.upkeep.backup")


@pytest.fixture
def target(tmp_path):
    return tmp_path / "backups" / "monday"


def test_the_database_comes_back_row_by_row(catalog, keep, draft, target, tables):
    folder = catalog.folder
    made = keep()
    catalog.fail(catalog.begin(draft("2")), ValueError("no"))
    (folder / "marks").mkdir()
    (folder / "marks" / f"{made.uid}.json").write_text("{}")
    done = backup(folder, target)
    assert tables(target) == tables(folder)
    assert (done.rows["generations"], done.images, done.beside, done.left_out) == (2, None, 1, ())
    assert (target / "marks" / f"{made.uid}.json").read_text() == "{}"
    assert "not in it: the images" in str(done)
    with Catalog(target) as copy:
        assert copy.get(made.uid) == made
        assert copy.find(["k"]) == {}
    assert [path.name for path in target.parent.iterdir()] == ["monday"]


def test_images_are_copied_and_compared_and_damaged_ones_left_out(catalog, keep, folder, target):
    made, bad = keep(), keep("2", colour="blue")
    bad.path.write_bytes(b"torn")
    done = backup(folder, target, images=True)
    assert (done.images, done.left_out) == (1, (bad.path.relative_to(folder).as_posix(),))
    [copied] = stored_images(target)
    assert copied.read_bytes() == made.path.read_bytes()
    assert copied.stat().st_ino != made.path.stat().st_ino
    assert copied.stat().st_nlink == 1
    assert Catalog(target).find(["k", "2"]) == {"k": made}
    assert "1 images" in str(done)
    assert "left out: 1" in str(done)


def test_an_image_that_does_not_arrive_as_it_was_is_no_backup(keep, folder, target, monkeypatch):
    keep()
    monkeypatch.setattr(Path, "read_bytes", lambda _: b"something else")
    with pytest.raises(CatalogError, match="was not written as it is"):
        backup(folder, target, images=True)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("what", ["file", "full", "link"])
def test_nothing_is_ever_overwritten(keep, folder, target, everything, what):
    keep()
    target.parent.mkdir()
    if what == "file":
        target.write_text("mine")
    elif what == "full":
        target.mkdir()
        (target / "mine").write_text("x")
    else:
        target.symlink_to(target.parent / "nowhere")
    before = everything(target.parent)
    with pytest.raises(CatalogError, match=r"target='.*monday' exists already and is left as it is: name a new folder"):
        backup(folder, target)
    assert everything(target.parent) == before


def test_an_empty_folder_is_taken_and_one_inside_the_catalog_is_not(keep, folder, target, tmp_path):
    keep()
    target.mkdir(parents=True)
    assert backup(folder, target).rows["generations"] == 1
    with pytest.raises(CatalogError, match="is inside the catalog"):
        backup(folder, folder / "backup")
    with pytest.raises(CatalogError, match="there is no catalog at"):
        backup(tmp_path / "nothing", target)
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("how", ["text", "middle"])
def test_a_damaged_catalog_gives_a_sentence_and_no_backup(catalog, keep, folder, target, how):
    for number in range(3):
        keep(f"{number}", prompt="long " * 500)
    path = folder / "catalog.db"
    data = path.read_bytes()
    path.write_bytes(b"?" * 9000 if how == "text" else data[:4096] + b"\xff" * (len(data) - 4096))
    with pytest.raises(CatalogError, match=r"(not a SQLite database|damaged|not whole)"):
        backup(folder, target)
    assert not target.exists()
    assert list(target.parent.iterdir()) == []


def test_a_full_disk_leaves_nothing(keep, folder, target, monkeypatch):
    keep()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(importlib.import_module("fluxlab.catalog.upkeep.backup"), "_write", full)
    with pytest.raises(CatalogError, match=r"cannot be written to .*No space left on device.*free some space"):
        backup(folder, target, images=True)
    assert list(target.parent.iterdir()) == []


def test_waiting_records_are_in_it(catalog, draft, picture, folder, target):
    uid = catalog.begin(draft())
    good = (folder / "catalog.db").read_bytes()
    (folder / "catalog.db").write_bytes(b"x" * len(good))
    with pytest.raises(NotRecordedError):
        catalog.complete(uid, picture(), {}, {})
    (folder / "catalog.db").write_bytes(good)
    assert backup(folder, target, images=True).beside == 1
    assert Catalog(target).get(uid).status == "ok"


def test_marks_and_waiting_records_are_copied_as_they_are_whatever_is_in_them(keep, folder, target):
    keep()
    bodies = {
        "marks/cut.json": b'{"tags": [',
        "marks/no-json.txt": b"\0\xff\xfe",
        "spool/empty.json": b"",
        "spool/deep.json": b"[" * 100_000,
    }
    for name, body in bodies.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(body)
    done = backup(folder, target)
    assert (done.beside, done.unread) == (4, ())
    assert {name: (target / name).read_bytes() for name in bodies} == bodies
    assert "not everything" not in str(done)


def test_what_cannot_be_read_beside_the_database_is_named(keep, folder, target, tmp_path):
    keep()
    (folder / "marks").mkdir()
    (folder / "marks" / "good.json").write_text("{}")
    (folder / "marks" / "link.json").symlink_to(tmp_path / "elsewhere.json")
    (folder / "marks" / "a\nfolder\udcff.json").mkdir()
    os.mkfifo(folder / "marks" / "pipe.json")
    (folder / "spool").write_text("no folder")
    done = backup(folder, target)
    assert done.beside == 1
    assert [what.partition(": ")[0] for what in done.unread] == [
        "spool", "marks/a\nfolder\udcff.json", "marks/link.json", "marks/pipe.json",
    ]  # fmt: skip
    said = str(done).splitlines()
    assert said[0] == f"{target}: the backup is made and checked, but not everything is in it"
    assert "left out: 4 of marks and waiting records, which cannot be read" in said
    assert "    marks/a\N{REPLACEMENT CHARACTER}folder\N{REPLACEMENT CHARACTER}.json: not a plain file" in said
    assert sorted(path.name for path in (target / "marks").iterdir()) == ["good.json"]


def test_it_works_while_others_write(catalog, draft, picture, tmp_path):
    folder = catalog.folder
    stop = threading.Event()
    made = []

    def write():
        while not stop.is_set():
            made.append(
                catalog.complete(catalog.begin(draft(f"{len(made)}")), picture((len(made) % 256, 0, 0)), {}, {})
            )

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            known = len(made)
            done = backup(folder, tmp_path / f"b{number}", images=True)
            assert done.rows["generations"] >= known
            assert not done.left_out
            kinds = {finding.kind for finding in fsck(done.target, deep=True).findings}
            # What was being made or came after the copy of the rows is adopted from the images.
            assert kinds <= {"orphan"}
    finally:
        stop.set()
        thread.join()
    with closing(sqlite3.connect(folder / "catalog.db")) as db:
        assert db.execute("SELECT count(*) FROM generations WHERE status = 'ok'").fetchone() == (len(made),)


def test_a_copy_that_lacks_rows_is_no_backup(keep, folder, target, monkeypatch):
    keep()
    module = importlib.import_module("fluxlab.catalog.upkeep.backup")
    count, counts = module._count, []

    def one_more_in_the_original(connection):
        counts.append(count(connection))
        return counts[-1] if len(counts) > 1 else {name: number + 1 for name, number in counts[-1].items()}

    monkeypatch.setattr(module, "_count", one_more_in_the_original)
    with pytest.raises(CatalogError, match="is not whole"):
        backup(folder, target)
    assert not target.exists()


def test_what_is_told_to_have_failed_leaves_no_backup(keep, folder, target, monkeypatch):
    keep()
    usual = room.sync

    def failing(path):
        if path == target.parent:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        usual(path)

    monkeypatch.setattr(room, "sync", failing)
    with pytest.raises(CatalogError, match=r"cannot be written to .*Input/output error"):
        backup(folder, target, images=True)
    assert list(target.parent.iterdir()) == []
    monkeypatch.undo()
    assert backup(folder, target, images=True).images == 1


def test_marks_that_cannot_be_read_are_named(catalog, keep, folder, target, monkeypatch):
    uid = keep().uid
    catalog.tag(uid, "best")
    usual = room.open_plain

    def failing(path):
        if path.parent.name == "marks":
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return usual(path)

    monkeypatch.setattr(room, "open_plain", failing)
    made = backup(folder, target)
    assert (made.beside, made.left_out) == (0, ())
    assert [what.partition(": ")[0] for what in made.unread] == [f"marks/{uid}.json"]
    assert "left out: 1 of marks and waiting records, which cannot be read" in str(made)


def test_a_folder_of_marks_that_cannot_be_read_is_no_backup(catalog, keep, folder, target, monkeypatch):
    catalog.tag(keep().uid, "best")
    usual = os.listdir

    def failing(path="."):
        if Path(path).name == "marks":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return usual(path)

    monkeypatch.setattr(os, "listdir", failing)
    with pytest.raises(CatalogError, match=r"no backup was made.*marks' cannot be read \(Permission denied\)"):
        backup(folder, target)
    assert list(target.parent.iterdir()) == []


def test_names_of_marks_are_durable_before_the_backup_has_its_name(catalog, keep, folder, target, monkeypatch):
    catalog.tag(keep().uid, "best")
    synced, usual = [], room.sync

    def noted(path):
        synced.append(path.name)
        usual(path)

    monkeypatch.setattr(room, "sync", noted)
    backup(folder, target)
    assert "marks" in synced
