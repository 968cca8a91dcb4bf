"""Run the parts of the bench, print their figures and write them as JSON."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.durability import cuts, faults, kills, model, openers, outcome, overhead, writers
from benchmarks.durability.outcome import Outcome

JOURNALS = ("delete", "wal")
Part = Callable[[Path], Outcome]


def parts(*, short: bool) -> Iterator[tuple[str, Part]]:
    """The name and the work of every part, at one of two lengths."""
    size: Callable[[int, int], int] = lambda long, brief: brief if short else long  # noqa: E731  (one-line helper)
    for mode in JOURNALS:
        yield "kills", lambda base, mode=mode: kills.run(size(5_000, 60), mode, base)  # type: ignore[misc]
        yield "faults", lambda base, mode=mode: faults.run(mode, base, every=size(1, 40))  # type: ignore[misc]
        yield (
            "cuts",
            lambda base, mode=mode: cuts.run(mode, base, every=size(1, 25), mixtures=size(6, 2)),  # type: ignore[misc]
        )
        yield (
            "writers",
            lambda base, mode=mode: writers.run(size(16, 8), size(1_000, 10), mode, base),  # type: ignore[misc]
        )
        yield (
            "openers",
            lambda base, mode=mode: openers.run(size(16, 8), size(200, 3), mode, base),  # type: ignore[misc]
        )
        yield (
            "openers",
            lambda base, mode=mode: openers.run(  # type: ignore[misc]
                size(16, 4), size(200, 3), mode, base, writing=True
            ),
        )
    yield "model", lambda _: model.run(size(100_000, 1_000))
    yield "overhead", lambda base: overhead.run(size(1_000, 10), base, before=size(2_000, 20))


def main() -> int:
    """Run, print and write; the exit status says whether every promise was kept."""
    names = list(dict.fromkeys(name for name, _ in parts(short=True)))
    parser = argparse.ArgumentParser(prog="python -m benchmarks.durability", description=__doc__)
    parser.add_argument("--short", action="store_true", help="about a minute instead of about an hour")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="PART", help=", ".join(names))
    parser.add_argument("--json", type=Path, default=Path("durability.json"), help="where the figures go")
    parser.add_argument("--folder", type=Path, help="on which disk to work; the temporary folder without it")
    chosen = parser.parse_args()
    if not hasattr(os, "fork"):
        parser.error("these need a system that can fork: run them on Linux or macOS.")
    done: list[Outcome] = []
    began = time.monotonic()
    for name, work in parts(short=chosen.short):
        if name not in chosen.only:
            continue
        with (
            warnings.catch_warnings(),
            # A child that was stopped may be writing its last file while its folder is removed.
            tempfile.TemporaryDirectory(dir=chosen.folder, prefix="durability-", ignore_cleanup_errors=True) as base,
        ):
            warnings.simplefilter("ignore")
            done.append(work(Path(base)))
        print(done[-1].table(), flush=True)
        outcome.write(done, chosen.json)  # after each part: a soak may be stopped
    print(f"{sum(len(each.broken) for each in done)} broken promises in {time.monotonic() - began:.0f} s")
    return int(any(each.broken for each in done))


if __name__ == "__main__":
    sys.exit(main())
