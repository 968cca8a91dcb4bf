"""One catalog that clients have asked for, opened once, and the threads in which it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import TypeVar

from fluxlab.errors import CatalogError, NotFoundError, brief
from fluxlab.grid import Catalog
from fluxlab.server.found import Found, is_there
from fluxlab.server.refusal import UnusableError

T = TypeVar("T")

#: SQLite and Pillow let other threads run; more than these would only hold more memory at once.
_READERS, _DRAWERS = 4, 2


class Place:
    """A catalog, with threads of its own: a folder that answers slowly, as over a network, holds up no other.

    Parameters
    ----------
    found
        Where it is. Nothing is opened, and no thread begun, before somebody asks.
    """

    def __init__(self, found: Found) -> None:
        self.found = found
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="fluxlab-catalog")
        self._drawers = ThreadPoolExecutor(_DRAWERS, thread_name_prefix="fluxlab-picture")
        self._lock = Lock()
        self._catalog: Catalog | None = None

    async def read(self, work: Callable[[Catalog], T]) -> T:
        """Do work on the catalog off the event loop.

        Raises
        ------
        NotFoundError
            When it is gone.
        UnusableError
            When it is damaged, newer, or cannot be read.
        """
        return await self._do(self._readers, work)

    async def draw(self, work: Callable[[Catalog], T]) -> T:
        """Do work on its pictures off the event loop, and not before those who read; errors are those of `read`."""
        return await self._do(self._drawers, work)

    def close(self) -> None:
        """Let the threads end."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._drawers.shutdown(wait=False, cancel_futures=True)

    async def _do(self, threads: ThreadPoolExecutor, work: Callable[[Catalog], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(threads, lambda: work(self._opened()))

    def _opened(self) -> Catalog:
        if not is_there(self.found.folder):
            raise gone(self.found.id)
        with self._lock:
            if self._catalog is None:
                try:
                    self._catalog = Catalog(self.found.folder)
                except CatalogError as error:
                    raise UnusableError(str(error)) from error
            return self._catalog


def gone(name: str) -> NotFoundError:
    """The sentence on a catalog that is not there.

    Parameters
    ----------
    name
        What the client called it.
    """
    return NotFoundError(
        f"catalog {brief(name)} is not below this server's folder any more: choose another from the list."
    )
