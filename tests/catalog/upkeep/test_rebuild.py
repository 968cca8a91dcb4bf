"""`rebuild`: a new index from the images, and from whatever the old one still tells."""

import errno
import importlib
import json
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.upkeep import fill
from fluxlab.catalog import Catalog, database, marks, spool
from fluxlab.catalog.upkeep import backup, fsck, rebuild
from fluxlab.errors import CatalogError

room = importlib.import_module("fluxlab.catalog.upkeep.rebuild")
#: Places of columns.
WRITE_SECONDS, TOTAL_SECONDS, STARS = 21, 22, 23


@pytest.fixture
def full(catalog, keep, draft, sql):
    """A catalog with one of everything."""
    made = [
        keep(f"{n}", colour=(n, 0, 0), prompt=f"fox {n}", loras={"ink": n / 4}, seed=2**64 - 1 - n) for n in range(4)
    ]
    catalog.fail(catalog.begin(draft("f", run="r")), ValueError("no memory"))
    catalog.interrupt(catalog.begin(draft("i")), 2, {"denoise": 1.5})
    catalog.begin(draft("s"))
    catalog.add_run("r", '{"axes":{}}', "first")
    catalog.score(made[0].uid, "sharpness", 41.5)
    sql(
        "UPDATE generations SET stars = 4 WHERE id = 2",
        "INSERT INTO tags SELECT 'good', uid, 'then' FROM generations WHERE id < 3",
        "INSERT INTO notes SELECT uid, 'the tail is odd', 'then' FROM generations WHERE id = 1",
        "UPDATE generations SET status = 'crashed', error = 'ended' WHERE status = 'started'",
        "UPDATE details SET pid = NULL, boot = NULL",
    )
    return made


def test_with_a_readable_old_database_every_column_comes_back(full, folder, tables):
    before = tables(folder)
    built = rebuild(folder)
    assert tables(folder) == before
    assert (built.rows, built.images, built.carried, built.lost, built.unreadable) == (7, 4, 3, 0, 0)
    assert fsck(folder, deep=True).findings == ()
    with closing(sqlite3.connect(built.old)) as old:
        assert old.execute("SELECT count(*) FROM generations").fetchone() == (7,)
        assert old.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    note = json.loads(built.old.with_name("catalog.db.json").read_text(encoding="utf-8"))
    assert note["from"] == "catalog.db"
    with closing(sqlite3.connect(folder / "catalog.db")) as db:
        assert db.execute("SELECT count(*) FROM prompts WHERE prompts MATCH 'fox'").fetchone() == (4,)


def blank(row):
    return [None if place in {WRITE_SECONDS, TOTAL_SECONDS, STARS} else value for place, value in enumerate(row)]


def test_from_the_images_alone_every_row_comes_back(full, folder, tables):
    before = tables(folder)
    (folder / "catalog.db").unlink()
    built = rebuild(folder)
    assert (built.rows, built.images, built.old) == (4, 4, None)
    after = tables(folder)
    # All of it but what no image can know: the seconds that its own writing took, and stars, which lie in marks/.
    assert [blank(row) for row in after["generations"]] == [blank(row) for row in before["generations"][:4]]
    for new, old in zip(after["details"], before["details"][:4], strict=True):
        assert new[:6] + new[7:] == old[:6] + old[7:]
        assert json.loads(new[6]) == {name: value for name, value in json.loads(old[6]).items() if name != "write"}
    assert after["environments"] == before["environments"]
    assert {each.uid for each in Catalog(folder).find("0123").values()} == {each.uid for each in full}


def test_marks_come_back_from_their_files(full, folder, tables):
    marks = folder / "marks"
    marks.mkdir()
    uid = full[0].uid
    good = {"format": 1, "uid": uid, "tags": ["keeper", "fox 🦊"], "stars": 5, "note": "look\nagain"}
    (marks / f"{uid}.json").write_text(json.dumps(good), encoding="utf-8")
    for number, text in enumerate(
        [
            "",
            "[]",
            "{}",
            json.dumps(good),
            json.dumps(good | {"stars": 9}),
            json.dumps(good | {"tags": [1]}),
            "[" * 10**5,
        ]
    ):
        (marks / f"{number:032x}.json").write_text(text, encoding="utf-8")
    (marks / f"{full[1].uid}.json").symlink_to(marks / f"{uid}.json")
    (folder / "catalog.db").unlink()
    with pytest.warns(UserWarning, match="passed over"):
        built = rebuild(folder)
    assert (built.marked, built.lost) == (1, 8)
    after = tables(folder)
    assert [(tag, owner) for tag, owner, _ in after["tags"]] == [("fox 🦊", uid), ("keeper", uid)]
    assert [(owner, note) for owner, note, _ in after["notes"]] == [(uid, "look\nagain")]
    assert [row[STARS] for row in after["generations"]] == [5, None, None, None]


def test_marks_in_files_hold_against_those_of_the_old_database(full, folder, tables):
    (folder / "marks").mkdir()
    text = json.dumps({"format": 1, "uid": full[0].uid, "tags": ["good", "new"], "stars": None, "note": None})
    (folder / "marks" / f"{full[0].uid}.json").write_text(text, encoding="utf-8")
    rebuild(folder)
    after = tables(folder)
    assert {(tag, uid): created == "then" for tag, uid, created in after["tags"]} == {
        ("good", full[0].uid): True,
        ("new", full[0].uid): False,
        ("good", full[1].uid): True,
    }
    assert after["notes"] == []
    assert [row[STARS] for row in after["generations"][:2]] == [None, 4]


def test_waiting_records_are_taken_up(full, catalog, draft, folder):
    uid = catalog.begin(draft("w"))
    lost = catalog._open[uid] | {"status": "failed", "error": "full"}
    spool.put(folder, lost)
    (folder / "catalog.db").write_bytes(b"x" * 5000)
    built = rebuild(folder)
    assert (built.rows, built.images, built.spooled, built.carried) == (5, 4, 1, 0)
    assert Catalog(folder).get(uid).error == "full"


@pytest.mark.parametrize("part", ["generations", "details", "scores", "sqlite_autoindex_generations_1", "prompts_data"])
def test_of_a_database_with_zeroed_pages_whatever_can_be_read_is_carried_over(full, catalog, draft, folder, part):
    for number in range(20):
        catalog.fail(catalog.begin(draft(f"x{number}", prompt="long " * 300)), ValueError("no"))
    path = folder / "catalog.db"
    with closing(sqlite3.connect(path)) as db:
        pages = (
            [page for (page,) in db.execute("SELECT pageno FROM dbstat WHERE name = ?", [part])]
            if _has_dbstat()
            else None
        )
        root = db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [part]).fetchone()[0]
    page = pages[len(pages) // 2] if pages else root
    data = path.read_bytes()
    path.write_bytes(data[: (page - 1) * 4096] + bytes(4096) + data[page * 4096 :])
    report = fsck(folder, deep=True)
    assert {"database", "search"} & {finding.kind for finding in report.findings}
    built = rebuild(folder)
    assert built.images == 4
    assert fsck(folder, deep=True).findings == ()
    with Catalog(folder) as again:
        assert {each.uid for each in again.find("0123").values()} == {each.uid for each in full}
    if part not in {"generations", "details"}:
        assert built.rows == 27
    if part != "scores":
        assert again.scores([full[0].uid], "sharpness") == {full[0].uid: 41.5}


def _has_dbstat():
    with closing(sqlite3.connect(":memory:")) as db:
        return any("DBSTAT" in option for (option,) in db.execute("PRAGMA compile_options"))


@pytest.mark.parametrize("how", ["text", "cut", "empty", "missing", "journal"])
def test_a_database_that_does_not_open_is_exchanged(full, folder, how):
    path = folder / "catalog.db"
    bad = {"text": b"?" * 9000, "cut": path.read_bytes()[:9000], "empty": b"", "journal": b"?" * 9000}.get(how)
    path.unlink()
    if bad is not None:
        path.write_bytes(bad)
    if how == "journal":
        (folder / "catalog.db-journal").write_bytes(b"of the old one")
        (folder / "catalog.db-wal").write_bytes(b"of the old one, too")
    built = rebuild(folder)
    assert built.rows == 4
    assert [path.name for path in folder.iterdir() if path.name.startswith("catalog.db")] == ["catalog.db"]
    assert (built.old.read_bytes() if built.old else None) == bad
    kept = {path.name for path in (folder / "quarantine").rglob("catalog*") if path.suffix != ".json"}
    # SQLite itself throws a journal away that is none.
    assert kept - {"catalog.db-journal", "catalog.db-wal"} == ({"catalog.db"} if bad is not None else set())
    assert fsck(folder, deep=True).findings == ()


def test_torn_images_are_left_out_and_keep_the_row_that_they_had(full, folder):
    full[0].path.write_bytes(full[0].path.read_bytes()[:-5])
    built = rebuild(folder)
    assert (built.rows, built.images, built.unreadable) == (7, 3, 1)
    with Catalog(folder) as again:
        assert again.get(full[0].uid).status == "ok"
        assert set(again.find("0123")) == set("123")
    (folder / "catalog.db").unlink()
    assert rebuild(folder).rows == 3


def test_a_foreign_or_newer_database_and_an_empty_folder_are_left_alone(full, folder, sql, everything, tmp_path):
    with pytest.raises(CatalogError, match="there is no catalog at"):
        rebuild(tmp_path / "nothing")
    sql("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('fluxlab.catalog', 'm900_x', '')")
    before = everything(folder)
    with pytest.raises(CatalogError, match="newer fluxlab"):
        rebuild(folder)
    (folder / "catalog.db").unlink()
    sql("CREATE TABLE photos (id)")
    with pytest.raises(CatalogError, match="not a fluxlab catalog"):
        rebuild(folder)
    assert before.keys() == everything(folder).keys()


def test_a_lock_that_is_not_released_is_a_sentence_and_changes_nothing(full, folder, tables, monkeypatch):
    monkeypatch.setattr(database, "TIMEOUT", 0.1)
    before = tables(folder)
    with closing(sqlite3.connect(folder / "catalog.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(CatalogError, match="locked by another program"):
            rebuild(folder)
    assert tables(folder) == before
    assert not list(folder.glob("catalog.db.new-*"))


def test_a_writer_that_waits_meanwhile_writes_to_the_new_index(full, catalog, draft, picture, folder):
    made = []

    def write():
        made.append(catalog.complete(catalog.begin(draft("meanwhile")), picture("blue"), {}, {}))

    def watch(items, /, what, total):
        if what == "writing rows":
            thread.start()
            thread.join(0.3)
            assert thread.is_alive()  # it waits
        return items

    thread = threading.Thread(target=write)
    assert rebuild(folder, watch=watch).rows == 7
    thread.join()
    assert catalog.find(["meanwhile"]) == {"meanwhile": made[0]}
    assert fsck(folder, deep=True).findings == ()


DIE = """
import os, sqlite3, sys
import fluxlab.catalog.upkeep
module = sys.modules["fluxlab.catalog.upkeep.rebuild"]
from pathlib import Path
where, calls = sys.argv[2], 0

def die(*_, **__):
    os._exit(9)

if where == "reading":
    module.Sources.write = die
elif where == "checking":
    module._check = die
elif where == "keeping":
    module._pour = die
elif where.startswith("pouring"):
    pour = module._pour
    def slow(source, target, path):
        global calls
        calls += 1
        if calls == 1:
            return pour(source, target, path)
        target.execute("PRAGMA cache_spill=1"); target.execute("PRAGMA cache_size=2")
        left = [int(where[7:])]
        def step(*_):
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
        source.backup(target, pages=1, progress=step)
        os._exit(9)
    module._pour = slow
elif where == "exchanging":
    Path.replace = die
elif where == "exchanged":
    replace = Path.replace
    Path.replace = lambda self, target: (replace(self, target), os._exit(9))
module.rebuild(sys.argv[1])
"""


@pytest.mark.parametrize("where", ["reading", "checking", "keeping", "pouring1", "pouring9", "pouring10000"])
def test_killed_in_the_middle_the_old_or_the_new_index_is_in_place(full, folder, tables, worker, where):
    before = tables(folder)
    assert worker(DIE, folder, where).wait() == 9
    assert tables(folder) == before
    _nothing_was_lost(folder)


@pytest.mark.parametrize("where", ["exchanging", "exchanged"])
def test_killed_while_a_bad_database_is_exchanged_one_of_the_two_is_in_place(full, folder, worker, where):
    bad = b"?" * 9000
    (folder / "catalog.db").write_bytes(bad)
    assert worker(DIE, folder, where).wait() == 9
    assert ((folder / "catalog.db").read_bytes() == bad) is (where == "exchanging")
    _nothing_was_lost(folder)


def _nothing_was_lost(folder):
    for path in folder.glob("catalog.db.new-*"):
        os.utime(path, (0, 0))
    assert fsck(folder, repair=True, deep=True).remaining == 0
    assert not list(folder.glob("catalog.db.new-*"))
    assert len(Catalog(folder).find("0123")) == 4


def test_many_images_are_read_back_in_the_order_of_their_dates(tmp_path):
    fill(tmp_path / "c", 300, 32)
    (tmp_path / "c" / "catalog.db").unlink()
    assert rebuild(tmp_path / "c").rows == 300
    assert Catalog(tmp_path / "c").df(columns=["seed"])["seed"].tolist() == [str(number) for number in range(300)]


@pytest.fixture
def catalog_of_log(folder, draft, picture, monkeypatch):
    monkeypatch.setattr(database, "wal_is_safe", lambda *_: True)
    catalog = Catalog(folder)
    return catalog, [catalog.complete(catalog.begin(draft(f"{n}")), picture((n, 0, 0)), {}, {}) for n in range(3)]


@pytest.mark.parametrize("opened", [False, True])
def test_with_a_write_ahead_log_too(catalog_of_log, folder, everything, tables, opened):
    catalog, made = catalog_of_log
    with closing(sqlite3.connect(folder / "catalog.db", isolation_level=None)) as other:
        if opened:  # the log is not written back while somebody has the database open
            other.execute("SELECT count(*) FROM generations").fetchone()
            catalog.score(made[0].uid, "sharpness", 41.5)
            assert (folder / "catalog.db-wal").stat().st_size
        before = everything(folder)
        assert fsck(folder, deep=True).findings == ()
        assert everything(folder) == before
    rows = tables(folder)
    assert rebuild(folder).rows == 3
    assert tables(folder) == rows
    assert catalog.find(["2"]) == {"2": made[2]}
    assert fsck(folder, deep=True).findings == ()


def test_a_log_that_is_not_written_back_is_not_left_behind(catalog_of_log, folder, monkeypatch):
    # A write-ahead log is a file of its own: to move the database without it would lose what it holds.
    (folder / "catalog.db").unlink()
    check, readers = room._check, []

    def watched(db, rows):
        check(db, rows)
        (new,) = folder.glob("catalog.db.new-*[0-9a-f]")
        readers.append(sqlite3.connect(new, isolation_level=None))
        readers[0].execute("BEGIN")
        readers[0].execute("SELECT count(*) FROM generations").fetchone()

    monkeypatch.setattr(room, "_check", watched)
    with pytest.raises(CatalogError, match=r"locked|cannot be closed"):
        rebuild(folder)
    readers[0].close()
    assert not (folder / "catalog.db").exists()
    monkeypatch.undo()
    assert rebuild(folder).rows == 3
    assert fsck(folder, deep=True).findings == ()


def test_marks_that_cannot_be_read_now_are_not_left_out(full, catalog, folder, monkeypatch):
    catalog.tag(full[0].uid, "best")
    (folder / "catalog.db").unlink()

    def broken(path):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(marks, "open_plain", broken)
    with pytest.raises(CatalogError, match=rf"{full[0].uid}.json' cannot be read .*would be lost: make it readable"):
        rebuild(folder)
    assert [path.name for path in folder.iterdir() if path.name.startswith("catalog.db")] == []
    monkeypatch.undo()
    assert rebuild(folder).marked == 1
    assert catalog.tags()["best"] == 1


def test_a_waiting_record_that_cannot_be_read_now_is_not_left_out(full, folder, monkeypatch, tables):
    spool.put(folder, {"uid": full[0].uid})
    before = tables(folder)

    def broken(path):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(spool, "open_plain", broken)
    with pytest.raises(CatalogError, match=rf"{full[0].uid}.json' cannot be read .*make it readable"):
        rebuild(folder)
    assert tables(folder) == before


def test_a_file_that_holds_no_marks_is_not_written_over(full, catalog, folder):
    catalog.tag(full[0].uid, "best")
    file = folder / "marks" / f"{full[0].uid}.json"
    file.write_text("what a person wrote", encoding="utf-8")
    with pytest.warns(UserWarning, match="passed over"):
        rebuild(folder)
    assert file.read_text(encoding="utf-8") == "what a person wrote"
    assert "best" in catalog.tags()


def test_a_place_that_cannot_be_looked_at_is_a_sentence(folder, monkeypatch):
    def broken(path):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(Path, "is_file", broken)
    for act in (rebuild, fsck, lambda place: backup(place, place.with_name("copy"))):
        with pytest.raises(CatalogError, match="Input/output error"):
            act(folder)
