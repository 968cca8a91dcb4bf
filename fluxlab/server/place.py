"""One catalog that clients have asked for, opened once, and the threads in which it is read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Literal, TypeVar

from fluxlab.errors import CatalogError, NotFoundError, brief
from fluxlab.grid import Catalog
from fluxlab.server.found import Found, is_there
from fluxlab.server.refusal import UnusableError

T = TypeVar("T")

#: SQLite and Pillow let other threads run; more than these would only hold more memory at once.
_THREADS = {"read": 4, "count": 2, "draw": 2}
Kind = Literal["read", "count", "draw"]


class Place:
    """A catalog, with threads of its own: a folder that answers slowly, as over a network, holds up no other.

    Parameters
    ----------
    found
        Where it is. Nothing is opened, and no thread begun, before somebody asks.
    """

    def __init__(self, found: Found) -> None:
        self.found = found
        self._threads = {
            kind: ThreadPoolExecutor(most, thread_name_prefix=f"fluxlab-{kind}") for kind, most in _THREADS.items()
        }
        self._lock = Lock()
        self._catalog: Catalog | None = None

    async def do(self, kind: Kind, work: Callable[[Catalog], T]) -> T:
        """Do work on the catalog off the event loop; whoever gives it up takes it out of the queue.

        Parameters
        ----------
        kind
            ``"read"``; ``"count"`` for what looks at every row and ``"draw"`` for pictures, which are not done before
            those who read.
        work
            Takes the catalog.

        Raises
        ------
        NotFoundError
            When it is gone.
        UnusableError
            When it is damaged, newer, or cannot be read.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads[kind], lambda: work(self._opened()))

    def close(self) -> None:
        """Let the threads end."""
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)

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
