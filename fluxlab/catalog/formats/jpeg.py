"""The segments of a JPEG."""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import BinaryIO

from fluxlab.catalog.formats import exif
from fluxlab.catalog.formats.bounds import CHUNKS_MAX
from fluxlab.catalog.formats.texts import Texts
from fluxlab.errors import CatalogError

SIGNATURE = b"\xff\xd8"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
SOS, EOI, COM, APP1 = 0xDA, 0xD9, 0xFE, 0xE1
#: A marker inside a scan's bytes; FF00 is a plain FF there, FFD0 to FFD7 are restarts, and FFFF is padding.
_NEXT = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


_DAMAGED = "the JPEG ends early or is damaged: what stands behind was not read."


def read_texts(stream: BinaryIO, texts: Texts) -> None:
    """Collect the texts that stand before the pixels of a JPEG.

    Parameters
    ----------
    stream
        The file, which begins with `SIGNATURE`.
    texts
        Where the texts go.
    """
    stream.seek(len(SIGNATURE))
    for _ in range(CHUNKS_MAX):
        mark = stream.read(2)
        if len(mark) < 2 or mark[0] != 0xFF:
            texts.note(_DAMAGED)
            return
        if mark[1] == 0xFF:
            stream.seek(-1, os.SEEK_CUR)
            continue
        if mark[1] in {SOS, EOI}:
            return
        head = stream.read(2)
        length = int.from_bytes(head, "big") - 2
        if length < 0:
            texts.note(_DAMAGED)
            return
        if mark[1] in {COM, APP1} and texts.may_cost(length):
            _take(mark[1], stream.read(length), texts)
        else:
            stream.seek(length, os.SEEK_CUR)
    texts.note(f"the JPEG has more than {CHUNKS_MAX:,} segments: the rest was left out.")


def _take(kind: int, data: bytes, texts: Texts) -> None:
    """Keep what one segment says."""
    if kind == COM:
        texts.keep_bytes("comment", data, utf8=False)
    elif data.startswith(exif.PREFIX):
        exif.read_texts(data, texts)
    elif data.startswith(XMP):
        texts.keep_bytes("XML:com.adobe.xmp", data[len(XMP) :], utf8=True)


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and bytes of every segment behind the first mark; a scan comes with its pixels.

    Raises
    ------
    CatalogError
        When this is not a whole JPEG.
    """
    place = len(SIGNATURE)
    while True:
        while data[place : place + 2] == b"\xff\xff":
            place += 1
        if len(data) < place + 2 or data[place] != 0xFF:
            raise CatalogError("this JPEG is cut or damaged: give the whole file.")
        kind = data[place + 1]
        if kind == EOI:
            yield kind, data[place : place + 2]
            return
        if len(data) < place + 4:
            raise CatalogError("this JPEG is cut or damaged: give the whole file.")
        (length,) = struct.unpack_from(">H", data, place + 2)
        end = place + 2 + length
        if kind == SOS:
            found = _NEXT.search(data, end)
            end = found.start() if found else len(data) + 1
        if length < 2 or end > len(data):
            raise CatalogError("this JPEG is cut or damaged: give the whole file.")
        yield kind, data[place:end]
        place = end
