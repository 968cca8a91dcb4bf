"""Writers that are killed in mid-sweep, again and again, and replaced at once."""

from __future__ import annotations

import os
import random
import select
import signal
import time
from pathlib import Path

from benchmarks.durability import samples
from benchmarks.durability.child import Telephone, fork, journal
from benchmarks.durability.outcome import Outcome
from benchmarks.durability.progress import Progress
from benchmarks.durability.promise import check
from fluxlab.catalog import Catalog

#: Kills between two checks; then all writers are killed, so that what they left can be judged.
_ROUND = 30
#: Checks in one folder, before a new one keeps the looking cheap.
_ROUNDS = 6
#: Seconds from one kill to the next, at most; a writer opens and records in a fraction of it.
_PAUSE = 0.06
#: One signal in so many is Ctrl-C, after which the writer goes on, as a notebook does.
_INTERRUPTS = 6


def run(total: int, mode: str, base: Path, *, place: str = "disk", writers: int = 3, seed: int = 0) -> Outcome:
    """Kill ``total`` writers.

    Parameters
    ----------
    total
        Kills, without counting the interrupts.
    mode
        The journal, ``"wal"`` or ``"delete"``.
    base
        An empty folder.
    place
        What kind of folder that is, for the table.
    writers
        How many write at the same time.
    seed
        Of the moments and victims; what the scheduler adds is not repeatable.
    """
    outcome = Outcome(f"kills on {place}, journal {mode}")
    progress, chance, began = Progress(outcome.name, total), random.Random(seed), time.monotonic()
    number = 0
    with journal(mode):
        while outcome.figures.get("kills", 0) < total:
            folder, acknowledged, looked_at = base / str(number), dict[str, str](), set[str]()
            number += 1
            for _ in range(_ROUNDS):
                before = outcome.figures.get("kills", 0)
                left = total - int(before)
                if left <= 0:
                    break
                acknowledged |= _round(folder, outcome, chance, writers, min(_ROUND, max(left - writers, 1)))
                verdict = check(folder, acknowledged, looked_at=looked_at)
                outcome.broken += verdict.broken
                outcome.count("images read back", verdict.images)
                progress.advance(int(outcome.figures["kills"] - before))
            outcome.count("acknowledged", len(acknowledged))
    outcome.figures["not acknowledged, yet there"] = (
        outcome.figures["images read back"] - outcome.figures["acknowledged"]
    )
    outcome.figures["seconds"] = time.monotonic() - began
    return outcome


def _round(folder: Path, outcome: Outcome, chance: random.Random, writers: int, kills: int) -> dict[str, str]:
    """Kill so many writers, one after the other, and then those that are left; returns what was acknowledged."""
    telephone = Telephone()
    start = lambda: fork(lambda: _write(folder, telephone, chance.randrange(2**32)))  # noqa: E731  (one-line helper)
    team = [start() for _ in range(writers)]
    lines: list[list[str]] = []
    done = 0
    while done < kills:
        deadline = time.monotonic() + chance.uniform(0, _PAUSE)
        while (wait := deadline - time.monotonic()) > 0:
            if select.select([telephone.reader], [], [], wait)[0]:
                lines += telephone.heard()
        victim = chance.randrange(writers)
        if chance.randrange(_INTERRUPTS) == 0:
            os.kill(team[victim], signal.SIGINT)
            outcome.count("interrupts")
            continue
        _kill(team[victim])
        done += 1
        team[victim] = start()
    for pid in team:
        _kill(pid)
    outcome.count("kills", done + writers)
    lines += telephone.hang_up()
    outcome.broken += [" ".join(words[1:]) for words in lines if words[0] == "error"]
    return {words[1]: words[2] for words in lines if words[0] == "kept"}


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def _write(folder: Path, telephone: Telephone, seed: int) -> None:
    """Record images until somebody ends this process; say each one that was acknowledged."""
    chance = random.Random(seed ^ os.getpid())
    while True:
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            catalog = Catalog(folder)
            while True:
                number = chance.randrange(2**32)
                uid = catalog.begin(samples.draft(number))
                if number % 16 == 0:
                    catalog.fail(uid, MemoryError())
                    continue
                made = catalog.complete(uid, samples.picture(chance), {"steps": 4}, {"denoise": 0.1})
                telephone.tell("kept", made.uid, str(made.pixel_hash))
        except KeyboardInterrupt:
            continue
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
            telephone.tell("error", f"a writer got {error!r}")
            return
