"""Many processes that open a folder at the same moment: a new one, and one that others are writing to."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

from benchmarks.durability import samples
from benchmarks.durability.child import Telephone, fork, journal
from benchmarks.durability.outcome import Outcome, spread
from benchmarks.durability.progress import Progress
from benchmarks.durability.promise import check
from fluxlab.catalog import Catalog


def run(processes: int, trials: int, mode: str, base: Path, *, writing: bool = False) -> Outcome:
    """Open together, record one image each, and compare.

    Parameters
    ----------
    processes, trials
        How many open together, and how often.
    mode
        The journal, ``"wal"`` or ``"delete"``.
    base
        An empty folder.
    writing
        Open one folder that two other processes write to all the time, instead of a new one at each trial.
    """
    outcome = Outcome(f"{'openings among writers' if writing else 'first openings'}, journal {mode}")
    progress, began = Progress(outcome.name, trials), time.monotonic()
    seconds: list[float] = []
    busy: list[int] = []
    with journal(mode):
        if writing:
            Catalog(base / "catalog")
            noise = Telephone()
            busy = [fork(lambda: _write(base / "catalog", noise)) for _ in range(2)]
        try:
            for trial in range(trials):
                folder = base / ("catalog" if writing else str(trial))
                seconds += _trial(folder, processes, outcome)
                if not writing:
                    shutil.rmtree(folder)
                progress.advance()
        finally:
            for pid in busy:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
        if writing:
            outcome.broken += [" ".join(words[1:]) for words in noise.hang_up() if words[0] == "error"]
    outcome.figures |= {"processes": processes, "trials": trials}
    outcome.figures |= {f"opening, {name}": value for name, value in spread(seconds).items()}
    outcome.figures["seconds"] = time.monotonic() - began
    return outcome


def _trial(folder: Path, processes: int, outcome: Outcome) -> list[float]:
    telephone, gate = Telephone(), os.pipe()
    team = [fork(lambda: _open(folder, telephone, gate)) for _ in range(processes)]
    os.close(gate[0])
    os.close(gate[1])  # now they run
    lines = telephone.hang_up()
    for pid in team:
        os.waitpid(pid, 0)
    kept = {words[1]: words[2] for words in lines if words[0] == "kept"}
    outcome.broken += [" ".join(words[1:]) for words in lines if words[0] == "error"]
    # Where others write, only they know what is unfinished; what was acknowledged must be there all the same.
    found = check(folder, kept).broken
    outcome.broken += [each for each in found if "acknowledged" in each or "does not open" in each]
    if len(kept) != processes and len(lines) == processes:
        outcome.broken.append(f"{processes - len(kept)} of {processes} did not record")
    return [float(words[3]) for words in lines if words[0] == "kept"]


def _open(folder: Path, telephone: Telephone, gate: tuple[int, int]) -> None:
    os.close(gate[1])
    os.read(gate[0], 1)  # returns when the parent closes the other end
    clock = time.perf_counter()
    try:
        catalog = Catalog(folder)
        opened = time.perf_counter() - clock
        made = catalog.complete(catalog.begin(samples.draft()), samples.picture(random.Random(os.getpid())), {}, {})
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
        telephone.tell("error", f"one that opened got {error!r} after {time.perf_counter() - clock:.1f} s")
        return
    telephone.tell("kept", made.uid, str(made.pixel_hash), f"{opened:.6f}")


def _write(folder: Path, telephone: Telephone) -> None:
    chance = random.Random(os.getpid())
    try:
        catalog = Catalog(folder)
        while True:
            catalog.complete(catalog.begin(samples.draft()), samples.picture(chance), {}, {})
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
        telephone.tell("error", f"one that writes got {error!r}")
