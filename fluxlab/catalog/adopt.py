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
MALFORMED = (
    *(sqlite3.IntegrityError, sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError),
    *(CatalogError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
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
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        # A file that is no PNG is Pillow's own kind of OSError, without a number.
        cause = error if isinstance(error, OSError) and error.errno else None
        raise CatalogError(f"'{path.name}' cannot be read as a PNG ({error}).") from cause
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


def adopt(db: Database, folder: Path, *, unread: list[Path] | None = None) -> int:
    """Give every image of the store that no row names its row, inside the caller's transaction; returns how many.

    Images that cannot be read stay where they are, with a warning.

    Parameters
    ----------
    db
        The catalog.
    folder
        Its folder.
    unread
        Takes the paths that the disk did not let us read now, and perhaps will later.
    """
    known = {name for (name,) in db.execute("SELECT file_hash FROM generations WHERE file_hash IS NOT NULL").fetchall()}
    records: list[Record] = []
    for path in _images(folder, unread):
        # One on a wrong shelf would not be found where its row says.
        if path.stem in known or path.parent.name != path.stem[:2]:
            continue
        try:
            size = path.stat().st_size
            record = read_record(path)
        except (OSError, CatalogError) as error:
            _leave(error)
            if unread is not None and isinstance(error.__cause__ or error, OSError):
                unread.append(path)
            continue
        records.append(record | {"path": path_of(path.stem), "file_hash": path.stem, "file_bytes": size})
    count = 0
    for record in sorted(records, key=lambda each: str(each["created"])):
        try:
            take(db, record)
        except CatalogError as error:
            # Whoever can put a file here must not be able to keep the catalog from opening.
            _leave(error)
        else:
            count += 1
    return count


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
    except MALFORMED as error:
        db.conn.execute("ROLLBACK TO take")
        raise CatalogError(
            f"the record of {record['uid']} does not fit the catalog ({error}): it was changed."
        ) from None
    finally:
        # A failing disk may have ended the whole transaction; to release what is gone would hide the error.
        if db.conn.in_transaction:
            db.conn.execute("RELEASE take")


def _images(folder: Path, unread: list[Path] | None) -> list[Path]:
    try:
        return stored_images(folder)
    except OSError as error:
        _leave(error)
        if unread is not None:
            unread.append(folder / "objects")
        return []


def _leave(error: Exception) -> None:
    warnings.warn(f"an image of the store was left out of the catalog: {error}", stacklevel=6)


def refill(db: Database, folder: Path) -> None:
    """Fill a new database from the images that are there already, and say so."""
    count = adopt(db, folder)
    if count:
        warnings.warn(
            f"'{folder / 'catalog.db'}' was missing or empty: {count} records were read back from the images.",
            stacklevel=4,
        )
