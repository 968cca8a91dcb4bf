"""``images`` and ``thumbnails``: by the hash of the file, so that a browser may keep them for ever."""

from __future__ import annotations

import io
import re

from PIL import Image
from tornado.web import authenticated

from fluxlab.catalog.record import path_of
from fluxlab.errors import CatalogError, NotFoundError, brief
from fluxlab.grid import Catalog
from fluxlab.grid.thumbnails import THUMBNAIL, thumbnail
from fluxlab.server.handler import Handler

SIDE_MIN, SIDE_MAX = 64, 512
_FOR_EVER = "private, max-age=31536000, immutable"
PNG = "image/png"
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Picture(Handler):
    """Bytes that never change under their name."""

    _tag: str | None = None

    def compute_etag(self) -> str | None:
        """What the bytes are called: known without reading them."""
        return self._tag

    async def known(self, catalog: str, sha256: str, tag: str) -> bool:
        """Name what is asked for, once it is there; whether the client has it already, and is told so."""
        await self.read_catalog(catalog, lambda opened: _look_up(opened, sha256))
        self._tag = f'"{tag}"'
        self.set_etag_header()
        if not self.check_etag_header():
            return False
        self.set_header("Cache-Control", _FOR_EVER)
        self.set_status(304)
        self.finish()
        return True

    def give(self, data: bytes, kind: str) -> None:
        """Write a picture."""
        self.set_header("Cache-Control", _FOR_EVER)
        self.finish(data, set_content_type=kind)


class Images(Picture):
    """Whole images."""

    @authenticated
    async def get(self, catalog: str, sha256: str) -> None:
        """The file as it was stored: the store holds PNGs alone."""
        if await self.known(catalog, sha256, sha256):
            return
        self.give(await self.read_catalog(catalog, lambda opened: opened.picture(sha256)), PNG)


class SmallImages(Picture):
    """Thumbnails."""

    @authenticated
    async def get(self, catalog: str, sha256: str) -> None:
        """A WebP whose longer side is at most so long."""
        side = self.number("side", 256, SIDE_MIN, SIDE_MAX)
        if await self.known(catalog, sha256, f"{sha256}-{side}"):
            return
        # Asked for by the catalog too: a hash alone opens no other catalog's picture.
        kept = self.shelf.thumbnails.get(f"{catalog}{sha256}", side)
        if kept is None:
            kept = await self.read_catalog(catalog, lambda opened: _small(opened.picture(sha256), sha256, side), "draw")
            self.shelf.thumbnails.put(f"{catalog}{sha256}", side, kept)
        self.give(kept, THUMBNAIL)


def _look_up(opened: Catalog, sha256: str) -> None:
    """Refuse what is no hash, or none of this catalog, before it becomes part of a header."""
    if not _SHA256.fullmatch(sha256):
        raise NotFoundError(f"image={brief(sha256)} is no hash of an image: give 64 hexadecimal digits.")
    place = opened.folder / path_of(sha256)
    if place.is_symlink() or not place.is_file():
        raise NotFoundError(f"image {sha256[:8]} is not in this catalog: put its file back, or make the image again.")


def _small(data: bytes, sha256: str, side: int) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            return thumbnail(image, side)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise CatalogError(
            f"image {sha256[:8]} cannot be read as a PNG ({error}): it was damaged before it was kept; make or import "
            "it again."
        ) from None
