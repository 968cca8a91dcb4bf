"""How fast and how sure the upkeep of a catalog is: looking, building anew, backing up, and finding flipped bytes.

``python -m benchmarks.upkeep`` prints a table; ``--images`` and ``--flips`` say how many.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import struct
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from fluxlab.catalog import Draft, images, record
from fluxlab.catalog.database import connect
from fluxlab.catalog.encoding import dump
from fluxlab.catalog.upkeep import backup, fsck, rebuild
from fluxlab.recipe import Recipe

SIZE = 128
#: Bytes of a PNG before its second chunk.
_HEADER = 33


def fill(folder: Path, count: int, size: int = SIZE) -> None:
    """Put so many whole images into the store of a new catalog, without waiting for the disk, and index them."""
    # Encoded once; the record is put in between, where `encode_png` has it too.
    picture = Image.effect_noise((size, size), 60).convert("RGB")
    pixels, pixel_hash = images.encode_png(picture, {}), images.pixel_hash(picture)
    for number in range(count):
        prompt = f"a photograph of thing {number}"
        recipe = Recipe(prompt=prompt, seed=number, steps=8, width=size, height=size, max_sequence_length=64)
        files = {"model": "ab" * 32}
        draft = Draft(recipe, f"key {number}", files, {"torch": "2.6", "device": "cpu"}, {"class": "FluxPipeline"})
        whole = record.start(draft, f"{number:032x}", 1) | {
            "status": "ok",
            "effective": {"steps": 8, "guidance": 3.5},
            "timings": {"encode": 0.1, "denoise": 1.0, "decode": 0.1},
            "pixel_hash": pixel_hash,
            "finished": record.now(),
        }
        data = pixels[:_HEADER] + _text("fluxlab", dump(whole)) + pixels[_HEADER:]
        name = hashlib.sha256(data).hexdigest()
        path = folder / "objects" / name[:2] / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    (folder / "objects" / "tmp").mkdir(parents=True, exist_ok=True)
    rebuild(folder)


def _text(key: str, text: str) -> bytes:
    """An iTXt chunk."""
    body = b"iTXt" + key.encode() + bytes(5) + text.encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))


def missed_flips(folder: Path, count: int, seed: int = 0) -> list[str]:
    """Flip bits of one byte in one image, ask ``fsck(deep=True)``, put it back, so many times; returns what it missed.

    Each round takes as many images as there are, or as are left to flip.
    """
    chance = random.Random(seed)
    paths = images.stored_images(folder)
    missed = []
    while count:
        flipped = chance.sample(paths, min(count, len(paths)))
        count -= len(flipped)
        whole = {path: path.read_bytes() for path in flipped}
        for path, data in whole.items():
            place = chance.randrange(len(data))
            path.write_bytes(data[:place] + bytes([data[place] ^ chance.randint(1, 255)]) + data[place + 1 :])
        report = fsck(folder, deep=True)
        if report["changed"].count != len(flipped):
            missed.append(f"{report['changed'].count} of {len(flipped)}")
        for path, data in whole.items():
            path.write_bytes(data)
    return missed


def rows_of(folder: Path) -> dict[str, str]:
    """Every row of the index by its uid, as text, without its number: that only says in which order rows came."""
    with connect(folder / "catalog.db") as db:
        return {
            row["uid"]: repr(sorted((k, repr(v)) for k, v in row.items() if k != "id"))
            for row in db.query(record.SELECT)
        }


def tell_same(before: dict[str, str], after: dict[str, str]) -> None:
    """Print how many rows came back, and how many of them are the same in every column."""
    back = [uid for uid in before if uid in after]
    same = sum(before[uid] == after[uid] for uid in back)
    print(f"rows restored: {len(back):,} of {len(before):,}; the same in every column: {same:,}", flush=True)


def tell(what: str, call: Callable[[], Any]) -> None:
    """Print how long a call takes by the clock and in seconds of one core, which differ on a busy machine."""
    clock, core = time.perf_counter(), time.process_time()
    call()
    print(
        f"{what:>40}  {time.perf_counter() - clock:7.2f} s  {time.process_time() - core:7.2f} s of a core", flush=True
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Measure the upkeep of a catalog.")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--flips", type=int, default=1000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / ".fluxlab"
        fill(folder, chosen.images)
        tell("fsck", lambda: fsck(folder))
        tell("fsck --deep", lambda: fsck(folder, deep=True))
        tell("fsck --rebuild, old database readable", lambda: rebuild(folder))
        tell("backup", lambda: backup(folder, Path(scratch) / "small"))
        before = rows_of(folder)
        (folder / "catalog.db").write_bytes(b"x" * 9000)
        tell("fsck --rebuild from the images alone", lambda: rebuild(folder))
        tell_same(before, rows_of(folder))
        tell("backup --images", lambda: backup(folder, Path(scratch) / "large", images=True))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / ".fluxlab"
        fill(folder, 250, 32)
        missed = missed_flips(folder, chosen.flips)
        print(f"flipped bytes: {chosen.flips}; looks that did not find all of theirs: {missed or 'none'}")


if __name__ == "__main__":
    main()
