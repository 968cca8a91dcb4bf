"""Read the records back from the images, when the database is new and the images are not."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from fluxlab.catalog.encoding import load
from fluxlab.catalog.images import stored_images
from fluxlab.catalog.record import Record, checked, path_of, save
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from sqlite_utils import Database


def read_record(path: Path) -> Record:
    """The record that a PNG of the store carries.

    Parameters
    ----------
    path
        Of the PNG.

    Raises
    ------
    CatalogError
        When it carries none, or cannot be read.
    """
    try:
        # The text stands before the pixels, which are not decoded.
        with Image.open(path, formats=["PNG"]) as image:
            text = image.info.get("fluxlab")
    except (OSError, ValueError, SyntaxError) as error:
        raise CatalogError(f"'{path.name}' cannot be read as a PNG ({error}).") from None
    if not isinstance(text, str):
        raise CatalogError(f"'{path.name}' carries no fluxlab record.")
    return checked(load(text))


def record_in(image: Image.Image) -> Record | None:
    """The whole record that an open PNG carries, or ``None`` where it carries none that is as fluxlab wrote it."""
    text = image.info.get("fluxlab")
    try:
        return checked(load(text)) if isinstance(text, str) else None
    except CatalogError:
        return None


def adopt(db: Database, folder: Path) -> int:
    """Give every image of the store that no row names its row, inside the caller's transaction; returns how many.

    Images that cannot be read stay where they are, with a warning.

    Parameters
    ----------
    db
        The catalog.
    folder
        Its folder.
    """
    known = {name for (name,) in db.execute("SELECT file_hash FROM generations WHERE file_hash IS NOT NULL").fetchall()}
    records: list[Record] = []
    for path in stored_images(folder):
        if path.stem in known:
            continue
        try:
            record = read_record(path)
            size = path.stat().st_size
        except (OSError, CatalogError) as error:
            warnings.warn(f"an image of the store was left out of the catalog: {error}", stacklevel=4)
            continue
        records.append(record | {"path": path_of(path.stem), "file_hash": path.stem, "file_bytes": size})
    for record in sorted(records, key=lambda each: str(each["created"])):
        save(db, record)
    return len(records)


def refill(db: Database, folder: Path) -> None:
    """Fill a new database from the images that are there already, and say so."""
    count = adopt(db, folder)
    if count:
        warnings.warn(
            f"'{folder / 'catalog.db'}' was missing or empty: {count} records were read back from the images.",
            stacklevel=4,
        )
