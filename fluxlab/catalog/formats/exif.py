"""The texts of an EXIF block: the user comment, and the camera's fields that some programs use for other things."""

from __future__ import annotations

import struct

from fluxlab.catalog.formats.bounds import EXIF_EFFORT
from fluxlab.catalog.formats.texts import Texts
from fluxlab.catalog.formats.usercomment import decode

PREFIX = b"Exif\0\0"
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_ENTRIES_MAX = 512
_ORIENTATION, _SUB, _USER_COMMENT = 0x0112, 0x8769, 0x9286
#: ComfyUI takes as many fields as it has texts, downward from 0x0110.
_FIELDS = {
    **{number: f"EXIF 0x{number:04X}" for number in range(0x0101, 0x010E)},
    0x010E: "ImageDescription",
    0x010F: "Make",
    0x0110: "Model",
    0x0131: "Software",
    0x013B: "Artist",
}
_Entry = tuple[int, int, int, int]


def read_texts(data: bytes, texts: Texts) -> None:
    """Collect the texts of an EXIF block.

    Parameters
    ----------
    data
        The block, with or without `PREFIX`.
    texts
        Where the texts go.
    """
    if not texts.may_cost(EXIF_EFFORT):
        return
    data = data.removeprefix(PREFIX)
    order = _ORDERS.get(data[:4])
    if order is None or len(data) < 8:
        texts.note("the EXIF block is damaged: it was left out.")
        return
    entries = _entries(data, struct.unpack_from(order + "I", data, 4)[0], order)
    if _SUB in entries and entries[_SUB][:2] == (4, 1):
        # The user comment stands in a directory of its own.
        (place,) = struct.unpack_from(order + "I", data, entries[_SUB][2])
        entries = _entries(data, place, order) | entries
    for tag, (kind, _, place, size) in sorted(entries.items()):
        body = data[place : place + min(size, max(texts.left, 0))]
        if tag == _USER_COMMENT:
            if len(body) < size:
                texts.cut("UserComment")
            comment = decode(body, order)
            if comment:
                texts.keep("UserComment", comment, len(body))
        elif tag in _FIELDS and kind == 2:
            if len(body) < size:
                texts.cut(_FIELDS[tag])
            if body.rstrip(b"\0"):
                texts.keep_bytes(_FIELDS[tag], body.rstrip(b"\0"), utf8=False)


def orientation(data: bytes) -> int:
    """How a viewer must turn the image, 1 to 8; 1 where the block does not say."""
    data = data.removeprefix(PREFIX)
    order = _ORDERS.get(data[:4])
    if order is None or len(data) < 8:
        return 1
    entry = _entries(data, struct.unpack_from(order + "I", data, 4)[0], order).get(_ORIENTATION)
    if entry is None or entry[0] != 3 or entry[1] != 1:
        return 1
    value = int(struct.unpack_from(order + "H", data, entry[2])[0])
    return value if 1 <= value <= 8 else 1


def only_orientation(value: int) -> bytes:
    """An EXIF block, without `PREFIX`, that says nothing but how to turn the image."""
    return b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, value, 0, 0)


def _entries(data: bytes, place: int, order: str) -> dict[int, _Entry]:
    """Type, count, place and size of each field of one directory; the first of a number counts."""
    if place + 2 > len(data):
        return {}
    (count,) = struct.unpack_from(order + "H", data, place)
    found: dict[int, _Entry] = {}
    for index in range(min(count, _ENTRIES_MAX)):
        start = place + 2 + 12 * index
        if start + 12 > len(data):
            break
        tag, kind, number, offset = struct.unpack_from(order + "HHII", data, start)
        size = _SIZES.get(kind, 0) * number
        # Up to four bytes stand in the entry itself.
        offset = start + 8 if size <= 4 else offset
        if size and offset + size <= len(data):
            found.setdefault(tag, (kind, number, offset, size))
    return found
