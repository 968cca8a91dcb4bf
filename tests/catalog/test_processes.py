"""Many processes and sudden ends: no lock errors, no torn image, nothing acknowledged lost."""

import hashlib
import random

import pytest

from fluxlab.catalog import Catalog, NotRecordedError, pixel_hash
from fluxlab.catalog.database import connect
from fluxlab.catalog.images import stored_images
from fluxlab.errors import CatalogError

COMMON = """
import sys
sys.modules["pandas"] = None  # sqlite-utils would load it where it is, and these processes start often
from PIL import Image
from fluxlab.catalog import Catalog, Draft
from fluxlab.recipe import Recipe
recipe = Recipe(prompt="p", seed=1, steps=1, width=64, height=64, max_sequence_length=8)
draft = Draft(recipe, "k", {}, {}, {})
noise = lambda: Image.effect_noise((64, 64), 90).convert("RGB")
"""
OPEN = (
    COMMON
    + """
print("ready", flush=True)
for line in sys.stdin:
    try:
        catalog = Catalog(line.strip())
        catalog.complete(catalog.begin(draft), noise(), {}, {})
        print("ok", flush=True)
    except Exception as error:
        print(repr(error), flush=True)
"""
)
WRITE = (
    COMMON
    + """
catalog = Catalog(sys.argv[1])
while True:
    made = catalog.complete(catalog.begin(draft), noise(), {}, {})
    print(made.uid, made.pixel_hash, flush=True)
"""
)


def test_processes_that_open_and_write_together_all_succeed(worker, tmp_path):
    workers = [worker(OPEN) for _ in range(3)]
    assert [each.stdout.readline() for each in workers] == ["ready\n"] * 3
    for trial in range(8):
        folder = tmp_path / str(trial)
        for each in workers:
            each.stdin.write(f"{folder}\n")
            each.stdin.flush()
        assert [each.stdout.readline() for each in workers] == ["ok\n"] * 3
        assert len(Catalog(folder).df()) == 3
    for each in workers:
        each.stdin.writelines([f"{folder}\n"] * 6)
        each.stdin.flush()
    assert [each.stdout.readline() for each in workers for _ in range(6)] == ["ok\n"] * 18
    assert len(Catalog(folder).df()) == 21


def test_a_killed_writer_loses_nothing_acknowledged_and_tears_no_image(worker, folder):
    acknowledged = {}
    chance = random.Random(0)
    for _ in range(3):
        writers = [worker(WRITE, folder) for _ in range(2)]
        told = [writers[0].stdout.readline() for _ in range(chance.randint(2, 6))]
        for each in writers:
            each.kill()
        for each in writers:
            told += each.communicate()[0].splitlines()
        # A line that the kill cut short was not acknowledged.
        acknowledged |= dict(line.split() for line in told if len(line.strip()) == 32 + 1 + 64)
        with Catalog(folder) as catalog:
            kept = {uid: catalog.get(uid) for uid in catalog.df().index}
        assert set(acknowledged) <= set(kept)
        for uid, made in kept.items():
            assert pixel_hash(made.image) == made.pixel_hash == acknowledged.get(uid, made.pixel_hash)
        for path in stored_images(folder):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    assert len(acknowledged) >= 6


DIE = (
    COMMON
    + """
import os, fluxlab.catalog.record as record
catalog = Catalog(sys.argv[1])
uid, lost = catalog.begin(draft), catalog.begin(draft)
print(uid, lost, flush=True)
save = record.save
record.save = lambda *_: os._exit(1)  # the image is in place, the row is not
catalog.complete(uid, noise(), {}, {})
"""
)


def test_what_a_dead_process_left_is_settled_at_the_next_open(worker, folder):
    dead = worker(DIE, folder)
    uid, lost = dead.communicate()[0].split()
    with Catalog(folder) as catalog:
        assert catalog.get(uid).status == "ok"
        assert pixel_hash(catalog.get(uid).image) == catalog.get(uid).pixel_hash
        assert catalog.get(lost).status == "crashed"
        assert "process that made this image ended" in catalog.get(lost).error


def test_an_image_that_comes_after_all_wins_over_the_note_that_it_does_not(catalog, draft, picture, folder):
    uid = catalog.begin(draft())
    with connect(folder / "catalog.db") as db:
        db.execute("UPDATE details SET boot = 'before the restart'")
    assert Catalog(folder).get(uid).status == "crashed"
    assert catalog.complete(uid, picture(), {}, {}) == catalog.get(uid)


def test_an_image_may_be_made_while_its_beginning_is_written(catalog, draft, picture):
    uids = [catalog.begin(draft(str(number)), wait=False) for number in range(5)]
    done = catalog.complete(uids[0], picture(), {}, {})
    assert catalog.get(uids[0]) == done
    catalog.fail(uids[1], ValueError("no"))
    catalog.interrupt(uids[2], 1)
    assert catalog.get(uids[1]).status == "failed"
    assert catalog.get(uids[2]).status == "interrupted"


def test_a_beginning_that_cannot_be_written_is_said_at_the_next_and_no_image_is_lost(catalog, draft, picture, folder):
    good = (folder / "catalog.db").read_bytes()
    (folder / "catalog.db").write_bytes(b"x" * len(good))
    uid = catalog.begin(draft("k"), wait=False)
    with pytest.raises(NotRecordedError, match="its record waits in 'spool'") as caught:
        catalog.complete(uid, picture(), {}, {})
    assert caught.value.image.size == (32, 32)
    with pytest.raises(CatalogError, match="is not a SQLite database"):
        catalog.begin(draft("k"), wait=False)
    (folder / "catalog.db").write_bytes(good)
    assert Catalog(folder).get(uid).status == "ok"
