"""Read the records back from the images, when the database is new and the images are not."""

from __future__ import annotations

import sqlite3
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

#: What `save` raises for values that are valid JSON and no valid row.
_MISFITS = (
    AttributeError,
    CatalogError,
    LookupError,
    OverflowError,
    TypeError,
    ValueError,
    sqlite3.IntegrityError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
)


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
    adopted = 0
    for path in stored_images(folder):
        # One on a wrong shelf would not be found where its row says.
        if path.stem in known or path.parent.name != path.stem[:2]:
            continue
        try:
            record = read_record(path)
            size = path.stat().st_size
        except (OSError, CatalogError) as error:
            warnings.warn(f"an image of the store was left out of the catalog: {error}", stacklevel=4)
            continue
        records.append(record | {"path": path_of(path.stem), "file_hash": path.stem, "file_bytes": size})
    for record in sorted(records, key=lambda each: str(each["created"])):
        try:
            take(db, record)
        except CatalogError as error:
            warnings.warn(f"an image of the store was left out of the catalog: {error}", stacklevel=4)
        else:
            adopted += 1
    return adopted


def take(db: Database, record: Record) -> int:
    """Save a record that came from a file, inside the caller's transaction; returns the row's id.

    Raises
    ------
    CatalogError
        When its values do not fit the tables: a file may say anything. Nothing of it is kept then.
    """
    db.conn.execute("SAVEPOINT take")
    try:
        return save(db, record)
    except _MISFITS as error:
        db.conn.execute("ROLLBACK TO take")
        raise CatalogError(
            f"the record of {record['uid']} does not fit the catalog ({error}): it was changed."
        ) from None
    finally:
        db.conn.execute("RELEASE take")


def refill(db: Database, folder: Path) -> None:
    """Fill a new database from the images that are there already, and say so."""
    count = adopt(db, folder)
    if count:
        warnings.warn(
            f"'{folder / 'catalog.db'}' was missing or empty: {count} records were read back from the images.",
            stacklevel=4,
        )
