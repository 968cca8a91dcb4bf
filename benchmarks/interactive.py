"""How quick the engine answers a person: ``python -m benchmarks.interactive``.

On a warm pipeline: from the call to the first preview, from asking to cancel to the end of the run in steps, and what
the process holds after 200 runs more than after the first ones.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from fluxlab import Lab, Sweep
from fluxlab.engine import CellInterrupted, CellPreview, Event, StepDone

PROMPT = "a sailboat on a blue background"


def first_preview(lab: Lab, times: int) -> list[float]:
    """Seconds from the call to the first picture; each time another prompt, which has to be encoded."""
    found = []
    for number in range(times):
        started = time.perf_counter()
        shown: list[float] = []

        def listen(event: Event, *, started: float = started, shown: list[float] = shown) -> None:
            if isinstance(event, CellPreview):
                shown.append(time.perf_counter() - started)

        lab.run(Sweep(f"{PROMPT}, {number}", seed=number), progress=False, previews=True, listener=listen)
        found.append(shown[0])
    return found


def steps_after_cancel(lab: Lab, times: int) -> list[int]:
    """Steps that were finished after a cancel which came during a step."""
    found = []
    for number in range(times):
        steps: list[int] = []
        ended: list[int] = []

        def listen(event: Event, *, steps: list[int] = steps, ended: list[int] = ended) -> None:
            if isinstance(event, StepDone):
                steps.append(event.step)
                if event.step == 2:
                    run.cancel()  # noqa: B023  (called before the next turn of the loop)
            if isinstance(event, CellInterrupted):
                ended.append(event.step)

        run = lab.start(Sweep(PROMPT, seed=10_000 + number, steps=20), listener=listen)
        run.wait(60)
        found.append(ended[0] - 2)
    return found


def growth(folder: Path, runs: int) -> tuple[float, float, float]:
    """MiB that the process holds after 20 runs, in the middle and at the end; each run has a lab of its own."""
    process = psutil.Process()
    held = []
    for number in range(runs):
        lab = Lab(catalog=folder / "growth")
        lora = {"ink": [0, 1]} if number % 2 else {"pixel": [0.5]}
        sweep = Sweep(f"{PROMPT}, run {number}", seed=number, steps=2, lora=lora)
        lab.run(sweep, mode="fast" if number % 3 == 0 else "exact", previews=True, progress=False)
        if number in {20, runs // 2, runs - 1}:
            gc.collect()
            held.append(process.memory_info().rss / 2**20)
    return held[0], held[1], held[-1]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200, help="runs that memory is watched over, at least 50")
    asked = parser.parse_args()
    if asked.runs < 50:
        sys.exit(f"--runs={asked.runs} is not allowed: it must be at least 50.")
    with tempfile.TemporaryDirectory(prefix="fluxlab-benchmark-") as name:
        folder = Path(name)
        lab = Lab(catalog=folder / "lab")
        lab.generate(PROMPT, seed=1)
        previews = first_preview(lab, 20)
        print(f"{'first preview, median / longest':>48} {statistics.median(previews):8.3f} / {max(previews):.3f} s")
        print(f"{'steps finished after a cancel, most of 20':>48} {max(steps_after_cancel(lab, 20)):8d}")
        first, middle, last = growth(folder, asked.runs)
        label = f"memory after 20 / {asked.runs // 2} / {asked.runs} runs"
        print(f"{label:>48} {first:8.0f} / {middle:.0f} / {last:.0f} MiB")


if __name__ == "__main__":
    main()
