"""Run the parts of the bench, print their figures and write them as JSON."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.durability import cuts, faults, kills, model, openers, outcome, overhead, writers
from benchmarks.durability.memory import memory_folder
from benchmarks.durability.outcome import Outcome

JOURNALS = ("delete", "wal")


@dataclass(frozen=True)
class Part:
    """One part: its name, its work, and whether it is done in memory instead of on a disk."""

    name: str
    work: Callable[[Path], Outcome]
    in_memory: bool = False

    def run(self, disk: Path | None) -> Outcome:
        """Work in a folder of its own."""
        place = (
            memory_folder()
            if self.in_memory
            else tempfile.TemporaryDirectory(dir=disk, prefix="durability-", ignore_cleanup_errors=True)
        )
        with place as base, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self.work(Path(base))


def parts(mode: str, *, short: bool) -> Iterator[Part]:
    """The parts for one journal, at one of two lengths."""
    size: Callable[[int, int], int] = lambda long, brief: brief if short else long  # noqa: E731  (one-line helper)
    yield Part("kills", lambda base: kills.run(size(2_500, 30), mode, base))
    yield Part("kills", lambda base: kills.run(size(2_500, 30), mode, base, place="memory"), in_memory=True)
    yield Part("faults", lambda base: faults.run(mode, base, every=size(1, 200)), in_memory=True)
    yield Part("cuts", lambda base: cuts.run(mode, base, every=size(1, 30), mixtures=size(6, 2)), in_memory=True)
    yield Part("writers", lambda base: writers.run(size(16, 8), size(1_000, 10), mode, base))
    yield Part("openers", lambda base: openers.run(size(16, 8), size(200, 3), mode, base))
    yield Part("openers", lambda base: openers.run(size(16, 4), size(200, 3), mode, base, writing=True))


def all_parts(*, short: bool) -> Iterator[Part]:
    """Every part."""
    for mode in JOURNALS:
        yield from parts(mode, short=short)
    yield Part("model", lambda _: model.run(1_000 if short else 100_000), in_memory=True)
    yield Part("overhead", lambda base: overhead.run(10 if short else 1_000, base, before=20 if short else 2_000))


def main() -> int:
    """Run, print and write; the exit status says whether every promise was kept."""
    names = list(dict.fromkeys(part.name for part in all_parts(short=True)))
    parser = argparse.ArgumentParser(prog="python -m benchmarks.durability", description=__doc__)
    parser.add_argument("--short", action="store_true", help="about a minute instead of an hour or two")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="PART", help=", ".join(names))
    parser.add_argument("--json", type=Path, default=Path("durability.json"), help="where the figures go")
    parser.add_argument("--folder", type=Path, help="on which disk to work; the temporary folder without it")
    chosen = parser.parse_args()
    if not hasattr(os, "fork"):
        parser.error("these need a system that can fork: run them on Linux or macOS.")
    done: list[Outcome] = []
    began = time.monotonic()
    for part in all_parts(short=chosen.short):
        if part.name not in chosen.only:
            continue
        done.append(part.run(chosen.folder))
        print(done[-1].table(), flush=True)
        outcome.write(done, chosen.json)  # after each part: a soak may be stopped
    print(f"{sum(len(each.broken) for each in done)} broken promises in {time.monotonic() - began:.0f} s")
    return int(any(each.broken for each in done))


if __name__ == "__main__":
    sys.exit(main())
