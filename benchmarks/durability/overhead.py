"""What recording adds to making an image: the time of ``begin`` and ``complete``, less that of encoding the PNG.

As in a run, the row of the beginning is written while the image is made, for which a pause stands here.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.durability import samples
from benchmarks.durability.outcome import Outcome, spread
from benchmarks.durability.progress import Progress
from benchmarks.durability.promise import check
from fluxlab.catalog import Catalog, images

if TYPE_CHECKING:
    from PIL import Image

#: Seconds that a model takes for an image at the least: nano on two cores.
_MAKING = 0.1


def run(count: int, base: Path, *, side: int = 1024, before: int = 2000) -> Outcome:
    """Record ``count`` smooth images.

    Parameters
    ----------
    count
        How many.
    base
        An empty folder.
    side
        Pixels.
    before
        Small images that are in the catalog already.
    """
    outcome = Outcome("overhead of recording")
    progress, began = Progress(outcome.name, before + count), time.monotonic()
    chance = random.Random(5)
    encoding: list[float] = []
    usual = images.encode_png

    def timed(image: Image.Image, texts: dict[str, str]) -> bytes:
        clock = time.perf_counter()
        try:
            return usual(image, texts)
        finally:
            encoding.append(time.perf_counter() - clock)

    added: list[float] = []
    acknowledged: dict[str, str] = {}
    with Catalog(base / "catalog") as catalog:
        for number in range(before):
            catalog.complete(catalog.begin(samples.draft(number)), samples.picture(chance), {"steps": 4}, {})
            progress.advance()
        images.encode_png = timed
        try:
            for number in range(count):
                picture, draft = samples.gradient(number, side), samples.draft(number, side=side)
                clock = time.perf_counter()
                uid = catalog.begin(draft, wait=False)
                begun = time.perf_counter() - clock
                time.sleep(_MAKING)
                clock = time.perf_counter()
                made = catalog.complete(uid, picture, {"steps": 4}, {"denoise": 1.0})
                added.append(begun + time.perf_counter() - clock - encoding[-1])
                acknowledged[made.uid] = str(made.pixel_hash)
                progress.advance()
        finally:
            images.encode_png = usual
    outcome.broken = check(base / "catalog", acknowledged).broken
    outcome.figures = {"images": count, "pixels a side": side, "images before": before}
    outcome.figures |= {f"encoding, {name}": value for name, value in spread(encoding).items()}
    outcome.figures |= {f"added by recording, {name}": value for name, value in spread(added).items()}
    outcome.figures["seconds"] = time.monotonic() - began
    return outcome
