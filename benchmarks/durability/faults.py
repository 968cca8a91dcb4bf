"""Every step fails once, or from then on, in every way that disks fail.

Steps of opening, recording and marking, of an import, of repairs, of a new index, and of a backup.

A dry run counts the steps. Then, for each step and each fault, a forked child does the same again and meets the fault
there, and what has to hold is looked at without it.

Not covered: faults of locks, of memory and of the shared memory of a write-ahead log; reading on in a file that is open
already; and, where Python's SQLite is not a shared library, faults inside SQLite.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Container, Iterable, Iterator
from pathlib import Path

from benchmarks.durability import backup_scenes, import_scenes, recording_scenes, repair_scenes
from benchmarks.durability.child import Telephone, call, journal
from benchmarks.durability.outcome import Outcome
from benchmarks.durability.progress import Progress
from benchmarks.durability.scene import Scene, Told
from benchmarks.durability.script import Fault, Script
from benchmarks.durability.step import KINDS, Step
from fluxlab.errors import FluxlabError

_WRITES = ("crash before", "crash after", "ENOSPC", "EIO", "EROFS", "EACCES")
_READS = ("crash before", "EIO", "EACCES")
RECORDING = recording_scenes.SCENES
UPKEEP = (*import_scenes.SCENES, *repair_scenes.SCENES, *backup_scenes.SCENES)


def run(
    mode: str,
    base: Path,
    *,
    every: int = 1,
    kinds: Container[str] = KINDS,
    scenes: Iterable[Scene] = (*RECORDING, *UPKEEP),
) -> Outcome:
    """Let every step fail.

    Parameters
    ----------
    mode
        The journal, ``"wal"`` or ``"delete"``.
    base
        An empty folder.
    every
        Take one fault of so many, spread evenly over steps and kinds.
    kinds
        Of steps that fail.
    scenes
        What is done.
    """
    outcome = Outcome(f"faults, journal {mode}")
    began = time.monotonic()
    with journal(mode):
        for scene in scenes:
            model = base / scene.name
            scene.prepare(model)
            steps = _steps(scene, model, base / "dry")
            outcome.figures[f"steps of {scene.name}"] = len(steps)
            faults = [each for each in _faults(steps, scene.lasting) if steps[each.at].kind in kinds]
            # Every so many of a shuffled list: each step has as many kinds of faults, and none is to be left out.
            random.Random(0).shuffle(faults)
            faults, bench = faults[::every], _Bench(scene, model, base / "tried", outcome)
            progress = Progress(f"{outcome.name}, {scene.name}", len(faults))
            for fault in faults:
                bench.meet(fault, steps[fault.at])
                progress.advance()
            outcome.figures[f"faults tried in {scene.name}"] = len(faults)
    outcome.figures["seconds"] = time.monotonic() - began
    return outcome


def _faults(steps: list[Step], lasting: Container[str]) -> Iterator[Fault]:
    for at, step in enumerate(steps):
        for kind in _WRITES if step.writes else _READS:
            yield Fault(at, kind)
            if kind in lasting:
                yield Fault(at, kind, lasting=True)


def _steps(scene: Scene, model: Path, folder: Path) -> list[Step]:
    """The steps of a run without a fault."""
    _copy(model, folder)
    script = Script()

    def work(telephone: Telephone) -> None:
        scene.use(folder, telephone, script)
        for step in script.seen:
            telephone.tell("step", step.kind.replace(" ", "_"), step.path)

    lines, status = call(work)
    if status or any(words[0] in ("raw", "sentence") for words in lines):
        raise RuntimeError(f"the dry run of {scene.name} ended with {status}: {[*_but_steps(lines)][-3:]}")
    return [Step(words[1].replace("_", " "), " ".join(words[2:])) for words in lines if words[0] == "step"]


def _but_steps(lines: list[list[str]]) -> Iterator[list[str]]:
    return (words for words in lines if words[0] != "step")


class _Bench:
    """Lets one scene meet faults.

    Parameters
    ----------
    scene
        What is done.
    model
        What lies there before.
    folder
        Where it is done.
    outcome
        Takes what is broken.
    """

    def __init__(self, scene: Scene, model: Path, folder: Path, outcome: Outcome) -> None:
        self._scene, self._model, self._folder, self._outcome = scene, model, folder, outcome
        #: Most faults leave one of a few states behind; what was judged once need not be judged again.
        self._judged: dict[object, list[str]] = {}

    def meet(self, fault: Fault, step: Step) -> None:
        """Do it once, with this fault."""
        _copy(self._model, self._folder)
        lines, status = call(lambda telephone: self._scene.use(self._folder, telephone, Script(fault)))
        told = Told(lines, ended=status == 0, lasting=fault.lasting)
        self._outcome.count("faults tried")
        self._outcome.count("errors raised", len(told.words("refused")) + len(told.words("sentence")))
        known = (status, fault.lasting, repr(lines), _digest(self._folder))
        if known not in self._judged:
            self._judged[known] = self._judge(told)
        where = f"{fault} ({step.kind} of {Path(step.path).name}), {self._scene.name}"
        self._outcome.broken += [f"{where}: {each}" for each in self._judged[known]]

    def _judge(self, told: Told) -> list[str]:
        broken = [" ".join(words) for words in told.words("raw")]
        try:
            return broken + self._scene.judge(self._folder, self._model, told)
        except (OSError, sqlite3.Error, FluxlabError) as error:
            return [*broken, f"what is left cannot be used: {error!r}"]


def _digest(folder: Path) -> str:
    """Of all files below a folder, their names and their bytes."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        found.update(os.fsencode(path) + b"\0" + (path.read_bytes() if path.is_file() else b"") + b"\0")
    return found.hexdigest()


def _copy(model: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if model.exists():
        shutil.copytree(model, folder)
