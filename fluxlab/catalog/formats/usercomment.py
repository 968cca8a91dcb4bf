"""EXIF's user comment: eight bytes that name an encoding, which programs do not agree on, and the text."""

from __future__ import annotations

_PREFIX = 8


def decode(data: bytes, order: str) -> str:
    """The text of a user comment.

    Parameters
    ----------
    data
        The field's bytes.
    order
        Byte order of the EXIF block, ``"<"`` or ``">"``; for UTF-16 that gives no hint itself.
    """
    name, body = data[:_PREFIX].rstrip(b"\0 ").upper(), data[_PREFIX:]
    if name == b"UNICODE":
        return _unicode(body, order)
    if name == b"ASCII":
        return _bytes(body)
    if name == b"JIS":
        return _japanese(body)
    if not name:
        return _unicode(body, order) if b"\0" in body.rstrip(b"\0") else _bytes(body)
    # No encoding at all: some programs write the text alone.
    return _unicode(data, order) if b"\0" in data.rstrip(b"\0") else _bytes(data)


def _unicode(body: bytes, order: str) -> str:
    """UTF-16 of either byte order, with or without a mark; or UTF-8, which some programs write under that name."""
    for mark, name in ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8")):
        if body.startswith(mark):
            return _text(body[len(mark) :], name)
    # The high byte of a Latin letter is zero, and every parameter text has Latin letters.
    high, low = body[0::2].count(0), body[1::2].count(0)
    if high == low:
        if not high:
            try:
                return body.decode("utf-8")
            except UnicodeDecodeError:
                pass
        return _text(body, "utf-16-be" if order == ">" else "utf-16-le")
    return _text(body, "utf-16-be" if high > low else "utf-16-le")


def _text(body: bytes, encoding: str) -> str:
    try:
        # Lone surrogates are kept.
        found = body.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        found = body.decode(encoding, "replace")
    return found.rstrip("\0")


def _bytes(body: bytes) -> str:
    body = body.rstrip(b"\0")
    try:
        return body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return body.decode("latin-1")


def _japanese(body: bytes) -> str:
    body = body.rstrip(b"\0")
    for encoding in ("iso2022_jp", "cp932"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return _bytes(body)
