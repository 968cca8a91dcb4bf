"""Backups into a folder outside the catalog."""

from __future__ import annotations

import hashlib
import random
from contextlib import suppress
from pathlib import Path

from benchmarks.durability import samples
from benchmarks.durability.child import Telephone, call
from benchmarks.durability.down import database_down
from benchmarks.durability.recording_scenes import FIRST
from benchmarks.durability.scene import Scene, Told, guarded, watched
from benchmarks.durability.script import Script
from benchmarks.durability.state import differences, files, state
from fluxlab.catalog import Catalog, NotRecordedError
from fluxlab.catalog.upkeep import Backup, backup


def _prepare(folder: Path) -> None:
    """A catalog with images, marks and a waiting record, and a folder for its backups."""
    folder.mkdir()
    (folder / "outside").mkdir()

    def work(telephone: Telephone) -> None:
        del telephone
        chance = random.Random(7)
        with Catalog(folder / "catalog") as catalog:
            kept, _other = (
                catalog.complete(catalog.begin(samples.draft(number)), samples.picture(chance), {}, {})
                for number in (50, 51)
            )
            catalog.tag(kept.uid, FIRST)
            catalog.note(kept.uid, "a note")
            waiting = catalog.begin(samples.draft(52))
            with database_down(), suppress(NotRecordedError):
                catalog.complete(waiting, samples.picture(chance), {}, {})

    call(work)


def _use(folder: Path, telephone: Telephone, script: Script) -> None:
    """Make a backup, and say what is left out of it."""
    watched(script, folder / "catalog", folder / "outside")
    made = guarded(lambda: backup(folder / "catalog", _target(folder), images=True), telephone)
    if made is not None:
        telephone.tell("made", *_not_in(made))


def _target(folder: Path) -> Path:
    return folder / "outside" / "monday"


def _judge(folder: Path, model: Path, told: Told) -> list[str]:
    whole, target = state(model / "catalog"), _target(folder)
    broken = [f"in the original, {each}" for each in differences(state(folder / "catalog"), whole)]
    if files(folder / "catalog") != files(model / "catalog"):
        broken.append("files of the original were changed")
    made = told.words("made")
    if made:
        broken += [f"in the backup, {each}" for each in _lacks(target, model / "catalog", made[0])]
    elif told.ended and target.exists() and not told.lasting:
        broken.append("the backup failed, and its folder is there")
    elif target.exists():
        # Killed, or left by a disk that takes nothing any more: what has the name of a backup must be one.
        broken += [f"in the folder of a killed backup, {each}" for each in _lacks(target, model / "catalog", [])]
    if told.ended and not made and not told.lasting and [*(folder / "outside").iterdir()]:
        broken.append("the backup failed, and a part of it was left behind")
    again = folder / "outside" / "tuesday"
    left_out = _not_in(backup(folder / "catalog", again, images=True))
    return [*broken, *(f"in another backup, {each}" for each in _lacks(again, model / "catalog", left_out))]


def _not_in(made: Backup) -> list[str]:
    """The files that a backup says it lacks."""
    return [*made.left_out, *(what.partition(": ")[0] for what in made.unread)]


def _lacks(target: Path, catalog: Path, left_out: list[str]) -> list[str]:
    """What is not as it is in the original, but for what was named."""
    expected, found = files(catalog), files(target)
    broken = differences(state(target), state(catalog), but=("images", "marks", "spool"))
    for name, data in expected.items():
        if name not in left_out and found.get(name) != data:
            broken.append(f"'{name}' is missing or another one, and nothing is said of it")
    torn = [
        name
        for name, data in found.items()
        if name.startswith("objects/") and hashlib.sha256(data).hexdigest() != Path(name).stem
    ]
    return broken + [f"'{name}' is torn" for name in torn]


SCENES = (Scene("a backup", _prepare, _use, _judge),)
