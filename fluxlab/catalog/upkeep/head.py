"""The head of a stored PNG: its record is read without its pixels, and a hostile file costs little."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from io import BufferedReader
from pathlib import Path

from fluxlab.catalog.encoding import load
from fluxlab.catalog.plain_files import open_plain
from fluxlab.catalog.record import Record, checked
from fluxlab.errors import CatalogError

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BEGIN = _SIGNATURE + b"\0\0\0\rIHDR"
_END = b"\0\0\0\0IEND\xaeB`\x82"
#: Before the pixels stand the header, some texts and perhaps a colour profile.
_CHUNKS_MAX = 1000
#: As much as a waiting record may have.
_TEXT_MAX = 64 * 2**20


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def looks_whole(path: Path) -> bool:
    """Whether a file begins and ends like a PNG: quick, and enough to see a cut or an emptied file."""
    with open_plain(path) as file:
        if file.read(len(_BEGIN)) != _BEGIN:
            return False
        if file.seek(0, os.SEEK_END) < len(_BEGIN) + len(_END):
            return False
        file.seek(-len(_END), os.SEEK_END)
        return file.read() == _END


def carried(path: Path) -> Record:
    """The record that a PNG carries, checked, from the chunks before its pixels.

    Raises
    ------
    CatalogError
        When it carries none, or one that cannot be read.
    OSError
        When the file cannot be read.
    """
    with open_plain(path) as file:
        text = _text(file, path.name)
    return checked(load(text))


def _text(file: BufferedReader, name: str) -> str:
    if file.read(len(_SIGNATURE)) != _SIGNATURE:
        raise CatalogError(f"'{name}' is not a PNG.")
    for _ in range(_CHUNKS_MAX):
        head = file.read(8)
        if len(head) < 8:
            raise CatalogError(f"'{name}' ends before its pixels: it was cut.")
        length, kind = struct.unpack(">I4s", head)
        if kind in {b"IDAT", b"IEND"}:
            break
        if kind not in {b"iTXt", b"tEXt"}:
            file.seek(length + 4, os.SEEK_CUR)
            continue
        if length > _TEXT_MAX:
            raise CatalogError(f"'{name}' has a text of {length:,} bytes, more than a record may have.")
        data, check = file.read(length), file.read(4)
        key, _, rest = data.partition(b"\0")
        if key != b"fluxlab":
            continue
        if check != struct.pack(">I", zlib.crc32(kind + data)):
            raise CatalogError(f"'{name}' carries a record that does not have its checksum: it was cut or changed.")
        try:
            return rest.decode("latin-1") if kind == b"tEXt" else _international(rest).decode("utf-8")
        except ValueError:
            break
    raise CatalogError(f"'{name}' carries no fluxlab record.")


def _international(rest: bytes) -> bytes:
    """The body of an iTXt chunk: after two bytes on compression, which fluxlab does not use, and two short texts."""
    if rest[:2] != b"\0\0":
        raise ValueError
    _language, _key, body = rest[2:].split(b"\0", 2)
    return body
