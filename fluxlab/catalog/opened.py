"""What the parts of `Catalog` share: the folder, its database, and one connection for each read or write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.catalog import record
from fluxlab.catalog.database import connect, immediate, sentences
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from sqlite_utils import Database


class Opened:
    """A folder with a database in it.

    Parameters
    ----------
    folder
        Where ``catalog.db`` and ``objects/`` lie.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "catalog.db"
        self.read_only = False

    def _refuse_to_write_if_read_only(self) -> None:
        if self.read_only:
            raise CatalogError(
                f"the catalog at '{self.folder}' was opened read-only, so nothing is written to it: import its images "
                "into a catalog of your own."
            )

    @contextmanager
    def _writing(self) -> Iterator[Database]:
        self._refuse_to_write_if_read_only()
        with sentences(self._path), connect(self._path) as db, immediate(db):
            yield db

    @contextmanager
    def _reading(self) -> Iterator[Database]:
        with sentences(self._path), connect(self._path) as db:
            yield db

    def _rows(self, condition: str, bound: Sequence[Any]) -> list[dict[str, Any]]:
        """Whole rows, all read before the connection closes: a cursor that waits would block writers."""
        with self._reading() as db:
            return list(db.query(record.SELECT + condition, bound))
