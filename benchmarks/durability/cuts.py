"""The power goes at every moment of a recorded session, and the catalog is opened on what a disk may have kept of it.

What is recorded and replayed: every file that Python and SQLite create, write, truncate, sync, rename or delete in the
catalog's folder, by two processes that follow one another; `disk` says what a cut may do to it. Not simulated: several
writers at the moment of the cut, and the shared memory of a write-ahead log, which SQLite makes anew after a restart.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from benchmarks.durability import disk as disks
from benchmarks.durability.child import journal
from benchmarks.durability.disk import Choice, Disk
from benchmarks.durability.outcome import Outcome
from benchmarks.durability.progress import Progress
from benchmarks.durability.promise import check
from benchmarks.durability.recording import Promise, record
from benchmarks.durability.step import Step
from fluxlab.catalog import Catalog
from fluxlab.errors import FluxlabError


def run(mode: str, base: Path, *, every: int = 1, mixtures: int = 4, seed: int = 0) -> Outcome:
    """Cut the power after every step.

    Parameters
    ----------
    mode
        The journal, ``"wal"`` or ``"delete"``.
    base
        An empty folder.
    every
        Cut after one step of so many.
    mixtures
        Random disks at each cut, beside one that kept everything and one that kept only what was synced.
    seed
        Of chance.
    """
    outcome = Outcome(f"power cuts, journal {mode}")
    began = time.monotonic()
    folder = base / "recorded" / "catalog"
    folder.parent.mkdir()
    with journal(mode):
        log = record(folder, base / "log.jsonl")
        outcome.figures["steps recorded"] = len([each for each in log if isinstance(each, Step)])
        progress = Progress(outcome.name, len(log))
        disk, promises = Disk(str(folder.parent)), list[Promise]()
        for number, entry in enumerate(log):
            if isinstance(entry, Step):
                disk.apply(entry)
            else:
                promises.append(entry)
            if number % every == 0 or not isinstance(entry, Step):
                for turn in range(2 + mixtures):
                    chance = random.Random(f"{seed} {number} {turn}")
                    choose = (disks.nothing, disks.everything)[turn] if turn < 2 else disks.mixed(chance)
                    where = f"cut {number}.{turn} after {_words(entry)}"
                    found = _cut(disk, base / "cut", choose, chance, promises)
                    outcome.broken += [f"{where}: {each}" for each in found.broken]
                    for name, value in found.figures.items():
                        outcome.count(name, value)
            progress.advance()
    outcome.figures["promises at the end"] = len(promises)
    outcome.figures["seconds"] = time.monotonic() - began
    return outcome


def _words(entry: Step | Promise) -> str:
    return (
        f"{entry.kind} of {Path(entry.path).name}"
        if isinstance(entry, Step)
        else f"the promise of {entry[0]} {entry[1]}"
    )


def _cut(disk: Disk, target: Path, choose: Choice, chance: random.Random, promises: list[Promise]) -> Outcome:
    """Cut the power once, and open what is left."""
    found = Outcome("one cut", {"cuts": 1})
    shutil.rmtree(target, ignore_errors=True)
    disk.cut(target, choose, chance)
    folder = target / "catalog"
    images = {uid: value for what, uid, value in promises if what == "image"}
    verdict = check(folder, images)
    if any("damaged" in each or "not a SQLite database" in each for each in verdict.broken):
        found.count("databases that were damaged and rebuilt")
        for file in folder.glob("catalog.db*"):
            file.unlink()
        verdict = check(folder, images)
    found.count("images read back", verdict.images)
    found.broken = verdict.broken or [*_others(folder, promises), *_integrity(folder)]
    return found


def _others(folder: Path, promises: list[Promise]) -> list[str]:
    """Promises that are not about images."""
    catalog, broken = Catalog(folder), []
    for what, uid, value in promises:
        try:
            if what == "status" and catalog.get(uid).status != value:
                broken.append(f"{uid} is '{catalog.get(uid).status}' instead of '{value}'")
            if what == "score" and catalog.scores([uid], "sharpness") != {uid: float(value)}:
                broken.append(f"the score of {uid} is lost")
        except FluxlabError as error:
            broken.append(f"{uid}: {error}")
    return broken


def _integrity(folder: Path) -> list[str]:
    try:
        with closing(sqlite3.connect(folder / "catalog.db")) as db:
            found = [str(row[0]) for row in db.execute("PRAGMA integrity_check")]
    except sqlite3.DatabaseError as error:
        found = [str(error)]
    return [] if found == ["ok"] else [f"integrity check: {found[0]}"]
