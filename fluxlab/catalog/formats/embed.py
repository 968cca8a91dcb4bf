"""`embed_record`: put a fluxlab record into a PNG that exists, byte for byte as it was otherwise."""

from __future__ import annotations

from fluxlab.catalog.encoding import load
from fluxlab.catalog.formats import png
from fluxlab.errors import CatalogError

_KEY = "fluxlab"


def embed_record(data: bytes, record: str, *, replace: bool = False) -> bytes:
    """A PNG that carries a record, before every other text; no pixel is encoded again and no other chunk is lost.

    Parameters
    ----------
    data
        The bytes of a PNG.
    record
        The record as JSON text, as `fluxlab.catalog.encoding.dump` writes it.
    replace
        Whether a record that it carries already gives way.

    Raises
    ------
    CatalogError
        When this is not a whole PNG, the text is not a JSON mapping in valid Unicode, or there is a record already.
    """
    if not isinstance(load(record), dict) or "\0" in record:
        raise CatalogError("record is not a JSON mapping: give the text that a record was written as.")
    try:
        ours = png.text_chunk(_KEY, record)
    except UnicodeEncodeError:
        raise CatalogError("record has a lone surrogate: write it with dump(), which escapes them.") from None
    parts = [png.SIGNATURE]
    for kind, whole in png.chunks(data):
        if kind in png.TEXT_KINDS and whole[8:].startswith(_KEY.encode() + b"\0"):
            if not replace:
                raise CatalogError(
                    "this PNG carries a fluxlab record already: give replace=True to put another one in."
                )
            continue
        parts.append(whole)
        if kind == b"IHDR":
            parts.append(ours)
    # What follows the end mark is no part of a PNG, but it is not ours to lose.
    return b"".join(parts) + data[_end(data) :]


def _end(data: bytes) -> int:
    return len(png.SIGNATURE) + sum(len(whole) for _, whole in png.chunks(data))
