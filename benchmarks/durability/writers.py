"""Many processes that record at the same time, and how long each of them waits for a record."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from benchmarks.durability import samples
from benchmarks.durability.child import Telephone, fork, journal
from benchmarks.durability.outcome import Outcome, spread
from benchmarks.durability.progress import Progress
from benchmarks.durability.promise import check
from fluxlab.catalog import Catalog


def run(processes: int, records: int, mode: str, base: Path) -> Outcome:
    """Let ``processes`` record ``records`` images each, as fast as they can.

    Parameters
    ----------
    processes, records
        How many, and how many each.
    mode
        The journal, ``"wal"`` or ``"delete"``.
    base
        An empty folder.
    """
    outcome = Outcome(f"writers, journal {mode}")
    progress, began = Progress(outcome.name, processes * records), time.monotonic()
    folder, telephone, gate = base / "catalog", Telephone(), os.pipe()
    acknowledged: dict[str, str] = {}
    seconds: list[float] = []

    def take(lines: list[list[str]]) -> None:
        for words in lines:
            if words[0] == "kept":
                acknowledged[words[1]] = words[2]
                seconds.append(float(words[3]))
                progress.advance()
            else:
                outcome.broken.append(" ".join(words[1:]))

    with journal(mode):
        Catalog(folder)
        team = [
            fork(lambda seed=number: _write(folder, telephone, gate, records, seed))  # type: ignore[misc]
            for number in range(processes)
        ]
        os.close(gate[0])
        os.close(gate[1])  # now they run
        while len(acknowledged) < processes * records and not outcome.broken:
            take(telephone.heard())
        take(telephone.hang_up())
        for pid in team:
            os.waitpid(pid, 0)
        took = time.monotonic() - began
        outcome.broken += check(folder, acknowledged).broken
    if len(acknowledged) != processes * records:
        outcome.broken.append(f"{processes * records - len(acknowledged)} records are missing")
    outcome.figures |= {"processes": processes, "records": len(acknowledged), "records a second": len(seconds) / took}
    outcome.figures |= {f"begin and complete, {name}": value for name, value in spread(seconds).items()}
    outcome.figures["seconds"] = time.monotonic() - began
    return outcome


def _write(folder: Path, telephone: Telephone, gate: tuple[int, int], records: int, seed: int) -> None:
    chance = random.Random(seed)
    catalog = Catalog(folder)
    os.close(gate[1])
    os.read(gate[0], 1)  # returns when the parent closes the other end
    for number in range(records):
        picture = samples.picture(chance)
        clock = time.perf_counter()
        try:
            made = catalog.complete(catalog.begin(samples.draft(number)), picture, {"steps": 4}, {})
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
            telephone.tell("error", f"writer {seed} got {error!r} after {time.perf_counter() - clock:.1f} s")
            continue
        telephone.tell("kept", made.uid, str(made.pixel_hash), f"{time.perf_counter() - clock:.6f}")
