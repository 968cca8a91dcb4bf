"""What the catalog really asks of the file system, step by step, and when it told its user that something is safe."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.durability import python_steps, samples, sqlite_steps
from benchmarks.durability.child import Telephone, call
from benchmarks.durability.down import database_down
from benchmarks.durability.step import Root, Step
from fluxlab.catalog import Catalog, NotRecordedError

#: A promise that was made: what is promised, about which uid, and the value.
Promise = tuple[str, str, str]


class _Recorder:
    """Writes every step down when it has happened."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def before(self, step: Step) -> int:  # noqa: ARG002  (the protocol has it)
        """Nothing fails."""
        return 0

    def half(self, step: Step) -> None:
        """Nothing fails."""

    def after(self, step: Step) -> None:
        """Write the step down."""
        if step.writes:
            self._put([step.kind, step.path, step.target, step.offset, step.data.hex()])

    def promise(self, what: str, uid: str, value: str) -> None:
        """Write down what the user was told."""
        self._put(["promise", what, uid, value])

    def _put(self, values: list[object]) -> None:
        self._file.write(json.dumps(values) + "\n")
        self._file.flush()


_Session = Callable[[Path, _Recorder], None]


def record(folder: Path, log: Path) -> list[Step | Promise]:
    """Let two processes, one after the other, use a new catalog in every way that writes; returns their steps.

    Parameters
    ----------
    folder
        Of the catalog; it does not exist yet, and the folder above it does.
    log
        A file outside of it.
    """
    for number, session in enumerate((_first, _second)):

        def work(telephone: Telephone, session: _Session = session) -> None:
            recorder = _Recorder(log)
            root = Root(str(folder))
            python_steps.watch(root, recorder)
            if not sqlite_steps.watch(root, recorder):
                telephone.tell("blind")
            session(folder, recorder)
            telephone.tell("done")

        lines, _ = call(work)
        if lines != [["done"]]:
            raise RuntimeError(f"session {number} of the recording ended early: {lines}")
    return list(_read(log))


def _read(log: Path) -> Iterator[Step | Promise]:
    for line in log.read_text(encoding="utf-8").splitlines():
        first, *rest = json.loads(line)
        if first == "promise":
            yield (rest[0], rest[1], rest[2])
        else:
            yield Step(first, rest[0], rest[1], rest[2], bytes.fromhex(rest[3]))


def _first(folder: Path, recorder: _Recorder) -> None:
    """A new catalog: images, a failure, an interrupt, a score, and one that is never finished."""
    chance = random.Random(3)
    with Catalog(folder) as catalog:
        kept = _keep(catalog, 1, chance, recorder)
        failed = catalog.begin(samples.draft(2))
        catalog.fail(failed, MemoryError())
        recorder.promise("status", failed, "failed")
        stopped = catalog.begin(samples.draft(3))
        catalog.interrupt(stopped, 1)
        recorder.promise("status", stopped, "interrupted")
        catalog.score(kept, "sharpness", 0.5)
        recorder.promise("score", kept, "0.5")
        catalog.begin(samples.draft(4))
        _keep(catalog, 5, chance, recorder)


def _second(folder: Path, recorder: _Recorder) -> None:
    """An old catalog: leftovers, a database that refuses an image for a while, and more images."""
    chance = random.Random(4)
    # Other processes made these and died before they made them durable.
    for number in range(256):
        (folder / "objects" / f"{number:02x}").mkdir(exist_ok=True)
    with Catalog(folder) as catalog:
        _keep(catalog, 6, chance, recorder)
        picture = samples.picture(chance)
        uid = catalog.begin(samples.draft(7))
        with database_down():
            try:
                catalog.complete(uid, picture, {}, {})
            except NotRecordedError as error:
                recorder.promise("image", uid, str(error.generation.pixel_hash))
        _keep(catalog, 8, chance, recorder)
    with Catalog(folder) as catalog:
        _keep(catalog, 9, chance, recorder)


def _keep(catalog: Catalog, seed: int, chance: random.Random, recorder: _Recorder) -> str:
    made = catalog.complete(catalog.begin(samples.draft(seed)), samples.picture(chance), {"steps": 4}, {})
    recorder.promise("image", made.uid, str(made.pixel_hash))
    return made.uid
