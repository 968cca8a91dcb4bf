"""Every step of opening, recording and marking fails once, or from then on, in every way that disks fail.

A dry run counts the steps. Then, for each step and each fault, a forked child does the same again and meets the fault
there, and the catalog is opened once more without it.

Not covered: imports, backups and repairs; faults of locks, of memory and of the shared memory of a write-ahead log;
and, where Python's SQLite is not a shared library, faults inside SQLite.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
import time
import warnings
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from benchmarks.durability import python_steps, samples, sqlite_steps
from benchmarks.durability.child import Telephone, call, journal
from benchmarks.durability.down import database_down
from benchmarks.durability.outcome import Outcome
from benchmarks.durability.progress import Progress
from benchmarks.durability.promise import check
from benchmarks.durability.step import KINDS, Root, Step
from fluxlab.catalog import Catalog, NotRecordedError, pixel_hash
from fluxlab.errors import FluxlabError

_WRITES = ("crash before", "crash after", "ENOSPC", "EIO", "EROFS", "EACCES")
_READS = ("crash before", "EIO", "EACCES")
#: Tags from before the fault, and of the run that meets it.
FIRST, SECOND = "first", "second"
_T = TypeVar("_T")


@dataclass(frozen=True)
class Fault:
    """What happens at which step; a lasting one happens at every later step too."""

    at: int
    kind: str
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.kind}{' for good' if self.lasting else ''} at step {self.at}"


@dataclass
class Script:
    """Counts the steps, and lets one of them fail."""

    fault: Fault | None = None
    seen: list[Step] = field(default_factory=list)
    #: Set when the scenario is over and faults are to end.
    over: bool = False

    def before(self, step: Step) -> int:
        """Refuse the step when its turn has come."""
        if self.over:
            return 0
        self.seen.append(step)
        fault, number = self.fault, len(self.seen) - 1
        if fault is None or number < fault.at or (number > fault.at and not fault.lasting):
            return 0
        if fault.kind == "crash after":
            return 0
        if fault.kind == "crash before":
            if step.kind == "write":
                return errno.EIO  # `half` ends the process
            os._exit(1)
        # A full disk can still be read, and so can one that is read-only.
        spared = fault.kind in ("ENOSPC", "EROFS") and not step.writes
        return 0 if spared else getattr(errno, fault.kind)

    def half(self, step: Step) -> None:  # noqa: ARG002  (the protocol has it)
        """End the process in the middle of a write."""
        if self.fault is not None and self.fault.kind == "crash before":
            os._exit(1)

    def after(self, step: Step) -> None:  # noqa: ARG002  (the protocol has it)
        """End the process after the step."""
        if self.fault is not None and self.fault.kind == "crash after" and len(self.seen) - 1 == self.fault.at:
            os._exit(1)


def run(mode: str, base: Path, *, every: int = 1, kinds: Container[str] = KINDS) -> Outcome:
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
    """
    outcome = Outcome(f"faults, journal {mode}")
    began = time.monotonic()
    with journal(mode):
        scenes = {"a new catalog": _nothing, "a catalog with leftovers": _leftovers, "a catalog with marks": _marked}
        for name, prepare in scenes.items():
            model = base / name
            prepare(model)
            steps = _steps(model, base / "dry")
            outcome.figures[f"steps of {name}"] = len(steps)
            faults = [each for each in _faults(steps) if steps[each.at].kind in kinds][::every]
            progress = Progress(f"{outcome.name}, {name}", len(faults))
            for fault in faults:
                _try(model, base / "tried", fault, steps[fault.at], outcome)
                progress.advance()
    outcome.figures["seconds"] = time.monotonic() - began
    return outcome


def _faults(steps: list[Step]) -> Iterator[Fault]:
    for at, step in enumerate(steps):
        for kind in _WRITES if step.writes else _READS:
            yield Fault(at, kind)
            if not kind.startswith("crash"):
                yield Fault(at, kind, lasting=True)


def _steps(model: Path, folder: Path) -> list[Step]:
    """The steps of a run without a fault."""
    _copy(model, folder)
    script = Script()

    def work(telephone: Telephone) -> None:
        _use(folder, telephone, script)
        for step in script.seen:
            telephone.tell(step.kind, step.path)

    lines, status = call(work)
    if status:
        raise RuntimeError(f"the dry run ended with {status}: {lines[-3:]}")
    return [Step(words[0], " ".join(words[1:])) for words in _steps_told(lines)]


def _steps_told(lines: list[list[str]]) -> Iterator[list[str]]:
    for words in lines:
        if words[0] == "sync" and words[1] == "folder":
            yield ["sync folder", *words[2:]]
        elif words[0] not in ("kept", "refused", "marked", "raw"):
            yield words


def _try(model: Path, folder: Path, fault: Fault, step: Step, outcome: Outcome) -> None:
    _copy(model, folder)
    lines, _ = call(lambda telephone: _use(folder, telephone, Script(fault)))
    outcome.count("faults tried")
    acknowledged = {words[1]: words[2] for words in lines if words[0] == "kept"}
    given_back = {words[1] for words in lines if words[0] == "refused"}
    outcome.count("errors raised", len([words for words in lines if words[0] in ("refused", "sentence")]))
    broken = [" ".join(words[1:]) for words in lines if words[0] == "raw"]
    broken += check(folder, acknowledged, given_back=given_back).broken
    if model.name.endswith("with marks"):
        broken += _marks_lost(folder, said=any(words[0] == "marked" for words in lines))
    where = f"{fault} ({step.kind} of {Path(step.path).name})"
    outcome.broken += [f"{where}, {model.name}: {each}" for each in broken]


def _use(folder: Path, telephone: Telephone, script: Script) -> None:
    """Open the catalog and record two images, in a child; say how each step of it went."""
    root = Root(str(folder))
    python_steps.watch(root, script)
    sqlite_steps.watch(root, script)
    chance = random.Random(1)
    catalog = _guarded(lambda: Catalog(folder), telephone)
    if catalog is not None:
        _mark(catalog, telephone)
        _record(catalog, 1, chance, telephone)
    # Once the disk is well again, the same process goes on.
    script.over = True
    catalog = catalog or _guarded(lambda: Catalog(folder), telephone)
    if catalog is None:
        telephone.tell("raw", "the catalog does not open in the same process once the disk is well")
    elif not _record(catalog, 2, chance, telephone):
        telephone.tell("raw", "no image can be recorded in the same process once the disk is well")


def _record(catalog: Catalog, seed: int, chance: random.Random, telephone: Telephone) -> bool:
    """Record one image; returns whether it was acknowledged."""
    picture = samples.picture(chance)
    uid = _guarded(lambda: catalog.begin(samples.draft(seed)), telephone)
    if uid is None:
        return False
    try:
        made = catalog.complete(uid, picture, {"steps": 4}, {})
    except NotRecordedError as error:
        telephone.tell("refused", uid)
        if not str(error).endswith("."):
            telephone.tell("raw", f"no sentence: {error}")
        if pixel_hash(error.image) != pixel_hash(picture):
            telephone.tell("raw", "the error carries another image")
        return False
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
        telephone.tell("raw", f"complete raised {error!r}")
        return False
    telephone.tell("kept", made.uid, str(made.pixel_hash))
    return True


def _mark(catalog: Catalog, telephone: Telephone) -> None:
    """Tag the images that have a tag already, where there are any."""
    tagged = _guarded(lambda: [str(uid) for uid in catalog.df(tags=FIRST, columns=[]).index], telephone)
    if tagged and _guarded(lambda: catalog.tag(tagged, SECOND) or True, telephone):
        telephone.tell("marked", *tagged)


def _marks_lost(folder: Path, *, said: bool) -> list[str]:
    """What is gone of the marks: those from before, and those that were acknowledged; also without the database."""
    lost = []
    for where in ("the database", "the files beside it"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Catalog(folder) as catalog:
                rows = catalog.df(columns=["tags", "stars", "note"], tags=FIRST)
        if len(rows) != 1 or (rows["stars"].iloc[0], rows["note"].iloc[0]) != (3, "a note"):
            lost.append(f"marks that were acknowledged before are not in {where}")
        elif said and SECOND not in rows["tags"].iloc[0]:
            lost.append(f"a tag that was acknowledged is not in {where}")
        for file in folder.glob("catalog.db*"):
            file.unlink()
    return lost


def _guarded(act: Callable[[], _T], telephone: Telephone) -> _T | None:
    """What ``act`` returns, or ``None`` after an error that is a sentence; any other error is a finding."""
    try:
        return act()
    except FluxlabError as error:
        telephone.tell("sentence" if str(error).endswith(".") else "raw", f"no sentence: {error}")
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
        telephone.tell("raw", f"raised {error!r}")
    return None


def _nothing(folder: Path) -> None:
    """No catalog yet."""
    folder.mkdir()
    shutil.rmtree(folder)


def _marked(folder: Path) -> None:
    """A catalog with one image that a person has said something of."""

    def work(telephone: Telephone) -> None:
        del telephone
        with Catalog(folder) as catalog:
            made = catalog.complete(catalog.begin(samples.draft(20)), samples.picture(random.Random(5)), {}, {})
            catalog.tag(made.uid, FIRST)
            catalog.star(made.uid, 3)
            catalog.note(made.uid, "a note")

    call(work)


def _leftovers(folder: Path) -> None:
    """A catalog whose last writer died: an image without its row, one that was never made, and a waiting record."""

    def work(telephone: Telephone) -> None:
        del telephone
        chance = random.Random(2)
        with Catalog(folder) as catalog:
            catalog.complete(catalog.begin(samples.draft(10)), samples.picture(chance), {}, {})
            _lost, orphan, waiting = (catalog.begin(samples.draft(number)) for number in (11, 12, 13))
            with database_down():
                for uid in (waiting, orphan):
                    with suppress(NotRecordedError):
                        catalog.complete(uid, samples.picture(chance), {}, {})
            (folder / "spool" / f"{orphan}.json").unlink()

    call(work)


def _copy(model: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    if model.exists():
        shutil.copytree(model, folder)
