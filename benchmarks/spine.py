"""How long a person waits: importing fluxlab, loading nano, one image, a sweep, the same sweep again.

``python -m benchmarks.spine`` prints a table. Every figure is the median of several fresh processes.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile

RUNS = 3
IMPORT = "import time; t = time.perf_counter(); import fluxlab; print(time.perf_counter() - t)"
WORK = """
import json, sys, time
import torch
from fluxlab import Lab, Sweep
from fluxlab.models import load

def timed(call):
    started = time.perf_counter()
    call()
    return time.perf_counter() - started

lab = Lab(catalog=sys.argv[1])
figures = {"load nano, diffusers included, torch imported (s)": timed(lambda: load("nano"))}
lab.generate("a cat on a red background", seed=1)
one = lambda: lab.generate("a cat on a blue background", seed=2)
figures["one image of 8 steps, from call to catalog (s)"] = timed(one)
template = "a {sailboat|strawberry} on a blue background"
sweep = Sweep(template, seed=[1, 2], guidance=[1, 3.5, 6], steps=[2, 8], lora={"pixel": [0, 1]})
cells = len(sweep)
figures["sweep of 48 cells (cells/s)"] = cells / timed(lambda: lab.run(sweep, progress=False))
figures["the same sweep from the catalog (cells/s)"] = cells / timed(lambda: lab.run(sweep, progress=False))
print(json.dumps(figures))
"""


def measure() -> dict[str, float]:
    """Medians over `RUNS` fresh processes."""
    imports = [float(_python(IMPORT)) for _ in range(RUNS)]
    figures: dict[str, list[float]] = {"import fluxlab (s)": imports}
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            for name, value in json.loads(_python(WORK, folder).splitlines()[-1]).items():
                figures.setdefault(name, []).append(value)
    return {name: statistics.median(values) for name, values in figures.items()}


def _python(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  (our own code)
    return done.stdout


def main() -> None:
    """Print the table."""
    for name, value in measure().items():
        print(f"{name:>55}  {value:8.3f}")


if __name__ == "__main__":
    main()
