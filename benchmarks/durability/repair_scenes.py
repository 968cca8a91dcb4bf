"""Repairs of a catalog that everything has happened to, and a new index for it."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.durability import samples
from benchmarks.durability.child import Telephone, call
from benchmarks.durability.down import database_down
from benchmarks.durability.recording_scenes import FIRST
from benchmarks.durability.scene import Scene, Told, guarded, watched
from benchmarks.durability.script import Script
from benchmarks.durability.state import differences, files, state, torn_images
from fluxlab.catalog import Catalog, Generation, NotRecordedError, private_copy
from fluxlab.catalog.upkeep import fsck, rebuild

#: How old a stale file is, in seconds.
_LONG_AGO = 10 * 86_400


def _sound(folder: Path, *, harm: bool = False) -> None:
    """A catalog with marks whose last writer died, leaving an image, a record and a start; its index is sound.

    With ``harm``, there is something of every other kind that a repair mends, too.
    """

    def work(telephone: Telephone) -> None:
        del telephone
        chance = random.Random(8)

        def keep(seed: int) -> Generation:
            return catalog.complete(catalog.begin(samples.draft(seed)), samples.picture(chance), {}, {})

        with Catalog(folder) as catalog:
            uid = keep(40).uid
            catalog.tag(uid, FIRST)
            catalog.star(uid, 3)
            catalog.note(uid, "a note")
            # The last of them was never made.
            waiting, orphan, _dead = (catalog.begin(samples.draft(number)) for number in (41, 42, 43))
            with database_down():
                for begun in (waiting, orphan):
                    with suppress(NotRecordedError):
                        catalog.complete(begun, samples.picture(chance), {}, {})
            (folder / "spool" / f"{orphan}.json").unlink()
            if harm:
                torn, other = keep(44), keep(45)
                catalog.tag(other.uid, "unmarked")
                _harm(folder, torn, other)

    call(work)


def _harm(folder: Path, torn: Generation, other: Generation) -> None:
    image = Path(str(torn.path))
    image.write_bytes(image.read_bytes()[:-40])
    (folder / "marks" / f"{other.uid}.json").write_text("{", encoding="utf-8")
    (folder / "spool" / "torn.json").write_text('{"format":', encoding="utf-8")
    stale = folder / "objects" / "tmp" / "stale"
    stale.write_bytes(b"half an image")
    os.utime(stale, (time.time() - _LONG_AGO,) * 2)
    with closing(sqlite3.connect(folder / "catalog.db")) as db, db:
        db.execute("UPDATE generations SET file_bytes = 1 WHERE uid = ?", [other.uid])
        db.execute("INSERT INTO prompts (prompts) VALUES ('delete-all')")


def _garbage(folder: Path) -> None:
    _missing(folder)
    (folder / "catalog.db").write_bytes(random.Random(1).randbytes(20_000))


def _missing(folder: Path) -> None:
    _sound(folder)
    for path in folder.glob("catalog.db*"):
        path.unlink()


def _fsck(folder: Path) -> int:
    return fsck(folder, repair=True).remaining


def _rebuild(folder: Path) -> int:
    done = rebuild(folder)
    return done.unreadable + done.lost


def _use(folder: Path, telephone: Telephone, script: Script, *, act: Callable[[Path], int]) -> None:
    """Repair it, and say what is left to repair."""
    private_copy._elsewhere = partial(_forked, script)  # noqa: SLF001  (for the bench alone)
    watched(script, folder)
    remaining = guarded(lambda: act(folder), telephone)
    script.over = True
    if remaining is not None:
        telephone.tell("remain", str(remaining))


def _forked(script: Script, _database: Path, _copy: Path, code: str, *names: str) -> str:
    """What a process of its own prints; it is forked instead of started, which takes a tenth of the time."""

    def work(telephone: Telephone) -> None:
        script.over = True
        sys.argv = ["-c", *names]
        exec(code, {"print": telephone.tell})  # noqa: S102  (it is fluxlab's own)

    lines, status = call(work)
    if status:
        raise RuntimeError(f"the copy of a database ended with {status}.")
    return "\n".join(" ".join(words) for words in lines)


def _judge(folder: Path, model: Path, told: Told, *, act: Callable[[Path], int]) -> list[str]:
    expected = _expected(model, act)
    broken = [*_deleted(folder, model), *_lost(folder, model)]
    broken += [f"{name} is torn, and was not" for name in set(torn_images(folder)) - set(torn_images(model))]
    for (remain,) in told.words("remain"):
        if act is _fsck and (found := fsck(folder).remaining) > int(remain):
            broken.append(f"the repair says that {remain} remain, and {found} are found")
        if act is _rebuild and remain == "0":
            broken += [f"nothing is said to be lost, but {each}" for each in differences(state(folder), expected)]
    act(folder)
    return [*broken, *(f"repaired again, {each}" for each in differences(state(folder), expected))]


def _deleted(folder: Path, model: Path) -> list[str]:
    """Files whose bytes are nowhere any more; a record that waited is in its row."""
    kept = set(files(folder).values())
    rows = {row[0]: row[2] for row in state(folder)["rows"]} if _is_sound(folder) else {}
    broken = [
        f"{name} was deleted"
        for name, data in files(model).items()
        if data not in kept and not (name.startswith("spool/") and rows.get(Path(name).stem) == "ok")
    ]
    old = model / "catalog.db"
    if old.is_file() and not _is_sound(model):
        places = (folder / "catalog.db", *(folder / "quarantine").rglob("catalog*.db"))
        if old.read_bytes() not in [path.read_bytes() for path in places if path.is_file()]:
            broken.append("the old database was deleted")
    return broken


def _lost(folder: Path, model: Path) -> list[str]:
    """Images and marks of a sound index that are not in the index which is in place now."""
    if not _is_sound(model):
        return []
    if not _is_sound(folder):
        return ["the index is not sound any more"]
    before, after = state(model), state(folder)
    names = lambda known: {(row[0], row[5], row[7]) for row in known["rows"] if row[2] == "ok"}  # noqa: E731  (a helper)
    broken = [f"image {each[0]} is lost" for each in names(before) - names(after)]
    return broken + [f"{each} is lost" for kind in ("tags", "notes") for each in {*before[kind]} - {*after[kind]}]


def _is_sound(folder: Path) -> bool:
    """Whether the database is there and can be read."""
    if not (folder / "catalog.db").is_file():
        return False
    with suppress(sqlite3.Error), closing(sqlite3.connect(folder / "catalog.db")) as db:
        return bool(db.execute("PRAGMA integrity_check").fetchone() == ("ok",)) and bool(
            db.execute("SELECT name FROM sqlite_master WHERE name = 'details'").fetchone()
        )
    return False


@cache
def _expected(model: Path, act: Callable[[Path], int]) -> dict[str, Any]:
    """What a repair without a fault makes of it."""
    copy = model.with_name(f"{model.name}, undisturbed")

    def work(telephone: Telephone) -> None:
        shutil.copytree(model, copy)
        act(copy)
        telephone.tell("done")

    lines, _ = call(work)
    if lines != [["done"]]:
        raise RuntimeError(f"the undisturbed repair of {model.name} ended with {lines}")
    return state(copy)


def _scene(name: str, prepare: Callable[[Path], None], act: Callable[[Path], int] = _fsck) -> Scene:
    return Scene(name, prepare, partial(_use, act=act), partial(_judge, act=act))


SCENES = (
    _scene("a repair", partial(_sound, harm=True)),
    _scene("a repair without a database", _missing),
    _scene("a repair of garbage", _garbage),
    _scene("a new index", _sound, _rebuild),
)
