"""`strip`: an image without anything that it says about itself, and with the same pixels."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from fluxlab.catalog.formats import exif, jpeg, png, webp
from fluxlab.errors import CatalogError

#: Chunks that decide how the pixels look. All others go: texts, EXIF, times, C2PA's caBX, and whatever is yet to come.
_PNG_KEPT = frozenset(
    [
        *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"),
        *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"mDCV", b"cLLI", b"sBIT", b"bKGD", b"pHYs"),
    ]
)
_WEBP_KEPT = frozenset([b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ICCP"])
_FRAME_KEPT = frozenset([b"VP8 ", b"VP8L", b"ALPH"])
_FRAME_HEAD = 16
#: Flags of VP8X that announce EXIF and XMP.
_EXIF_FLAG, _XMP_FLAG = 0x08, 0x04
_JFIF = b"JFIF\0"
#: Application segments that colours depend on: the profile, and Adobe's word on how they are stored.
_APPS_KEPT = {0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}


def strip(data: bytes) -> bytes:
    """The same image without metadata: texts, EXIF, XMP, C2PA, dates, thumbnails and what follows the image.

    Colour profiles stay, and so does the direction in which a viewer must turn the image: both change how it looks.

    Parameters
    ----------
    data
        The bytes of a PNG, JPEG or WebP.

    Raises
    ------
    CatalogError
        When this is none of them, or it is cut or damaged.
    """
    if data.startswith(png.SIGNATURE):
        return b"".join([png.SIGNATURE, *_png(data)])
    if data.startswith(jpeg.SIGNATURE):
        return b"".join([jpeg.SIGNATURE, *_jpeg(data)])
    if webp.is_webp(data):
        return _webp(data)
    raise CatalogError("these bytes are no PNG, JPEG or WebP: only those can be stripped.")


def _png(data: bytes) -> Iterator[bytes]:
    turn = next((exif.orientation(whole[8:-4]) for kind, whole in png.chunks(data) if kind == b"eXIf"), 1)
    for kind, whole in png.chunks(data):
        if kind in _PNG_KEPT:
            yield whole
        elif not kind[0] & 0x20:
            # A capital letter means that the image cannot be shown without it.
            raise CatalogError(f"this PNG needs a chunk {kind!r} that fluxlab does not know: it is left as it is.")
        if kind == b"IHDR" and turn != 1:
            yield png.chunk(b"eXIf", exif.only_orientation(turn))


def _jpeg(data: bytes) -> Iterator[bytes]:
    turn = next((exif.orientation(body) for kind, body in _applications(data) if body.startswith(exif.PREFIX)), 1)
    for kind, whole in jpeg.segments(data):
        body = whole[4:]
        jfif = kind == 0xE0 and body.startswith(_JFIF) and len(body) >= 14
        if turn != 1 and not jfif:
            # Behind JFIF's own segment, which must be the first.
            block = exif.PREFIX + exif.only_orientation(turn)
            yield struct.pack(">BBH", 0xFF, jpeg.APP1, len(block) + 2) + block
            turn = 1
        if jfif:
            # Without its thumbnail.
            yield struct.pack(">BBH", 0xFF, kind, 16) + body[:12] + b"\0\0"
        elif _shows(kind, body):
            yield whole


def _shows(kind: int, body: bytes) -> bool:
    """Whether a segment decides how the pixels look."""
    if 0xE0 <= kind <= 0xEF:
        return kind in _APPS_KEPT and body.startswith(_APPS_KEPT[kind])
    return kind != jpeg.COM


def _applications(data: bytes) -> Iterator[tuple[int, bytes]]:
    return ((kind, whole[4:]) for kind, whole in jpeg.segments(data) if kind == jpeg.APP1)


def _webp(data: bytes) -> bytes:
    size = int.from_bytes(data[4:8], "little")
    if size + 8 > len(data) or size < 4:
        raise CatalogError("this WebP is cut or damaged: give the whole file.")
    found = list(webp.chunks(data[: size + 8]))
    turn = next((exif.orientation(body) for kind, body in found if kind == b"EXIF"), 1)
    parts = []
    for kind, body in found:
        if kind == b"VP8X" and body:
            flags = body[0] & ~(_EXIF_FLAG | _XMP_FLAG) | (_EXIF_FLAG if turn != 1 else 0)
            parts.append(webp.chunk(kind, bytes([flags]) + body[1:]))
        elif kind == b"ANMF":
            frame = b"".join(
                webp.chunk(inner, data) for inner, data in webp.chunks(body, _FRAME_HEAD) if inner in _FRAME_KEPT
            )
            parts.append(webp.chunk(kind, body[:_FRAME_HEAD] + frame))
        elif kind in _WEBP_KEPT:
            parts.append(webp.chunk(kind, body))
    if turn != 1:
        parts.append(webp.chunk(b"EXIF", exif.only_orientation(turn)))
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body
