"""How long it takes to import images of another program, and to export them again."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PIL import Image, PngImagePlugin

from benchmarks.upkeep import tell
from fluxlab.catalog import Catalog

_TEXT = (
    "a red fox number {number} in the snow, soft light\nNegative prompt: blurry\nSteps: 20, Sampler: Euler, "
    "Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3.5, Seed: {number}, Size: {side}x{side}, "
    "Model hash: abcdef1234, Model: flux1-dev, Version: f2.0.1"
)


def foreign_images(folder: Path, count: int, side: int) -> int:
    """Write PNGs as Forge does, each with other pixels; returns their bytes."""
    noise = Image.effect_noise((side, side), 20)
    total = 0
    for number in range(count):
        info = PngImagePlugin.PngInfo()
        info.add_text("parameters", _TEXT.format(number=number, side=side))
        image = Image.merge("RGB", [noise, noise.point([(v + number) % 256 for v in range(256)]), noise])
        path = folder / f"{number:05d}.png"
        image.save(path, pnginfo=info, compress_level=1)
        total += path.stat().st_size
    return total


def measure(count: int, side: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="fluxlab-benchmark-") as name:
        folder = Path(name)
        (folder / "in").mkdir()
        size = foreign_images(folder / "in", count, side)
        print(f"{count:,} PNGs of {side}x{side}, {size / 1e6:,.0f} MB")
        with Catalog(folder / "catalog") as catalog:
            tell(f"import of {count:,}", lambda: catalog.import_images(folder / "in"))
            tell("the same again: all known", lambda: catalog.import_images(folder / "in"))
            tell("export to a folder", lambda: catalog.export(folder / "out"))
            tell("export to a folder, stripped", lambda: catalog.export(folder / "clean", strip=True))
            tell("export to Parquet", lambda: catalog.export(folder / "all.parquet"))
            if len(catalog.df(columns=[])) != count:
                raise SystemExit("some images were not imported.")


def main() -> None:
    """Print the table for the size asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--side", type=int, default=1024)
    asked = parser.parse_args()
    measure(asked.images, asked.side)


if __name__ == "__main__":
    main()
