"""`fsck`: every kind of damage is made for real, told, and repaired; a look alone changes nothing."""

import json
import os
import sqlite3
import time
import warnings
from contextlib import closing

import pytest

from benchmarks.upkeep import fill, missed_flips
from fluxlab.catalog import Catalog, NotRecordedError, spool
from fluxlab.catalog.encoding import dump
from fluxlab.catalog.images import stored_images
from fluxlab.catalog.upkeep import KINDS, fsck
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


def test_a_row_without_its_file_stays_and_is_good_again_when_the_file_is_back(catalog, keep, folder):
    made = keep()
    aside = folder.parent / "aside.png"
    made.path.rename(aside)
    for repair in (False, True):
        report = fsck(folder, repair=repair)
        assert kinds(report) == {"missing": 1}
        assert report.remaining == 1
        assert made.uid in report["missing"].examples[0]
        assert not KINDS["missing"].mends
    assert catalog.get(made.uid).status == "ok"
    assert catalog.find(["k"]) == {}
    aside.rename(made.path)
    assert fsck(folder).findings == ()
    assert catalog.find(["k"]) == {"k": made}


@pytest.mark.parametrize(
    ("harm", "deep"),
    [
        (lambda data: data[: len(data) // 2], False),
        (lambda data: data[:0], False),
        (lambda data: bytes(len(data)), False),
        (lambda data: data + b"more", False),
        (lambda data: data[:-20] + b"\0" * 20, False),
        (lambda data: data[:60] + b"!" + data[61:], True),
    ],
)
def test_a_torn_or_changed_image_goes_to_the_quarantine(catalog, keep, everything, harm, deep):
    folder = catalog.folder
    made, other = keep(), keep("2", colour="blue")
    bad = harm(made.path.read_bytes())
    made.path.write_bytes(bad)
    before = everything(folder)
    report = fsck(folder, deep=deep)
    assert kinds(report) == {"changed": 1}
    assert made.path.name in report["changed"].examples[0]
    assert everything(folder) == before
    report = fsck(folder, repair=True, deep=deep)
    assert (report["changed"].repaired, report["missing"].remaining) == (1, 1)
    [moved] = quarantined(folder)
    assert moved.read_bytes() == bad
    note = json.loads(moved.with_name(f"{moved.name}.json").read_text(encoding="utf-8"))
    assert note["from"] == f"objects/{made.file_hash[:2]}/{made.file_hash}.png"
    assert note["why"]
    assert not made.path.exists()
    assert catalog.find(["k", "2"]) == {"2": other}
    # The same image, made again, takes the place.
    again = keep()
    assert catalog.find(["k"]) == {"k": again}


def test_two_bad_files_of_one_name_are_both_kept(keep, folder):
    made = keep()
    for body in (b"one", b"two"):
        made.path.write_bytes(body)
        fsck(folder, repair=True)
    assert sorted(path.read_bytes() for path in quarantined(folder)) == [b"one", b"two"]


def test_an_image_without_a_row_is_adopted(catalog, keep, sql, everything, tables):
    folder = catalog.folder
    made = keep(prompt="a red fox")
    whole = tables(folder)
    sql("DELETE FROM details", "DELETE FROM generations", "INSERT INTO prompts (prompts) VALUES ('rebuild')")
    before = everything(folder)
    assert kinds(fsck(folder)) == {"orphan": 1}
    assert everything(folder) == before
    report = fsck(folder, repair=True)
    assert (report["orphan"].repaired, report.remaining) == (1, 0)
    assert catalog.get(made.uid).recipe == made.recipe
    # All but the seconds of writing, which no image can know of itself.
    [new], [old] = tables(folder)["generations"], whole["generations"]
    assert [(a, b) for a, b in zip(new, old, strict=True) if a != b] == [
        (None, made.timings["write"]),
        (sum(TIMED), sum(TIMED) + made.timings["write"]),
    ]
    with closing(sqlite3.connect(folder / "catalog.db")) as db:
        assert db.execute("SELECT count(*) FROM prompts WHERE prompts MATCH 'fox'").fetchone() == (1,)


TIMED = (0.5, 2.0, 0.25)


def test_an_orphan_wins_over_the_note_that_it_was_not_made(catalog, keep, folder, sql):
    made = keep()
    sql("UPDATE generations SET status = 'failed', error = 'full', file_hash = NULL, file_bytes = NULL")
    assert kinds(fsck(folder)) == {"orphan": 1}
    assert fsck(folder, repair=True).remaining == 0
    assert catalog.find(["k"]) == {"k": made}
    assert catalog.get(made.uid).error is None


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


def test_what_is_none_of_ours_is_told_and_never_touched(keep, folder, everything, tmp_path):
    made = keep()
    name = "ab" * 32
    shelf = folder / "objects" / "ab"
    shelf.mkdir(exist_ok=True)
    (shelf / f"{name}.png").mkdir()  # a folder that is named like an image
    (shelf / "holiday\n\x1b[31m.jpg").write_bytes(b"x")
    (shelf / f"{'cd' * 32}.png").write_bytes(made.path.read_bytes())  # on the wrong shelf
    (folder / "objects" / "more").mkdir()
    (folder / "objects" / "README").write_text("x")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / f"{'ee' * 32}.png").write_bytes(b"secret")
    (folder / "objects" / "ee").symlink_to(outside)
    (shelf / f"{'ab' * 31}ff.png").symlink_to(outside / f"{'ee' * 32}.png")
    os.mkfifo(shelf / f"{'ab' * 31}00.png")
    before = {name: state for name, state in everything(folder).items() if name.startswith("objects/")}
    for repair in (False, True):
        report = fsck(folder, repair=repair, deep=True)
        assert kinds(report) == {"foreign": 8}
        assert report.remaining == 8
        assert not any("\n" in line or "\x1b" in line for line in report["foreign"].examples)
    after = {name: state for name, state in everything(folder).items() if name.startswith("objects/")}
    assert {name: state[2] for name, state in after.items()} == {name: state[2] for name, state in before.items()}
    assert [path.read_bytes() for path in outside.iterdir()] == [b"secret"]


def hostile(png, record):
    """PNGs that somebody made to do harm; each is whole."""
    nested = b'{"format":2,"recipe":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    changed = lambda **news: dump(record | {"uid": os.urandom(16).hex()} | news).encode()  # noqa: E731  (one-line helper)
    yield "none", png()
    yield "no JSON", png(b"fluxlab, honestly")
    yield "no UTF-8", png(b"\xff\xfe\xff")
    yield "nested", png(nested)
    yield "digits", png(b'{"format":' + b"9" * 5000 + b"}")
    yield "giant claim", png(b"x", length=0x7FFFFFFF)
    yield "claim past the end", png(b"x", length=50_000_000)
    yield "wrong checksum", png(changed(), check=1)
    yield "latin text", png(b"{}", kind=b"tEXt")
    yield "not an object", png(b"[1,2]")
    yield "newer", png(changed(format=99))
    yield "path", png(changed(path="../../catalog.db"))
    yield "timings", png(changed(timings={"encode": "long"}))
    yield "step", png(changed(step=2**70))
    yield "imported", png(changed(imported={"parameters": {"prompt": "x"}}, recipe=None))
    yield (
        "loras",
        png(changed(imported={"parameters": {"prompt": "x", "width": 1, "height": 1, "loras": [1]}}, recipe=None)),
    )
    yield "many chunks", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0teSt\0\0\0\0" * 5000


def test_hostile_images_are_findings(catalog, keep, folder, put, png):
    made = keep()
    names = {put(data).name: what for what, data in hostile(png, made._record)}
    started = time.monotonic()
    report = fsck(folder, deep=True)
    assert report["unreadable"].count + report["orphan"].count == len(names)
    report = fsck(folder, deep=True, repair=True)
    assert time.monotonic() - started < 20
    assert catalog.df(status=None).index.tolist() == [made.uid]
    assert report.remaining == len(names)
    # They are whole, so that they stay where they are: another fluxlab may read them.
    assert {path.name for path in stored_images(folder)} == {*names, made.path.name}
    # And none of them keeps a new index from being made.
    (folder / "catalog.db").rename(folder.parent / "aside.db")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert Catalog(folder).df().index.tolist() == [made.uid]


def test_two_images_with_one_record_are_told(catalog, keep, folder, put):
    made = keep()
    twin = put(made.path.read_bytes() + b"trailing")
    for repair in (False, True):
        assert kinds(fsck(folder, repair=repair)) == {"double": 1}
    # When the first is lost, the second stands in.
    made.path.unlink()
    report = fsck(folder, repair=True)
    assert (report["orphan"].repaired, report.remaining) == (1, 0)
    assert catalog.get(made.uid).path == twin
    assert catalog.find(["k"])


@pytest.mark.parametrize(
    "change",
    [
        ("UPDATE generations SET prompt = 'a dog'", "prompt"),
        ("UPDATE generations SET seed = '8', guidance = 1.5", "seed, guidance"),
        ("UPDATE generations SET key = 'other'", "key"),
        ("UPDATE generations SET pixel_hash = NULL", "pixel_hash"),
        ("UPDATE details SET effective = '{}'", "effective"),
        ("UPDATE details SET recipe = 'not json'", "recipe"),
        ("UPDATE environments SET body = '{}'", "environment_body"),
        ("UPDATE generations SET file_bytes = 1", "file_bytes"),
        ("UPDATE generations SET status = 'failed'", "status"),
    ],
)
def test_a_row_that_says_something_else_than_its_image_is_corrected(keep, folder, sql, tables, change):
    statement, columns = change
    keep(loras={"ink": 0.5})
    whole = tables(folder)
    sql("UPDATE generations SET stars = 3", statement)
    report = fsck(folder, deep=True)
    assert {"values"} <= set(kinds(report)) <= {"values", "search"}
    assert columns in report["values"].examples[0]
    report = fsck(folder, deep=True, repair=True)
    assert report["values"].repaired == 1
    assert report.remaining == 0
    assert fsck(folder, deep=True).findings == ()
    after = tables(folder)
    [stars] = [row[23] for row in after["generations"]]
    assert stars == 3
    assert [row[:23] + row[24:] for row in after["generations"]] == [
        row[:23] + row[24:] for row in whole["generations"]
    ]


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


def test_no_flipped_byte_escapes_a_deep_look(tmp_path):
    fill(tmp_path / "c", 75, 32)
    assert missed_flips(tmp_path / "c", 150) == []


def test_a_waiting_record_is_written(catalog, keep, folder, sql):
    made = keep()
    spool.put(folder, made._record | {"status": "ok"})
    sql("DELETE FROM details", "DELETE FROM generations", "INSERT INTO prompts (prompts) VALUES ('rebuild')")
    assert kinds(fsck(folder)) == {"orphan": 1, "waiting": 1}
    assert fsck(folder, repair=True).remaining == 0
    # With the seconds of writing, which the image alone does not tell.
    assert catalog.get(made.uid).timings == made.timings
