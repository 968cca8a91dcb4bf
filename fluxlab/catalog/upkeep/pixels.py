"""The pixels of a stored image: whether they can be decoded, and are those of its record."""

from __future__ import annotations

import warnings
from pathlib import Path

from PIL import Image

from fluxlab.catalog.images import pixel_hash
from fluxlab.catalog.plain_files import open_plain
from fluxlab.catalog.record import Record


def wrong_pixels(path: Path, record: Record) -> str | None:
    """What is wrong with an image's pixels; ``None`` where nothing is.

    A PNG may have the right name and the right checksums around a stream of pixels that nobody can decode: it was
    damaged before it was kept.

    Parameters
    ----------
    path
        Of the image.
    record
        The record that it carries; imported ones have no hash of their pixels.

    Raises
    ------
    OSError
        When the file cannot be read.
    """
    with open_plain(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(file, formats=["PNG"]) as image:
                image.load()
                found = pixel_hash(image)
        except Image.DecompressionBombError:
            return None  # it is too large to look at, which is no damage
        except (OSError, SyntaxError, ValueError) as error:
            if isinstance(error, OSError) and error.errno:
                raise
            return f"its pixels cannot be decoded ({error})"
    expected = record.get("pixel_hash")
    return "its pixels are not those of its record" if expected is not None and found != expected else None
