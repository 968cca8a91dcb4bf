"""The catalogs that clients have asked for, opened once, and the threads in which they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import TypeVar

from fluxlab.errors import CatalogError, NotFoundError, brief
from fluxlab.grid import Catalog
from fluxlab.server.found import DATABASE, Found, count, find
from fluxlab.server.refusal import UnusableError
from fluxlab.server.thumbnails import Thumbnails
from fluxlab.server.watch import Watches

T = TypeVar("T")

#: SQLite and Pillow let other threads run; more than these would only hold more memory at once.
_READERS, _DRAWERS = 4, 2


class Shelf:
    """What all routes share.

    Parameters
    ----------
    root
        The server's folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.thumbnails = Thumbnails()
        self.watches = Watches(self)
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="fluxlab-catalog")
        self._drawers = ThreadPoolExecutor(_DRAWERS, thread_name_prefix="fluxlab-picture")
        self._lock = Lock()
        self._found: dict[str, Found] = {}
        self._opened: dict[str, Catalog] = {}

    async def read(self, work: Callable[[], T]) -> T:
        """Do work on catalogs off the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def draw(self, work: Callable[[], T]) -> T:
        """Do work on pictures off the event loop, and not before those who read."""
        return await asyncio.get_running_loop().run_in_executor(self._drawers, work)

    def all(self) -> list[tuple[Found, int | None, str | None]]:
        """Every catalog that is there now, how many generations it has, or what is wrong with it."""
        found = find(self.root)
        with self._lock:
            self._found = found
        return [(each, *count(each)) for each in found.values()]

    def found(self, name: str) -> Found:
        """The catalog of an id.

        Raises
        ------
        NotFoundError
            When there is none.
        """
        known = self._found.get(name)
        if known is None or not (known.folder / DATABASE).exists():
            found = find(self.root)
            with self._lock:
                self._found = found
            known = found.get(name)
        if known is None:
            raise NotFoundError(
                f"catalog {brief(name)} is not below this server's folder any more: choose another from the list."
            )
        return known

    def catalog(self, name: str) -> Catalog:
        """The catalog of an id, opened.

        Raises
        ------
        NotFoundError
            When there is none.
        UnusableError
            When it is damaged, newer, or cannot be read.
        """
        folder = self.found(name).folder
        with self._lock:
            if name not in self._opened:
                try:
                    self._opened[name] = Catalog(folder)
                except CatalogError as error:
                    raise UnusableError(str(error)) from error
            return self._opened[name]

    def close(self) -> None:
        """Let the threads end."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._drawers.shutdown(wait=False, cancel_futures=True)
