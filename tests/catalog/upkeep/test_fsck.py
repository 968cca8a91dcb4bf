"""`fsck`: every kind of damage to the index and beside it is made for real, told, and repaired.

A look alone changes nothing.
"""

import os
import sqlite3
import time
import warnings
from contextlib import closing

import pytest

from benchmarks.durability.down import database_down
from fluxlab.catalog import Catalog, NotRecordedError, spool
from fluxlab.catalog.encoding import dump
from fluxlab.catalog.upkeep import fsck
from fluxlab.errors import CatalogError


def kinds(report):
    return {finding.kind: finding.count for finding in report.findings}


def quarantined(folder):
    return [path for path in (folder / "quarantine").rglob("*") if path.is_file() and path.suffix != ".json"]


@pytest.mark.parametrize("deep", [False, True])
def test_a_sound_catalog_has_nothing_to_find(catalog, keep, draft, everything, deep):
    folder = catalog.folder
    made = keep(prompt="naïve 'quotes' \0 nul", loras={"ink": 0.5}, effective={"x": float("nan")})
    keep("2", colour="blue")
    catalog.fail(catalog.begin(draft("3")), ValueError("no"))
    catalog.begin(draft("4"))  # in the making, by this living process
    before = everything(folder)
    report = fsck(folder, deep=deep)
    assert (kinds(report), report.images, report.rows, report.remaining) == ({}, 2, 2 + 2, 0)
    assert "nothing found" in str(report)
    assert everything(folder) == before
    assert fsck(folder, repair=True, deep=deep).findings == ()
    assert catalog.get(made.uid) == made


def test_a_folder_without_a_catalog_is_a_sentence(tmp_path):
    with pytest.raises(CatalogError, match=r"there is no catalog at .*name the folder"):
        fsck(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_catalog_and_one_of_another_program_are_left_alone(keep, folder, sql, everything):
    keep()
    sql("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('fluxlab.catalog', 'm900_x', '')")
    before = everything(folder)
    for repair in (False, True):
        with pytest.raises(CatalogError, match="written by a newer fluxlab"):
            fsck(folder, repair=repair)
    assert everything(folder) == before


def test_an_image_that_is_being_made_is_no_orphan(catalog, draft, picture, folder, monkeypatch):
    uid = catalog.begin(draft())
    with monkeypatch.context() as patch:
        patch.setattr("fluxlab.catalog.record.save", lambda *_: (_ for _ in ()).throw(sqlite3.OperationalError("x")))
        with pytest.raises(NotRecordedError):
            catalog.complete(uid, picture(), {}, {})
    assert kinds(fsck(folder)) == {"waiting": 1}
    report = fsck(folder, repair=True)
    assert (report["waiting"].repaired, report.remaining) == (1, 0)
    assert catalog.get(uid).status == "ok"
    assert list((folder / "spool").iterdir()) == []


def test_bad_files_of_the_spool_go_to_the_quarantine_and_those_of_a_newer_fluxlab_stay(catalog, keep, folder):
    made = keep()
    record = dict(made._record)
    (folder / "spool").mkdir()
    for name, text in {
        "cut": dump(record)[:100],
        "deep": "[" * 100_000,
        "list": "[]",
        "number": '{"format":2,"uid":' + "9" * 5000 + "}",
        "newer": dump(record | {"format": 99, "surprise": 1}),
    }.items():
        (folder / "spool" / f"{name}.json").write_text(text, encoding="utf-8")
    assert kinds(fsck(folder)) == {"spool": 4}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = fsck(folder, repair=True)
    assert (report["spool"].repaired, report.remaining) == (4, 0)
    assert [path.name for path in (folder / "spool").iterdir()] == ["newer.json"]
    assert len(list((folder / "quarantine").rglob("spool/*.json"))) == 2 * 4  # with their notes


def test_what_a_dead_process_was_making_is_crashed(catalog, draft, folder, sql, everything):
    dead, alive = catalog.begin(draft()), catalog.begin(draft("2"))
    sql("UPDATE details SET boot = 'before' WHERE id = 1")
    before = everything(folder)
    assert kinds(fsck(folder)) == {"dead": 1}
    assert everything(folder) == before
    report = fsck(folder, repair=True)
    assert (report["dead"].repaired, report.remaining) == (1, 0)
    with closing(sqlite3.connect(folder / "catalog.db")) as db:
        assert dict(db.execute("SELECT uid, status FROM generations")) == {dead: "crashed", alive: "started"}


def test_old_temporary_files_go_to_the_quarantine_unless_somebody_holds_them(keep, folder):
    keep()
    scratch = folder / "objects" / "tmp"
    old = time.time() - 7 * 3600
    for name in ("old", "held", "young"):
        (scratch / name).write_text(name)
        if name != "young":
            os.utime(scratch / name, (old, old))
    (folder / f"catalog.db.new-{'0' * 32}").write_text("killed")
    os.utime(folder / f"catalog.db.new-{'0' * 32}", (old, old))
    with (scratch / "held").open():
        assert kinds(fsck(folder)) == {"stale": 2}
        report = fsck(folder, repair=True)
    assert (report["stale"].repaired, report.remaining) == (2, 0)
    assert {path.name for path in scratch.iterdir()} == {"held", "young"}
    assert {path.name for path in quarantined(folder)} == {"old", f"catalog.db.new-{'0' * 32}"}


def test_the_search_index_is_built_anew(keep, folder, sql, everything):
    keep(prompt="a red fox")
    sql("INSERT INTO prompts (prompts, rowid, prompt) VALUES ('delete', 1, 'a red fox')")
    before = everything(folder)
    assert kinds(fsck(folder)) == {"search": 1}
    assert everything(folder) == before
    report = fsck(folder, repair=True)
    assert (report["search"].repaired, report.remaining) == (1, 0)
    with closing(sqlite3.connect(folder / "catalog.db")) as db:
        assert db.execute("SELECT count(*) FROM prompts WHERE prompts MATCH 'fox'").fetchone() == (1,)


def test_rows_that_point_nowhere_bring_a_new_index(catalog, keep, folder, sql, tables):
    made = keep()
    whole = tables(folder)
    sql(
        "PRAGMA foreign_keys = OFF",
        "INSERT INTO scores (uid, metric, version, value, created) VALUES ('nobody', 'sharpness', '1', 1.0, '')",
        "DELETE FROM details",
    )
    assert kinds(fsck(folder)) == {"links": 2}
    report = fsck(folder, repair=True)
    assert (report["links"].repaired, report.remaining) == (2, 0)
    assert catalog.get(made.uid).recipe == made.recipe
    assert tables(folder)["scores"] == whole["scores"] == []


DIE = """
import os, sqlite3, sys
db = sqlite3.connect(sys.argv[1] + "/catalog.db", isolation_level=None)
db.execute("PRAGMA cache_spill=1"); db.execute("PRAGMA cache_size=2")
db.execute("BEGIN IMMEDIATE")
db.execute("UPDATE generations SET prompt = printf('%.*c', 20000, 'x')")
db.execute("UPDATE details SET effective = printf('%.*c', 20000, 'x')")
os._exit(1)
"""


def test_a_write_that_was_cut_off_is_taken_back_by_the_repair_alone(catalog, keep, folder, worker, everything):
    made = [keep(f"{number}", colour=(number, 0, 0)) for number in range(12)]
    assert worker(DIE, folder).wait() == 1
    assert (folder / "catalog.db-journal").stat().st_size
    before = everything(folder)
    report = fsck(folder)
    assert (kinds(report), report.rows) == ({"journal": 1}, 12)
    assert everything(folder) == before
    report = fsck(folder, repair=True, deep=True)
    assert (report["journal"].repaired, report.remaining) == (1, 0)
    assert catalog.get(made[0].uid).effective == made[0].effective


@pytest.mark.parametrize("how", ["missing", "empty", "text", "cut", "zeroed", "header"])
def test_a_look_at_a_catalog_without_a_sound_database_changes_nothing(keep, folder, everything, how):
    for number in range(3):
        keep(f"{number}", colour=(number, 0, 0))
    path = folder / "catalog.db"
    data = path.read_bytes()
    path.unlink()
    harmed = {
        "empty": b"",
        "text": b"these are not the pages" * 1000,
        "cut": data[: len(data) // 2],
        "zeroed": data[:4096] + bytes(len(data) - 4096),
        "header": bytes(100) + data[100:],
    }
    if how != "missing":
        path.write_bytes(harmed[how])
    before = everything(folder)
    for deep in (False, True):
        report = fsck(folder, deep=deep)
        assert report["database"].count
        assert (report.images, report.remaining) == (3, sum(finding.count for finding in report.findings))
    assert everything(folder) == before
    report = fsck(folder, repair=True)
    assert report.remaining == 0, str(report)
    assert "all repaired" in str(report)
    assert len(Catalog(folder).df()) == 3
    if how != "missing":
        assert [path.name for path in quarantined(folder)] == ["catalog.db"]


def test_fsck_and_writers_do_not_disturb_each_other(folder, worker):
    writers = [worker(WRITE, folder) for _ in range(2)]
    for writer in writers:
        writer.stdout.readline()
    for repair in (False, True, False):
        report = fsck(folder, repair=repair, deep=True)
        assert not {"database", "changed", "missing", "values", "search", "links"} & set(kinds(report)), str(report)
    for writer in writers:
        writer.kill()
        writer.wait()
    assert fsck(folder, repair=True).remaining == 0


WRITE = """
import sys
sys.modules["pandas"] = None
from PIL import Image
from fluxlab.catalog import Catalog, Draft
from fluxlab.recipe import Recipe
draft = Draft(Recipe(prompt="p", seed=1, steps=1, width=64, height=64, max_sequence_length=8), "k", {}, {}, {})
catalog = Catalog(sys.argv[1])
while True:
    catalog.complete(catalog.begin(draft), Image.effect_noise((64, 64), 90).convert("RGB"), {}, {})
    print("made", flush=True)
"""


def test_a_waiting_record_is_written(catalog, keep, folder, sql):
    made = keep()
    spool.put(folder, made._record | {"status": "ok"})
    sql("DELETE FROM details", "DELETE FROM generations", "INSERT INTO prompts (prompts) VALUES ('rebuild')")
    assert kinds(fsck(folder)) == {"orphan": 1, "waiting": 1}
    assert fsck(folder, repair=True).remaining == 0
    # With the seconds of writing, which the image alone does not tell.
    assert catalog.get(made.uid).timings == made.timings


def test_a_record_that_still_waits_is_not_anticipated_by_its_image(catalog, draft, picture, monkeypatch, sql):
    uid = catalog.begin(draft())
    with database_down(), pytest.raises(NotRecordedError):
        catalog.complete(uid, picture(), {}, {})
    sql("UPDATE details SET boot = 'before'")
    monkeypatch.setattr(spool, "replay", lambda *_: 0)  # the database takes none for a while
    report = fsck(catalog.folder, repair=True)
    assert (report["waiting"].remaining, report["orphan"].remaining) == (1, 1)
    monkeypatch.undo()
    assert fsck(catalog.folder, repair=True).remaining == 0
    # Only the waiting record says how long it took to write the image.
    assert catalog.get(uid).timings["write"] > 0
