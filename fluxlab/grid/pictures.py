"""Pictures as data URIs: small ones for a notebook, exact ones for a file of its own."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from fluxlab.grid.cells import GridCell

if TYPE_CHECKING:
    from fluxlab.catalog import Generation

#: Longest side of a thumbnail by the number of cells: a notebook of a thousand cells must still open.
SIDES = ((64, 256), (256, 160), (1000, 96))
#: Cells that a notebook shows at most.
CELLS_MAX = SIDES[-1][0]
#: Up to this many small images are kept without loss, which costs five times the bytes.
LOSSLESS_CELLS = 12
QUALITIES = (90, 75, 55, 35)
#: Bytes that all thumbnails of a notebook's output may take together, before they are written as text: a notebook of a
#: few megabytes is not shown by code hosts any more.
BUDGET = 500_000
#: Bytes that every thumbnail may take.
FLOOR = 1200
PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
#: Images up to this side are enlarged by whole pixels; larger ones are smoothed by the browser.
PIXEL_SIDE = 256


@dataclass(frozen=True)
class Picture:
    """An image ready for HTML: its data URI, and the size of the original."""

    uri: str
    width: int
    height: int
    exact: bool


class Thumbnails:
    """Pictures for a notebook: WebP up to 256 pixels, without loss where the cells are few and small.

    All together they keep to a budget, so that a notebook stays small whatever the images are.
    """

    def __init__(self, cells: Sequence[GridCell]) -> None:
        shown = sum(cell.finished is not None for cell in cells)
        self.side = next((side for most, side in SIDES if shown <= most), SIDES[-1][1])
        self.few = shown <= LOSSLESS_CELLS
        self.most = max(FLOOR, BUDGET // max(1, shown))

    def __call__(self, generation: Generation) -> Picture:
        """Encode one image."""
        image = generation.image.convert("RGB")
        small = image.copy()
        small.thumbnail((self.side, self.side), Image.Resampling.LANCZOS)
        exact = self.few and small.size == image.size and max(image.size) <= PIXEL_SIDE
        if exact and len(whole := _webp(small, lossless=True)) <= self.most:
            return Picture(_uri("webp", whole), image.width, image.height, exact=True)
        for quality in QUALITIES:
            if len(data := _webp(small, quality=quality)) <= self.most:
                return Picture(_uri("webp", data), image.width, image.height, exact=False)
        # Noise is not made small by a worse quality alone.
        while len(data) > self.most and max(small.size) > 16:
            small = small.resize((max(1, small.width * 2 // 3), max(1, small.height * 2 // 3)))
            data = _webp(small, quality=QUALITIES[-1])
        return Picture(_uri("webp", data), image.width, image.height, exact=False)


class Originals:
    """Pictures for a saved file: the bytes of the stored PNG, with the record that they carry."""

    def __call__(self, generation: Generation) -> Picture:
        """Read one image; one whose stored file is no PNG is encoded as one, with the same pixels."""
        image = generation.image
        stored = generation.path.read_bytes() if generation.path is not None and generation.path.is_file() else b""
        if not stored.startswith(PNG_MAGIC):
            buffer = BytesIO()
            image.save(buffer, "PNG")
            stored = buffer.getvalue()
        return Picture(_uri("png", stored), image.width, image.height, exact=True)


def _webp(image: Image.Image, *, lossless: bool = False, quality: int = 80) -> bytes:
    stream = BytesIO()
    # Method 4 is the encoder's middle of fast and small.
    image.save(stream, "WEBP", lossless=lossless, quality=quality, method=4)
    return stream.getvalue()


def _uri(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
