"""The chunks of a WebP."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import BinaryIO

from fluxlab.catalog.formats import exif
from fluxlab.catalog.formats.bounds import CHUNKS_MAX
from fluxlab.catalog.formats.texts import Texts
from fluxlab.errors import CatalogError

#: RIFF, four bytes of size, WEBP.
HEAD = 12


def is_webp(data: bytes) -> bool:
    """Whether a file that begins so is a WebP."""
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def read_texts(stream: BinaryIO, texts: Texts) -> None:
    """Collect the texts of a WebP; its pixels are skipped.

    Parameters
    ----------
    stream
        The file, for which `is_webp` holds.
    texts
        Where the texts go.
    """
    end = stream.seek(0, os.SEEK_END)
    place = HEAD
    for _ in range(CHUNKS_MAX):
        stream.seek(place)
        head = stream.read(8)
        if len(head) < 8:
            return
        kind, length = struct.unpack("<4sI", head)
        if place + 8 + length > end:
            texts.note("the WebP ends early: it was cut.")
        if kind in {b"EXIF", b"XMP "}:
            size = min(length, max(texts.left, 0) + 1024)
            data = stream.read(size) if texts.may_cost(size) else b""
            if kind == b"EXIF":
                exif.read_texts(data, texts)
            else:
                texts.keep_bytes("XML:com.adobe.xmp", data, utf8=True)
        place += 8 + length + length % 2
    texts.note(f"the WebP has more than {CHUNKS_MAX:,} chunks: the rest was left out.")


def chunks(data: bytes, place: int = HEAD) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of every chunk from ``place`` on.

    Raises
    ------
    CatalogError
        When a chunk is not whole.
    """
    while place < len(data):
        head = data[place : place + 8]
        kind, length = struct.unpack("<4sI", head) if len(head) == 8 else (b"", 0)
        body = data[place + 8 : place + 8 + length]
        if not kind or len(body) < length:
            raise CatalogError("this WebP is cut or damaged: give the whole file.")
        yield kind, body
        place += 8 + length + length % 2


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk with its length, padded to an even number of bytes."""
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
