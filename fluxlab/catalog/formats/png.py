"""The chunks of a PNG: texts out of it, and whole chunks for those who put some in or take some away."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from fluxlab.catalog.formats import exif
from fluxlab.catalog.formats.bounds import CHUNKS_MAX
from fluxlab.catalog.formats.texts import Texts
from fluxlab.errors import CatalogError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")
_KEY_MAX = 79


def read_texts(stream: BinaryIO, texts: Texts) -> None:
    """Collect all texts of a PNG; its pixels are skipped.

    Parameters
    ----------
    stream
        The file, which begins with `SIGNATURE`.
    texts
        Where the texts go.
    """
    end = stream.seek(0, os.SEEK_END)
    place = len(SIGNATURE)
    for _ in range(CHUNKS_MAX):
        stream.seek(place)
        head = stream.read(8)
        if len(head) < 8:
            texts.note("the PNG ends early: it was cut.")
            return
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind in TEXT_KINDS or kind == b"eXIf":
            # A little more than may be kept is read, for the key before the text.
            size = min(length, max(texts.left, 0) + 1024)
            if texts.may_cost(size):
                _take(kind, stream.read(size), length, texts)
        place += length + 12
        if place > end:
            texts.note("the PNG ends early: it was cut.")
            return
    texts.note(f"the PNG has more than {CHUNKS_MAX:,} chunks: the rest was left out.")


def _take(kind: bytes, data: bytes, length: int, texts: Texts) -> None:
    """Decode one chunk that holds text."""
    if kind == b"eXIf":
        exif.read_texts(data, texts)
        return
    name, nul, rest = data.partition(b"\0")
    key = name.decode("latin-1")
    if not nul or not 0 < len(name) <= _KEY_MAX:
        texts.note("a text of the PNG has no proper key: it was left out.")
        return
    if len(data) < length:
        texts.cut(key)
    if kind == b"tEXt":
        texts.keep_bytes(key, rest, utf8=False)
    elif kind == b"zTXt":
        texts.keep_compressed(key, rest[1:], utf8=False)
    else:
        # Compression flag and method, then a language and a translated key, each ended by a NUL.
        _, _, tail = rest[2:].partition(b"\0")
        _, nul, body = tail.partition(b"\0")
        if not nul:
            texts.note(f"'{key}' is not a whole text: it was left out.")
        elif rest[0]:
            texts.keep_compressed(key, body, utf8=True)
        else:
            texts.keep_bytes(key, body, utf8=True)


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def text_chunk(key: str, text: str) -> bytes:
    """An uncompressed iTXt chunk."""
    return chunk(b"iTXt", key.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8"))


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Kind and bytes of every chunk up to the end, as they stand in the file.

    Raises
    ------
    CatalogError
        When this is not a whole PNG.
    """
    if not data.startswith(SIGNATURE):
        raise CatalogError("these bytes are not a PNG: give the bytes of a PNG file.")
    place, first = len(SIGNATURE), True
    while True:
        head = data[place : place + 8]
        length, kind = struct.unpack(">I4s", head) if len(head) == 8 else (0, b"")
        whole = data[place : place + length + 12]
        if not kind or len(whole) < length + 12:
            raise CatalogError("this PNG ends before its end mark: it was cut, give the whole file.")
        if first and kind != b"IHDR":
            raise CatalogError("this PNG does not begin with its header: it is damaged, give an undamaged file.")
        yield kind, whole
        if kind == b"IEND":
            return
        place, first = place + length + 12, False
