"""`fsck` and the images: torn, changed, lost, without a row, hostile, of two minds with their rows, undecodable."""

import json
import os
import sqlite3
import struct
import time
import warnings
import zlib
from contextlib import closing

import pytest

from benchmarks.upkeep import fill, missed_flips
from fluxlab.catalog import Catalog
from fluxlab.catalog.encoding import dump
from fluxlab.catalog.images import encode_png, stored_images
from fluxlab.catalog.upkeep import KINDS, fsck
from fluxlab.errors import CatalogError


def kinds(report):
    return {finding.kind: finding.count for finding in report.findings}


def quarantined(folder):
    return [path for path in (folder / "quarantine").rglob("*") if path.is_file() and path.suffix != ".json"]


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
    assert {"values"} <= set(kinds(report)) <= {"values", "search", "unmarked"}
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


def test_no_flipped_byte_escapes_a_deep_look(tmp_path):
    fill(tmp_path / "c", 75, 32)
    assert missed_flips(tmp_path / "c", 150) == []


def broken(png_bytes):
    """A PNG with the right checksums around a stream of pixels that nobody can decode."""
    start = png_bytes.index(b"IDAT")
    length = int.from_bytes(png_bytes[start - 4 : start], "big")
    body = b"IDAT" + bytes(length)
    check = struct.pack(">I", zlib.crc32(body))
    return png_bytes[:start] + body + check + png_bytes[start + 4 + length + 4 :]


def test_pixels_that_cannot_be_decoded_are_found_by_a_deep_look(catalog, folder, picture, tmp_path, everything):
    whole = encode_png(picture(), {"parameters": "a cat\nSteps: 4, Sampler: Euler, Seed: 7"})
    (tmp_path / "bad.png").write_bytes(broken(whole))
    (tmp_path / "good.png").write_bytes(whole)
    report = catalog.import_images([tmp_path / "bad.png", tmp_path / "good.png"])
    bad, good = report.uids
    with pytest.raises(CatalogError, match=r"cannot be read as a PNG .*damaged before it was kept"):
        _ = catalog.get(bad).image
    assert catalog.get(bad)._repr_png_() is None
    assert "damaged before it was kept" in catalog.get(bad)._repr_html_()
    before = everything(folder)
    assert fsck(folder).findings == ()
    found = fsck(folder, deep=True)
    assert kinds(found) == {"pixels": 1}
    assert "cannot be decoded" in found["pixels"].examples[0]
    assert everything(folder) == before
    repaired = fsck(folder, deep=True, repair=True)
    assert (repaired["pixels"].repaired, repaired["missing"].remaining) == (1, 1)
    assert len(quarantined(folder)) == 1
    assert catalog.get(good).image.size == (32, 32)
    # Its row stays, like that of any image whose file is gone.
    assert catalog.get(bad).parameters["prompt"] == "a cat"


def test_pixels_that_are_not_those_of_their_record_are_found(catalog, keep, folder, put, picture):
    made = keep()
    text = dump(dict(made._record) | {"uid": "ab" * 16, "path": None}).encode()
    put(encode_png(picture("blue"), {"fluxlab": text.decode()}))
    assert kinds(fsck(folder)) == {"orphan": 1}
    report = fsck(folder, deep=True, repair=True)
    assert (kinds(report), report.remaining) == ({"pixels": 1}, 0)
    assert len(catalog.df()) == 1
