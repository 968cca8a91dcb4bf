"""What a large image grid costs the kernel: ``python -m benchmarks.panels``.

A grid of 500 images of 1024 x 1024 pixels is opened, and a browser asks for every thumbnail twice, as in scrolling up
and down; measured are the widgets, the memory that the process has more than before, and the time to the first
thumbnails.
"""

from __future__ import annotations

import gc
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from ipywidgets.widgets.widget import _instances
from PIL import Image

from fluxlab import Grid, Lab
from fluxlab.catalog import Draft
from fluxlab.grid import GridCell
from fluxlab.recipe import content_key

CELLS, SIDE, THUMBNAIL = 500, 1024, 256
MIB = 2**20


def painted(number: int) -> Image.Image:
    """A picture with gradients and grain, whose PNG is as large as that of a photograph of a quiet scene."""
    chance = np.random.default_rng(number)
    ramp = np.linspace(0, 255, SIDE)[:, None, None] * chance.uniform(0.3, 1, 3)
    return Image.fromarray(np.clip(ramp + chance.normal(0, 2, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8))


def made(lab: Lab) -> Grid:
    """A grid of different images that nobody had to denoise."""
    cells = []
    for number in range(CELLS):
        recipe = lab.recipe("a prompt as long as people write them, with a few more words", seed=number)
        key = content_key(recipe, {"model": "0" * 64})
        pipeline = {
            "model": "nano",
            "class": "FluxPipeline",
            "source": "package:fluxlab/models/nano",
            "dtype": "float32",
        }
        uid = lab.catalog.begin(Draft(recipe=recipe, key=key, files={}, environment={}, pipeline=pipeline))
        generation = lab.catalog.complete(uid, painted(number), {"steps": recipe.steps}, {"denoise": 1.0})
        cells.append(GridCell(number, {"seed": number}, generation, "ok", cached=True, key=key))
    return Grid(axes={"seed": tuple(range(CELLS))}, cells=tuple(cells))


def main() -> None:
    """Measure, and print the figures."""
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(catalog=Path(folder))
        grid = made(lab)
        lab.panel.grid(Grid(axes={"seed": (0, 1)}, cells=grid.cells[:2])).close()  # imports what panels need
        gc.collect()
        before, widgets = process.memory_info().rss, len(_instances)
        started = time.perf_counter()
        panel = lab.panel.grid(grid)
        shown = len(_instances) - widgets
        got: list[int] = []
        first: list[float] = []
        enough = threading.Event()
        most = before

        def hear(content: dict[str, Any], _buffers: Any = None) -> None:
            nonlocal most
            if content["type"] == "thumbs":
                first.append(time.perf_counter() - started)
                got.extend(content["ids"])
                most = max(most, process.memory_info().rss)
                if len(got) >= wanted:
                    enough.set()

        panel.send = hear  # type: ignore[method-assign]
        panel._heard(panel, {"type": "hello"}, [])  # noqa: SLF001  (what a browser says)
        wanted = 0
        for _ in range(2):
            for begin in range(0, CELLS, 50):
                wanted += 50
                enough.clear()
                panel._heard(panel, {"type": "thumbs", "ids": list(range(begin, begin + 50)), "side": THUMBNAIL}, [])  # noqa: SLF001
                enough.wait(120)
        seconds = time.perf_counter() - started
        print(f"{CELLS} images of {SIDE} x {SIDE}: {shown} widgets")
        print(f"first thumbnails after {first[0]:.2f} s; {len(got)} thumbnails in {seconds:.1f} s")
        print(f"memory of the kernel: {(most - before) / MIB:+.0f} MiB at most")


if __name__ == "__main__":
    main()
