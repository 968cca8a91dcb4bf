"""The catalogs below the server's folder: looked for once for all who ask at the same time, and read one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TypeVar

from fluxlab.grid import Catalog
from fluxlab.server.found import Counted, Found, count, find, unanswered
from fluxlab.server.place import Kind, Place, gone
from fluxlab.server.refusal import ClosingError
from fluxlab.server.thumbnails import Thumbnails
from fluxlab.server.watch import Watches

T = TypeVar("T")

#: Seconds for which what was found is told again. Galleries without a catalog ask every few seconds, each for itself.
FRESH = 2.0
#: Seconds that the list waits for a catalog to say how many images it has.
COUNT_WITHIN = 5.0
_COUNTERS = 4


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
        self._finder = ThreadPoolExecutor(1, thread_name_prefix="fluxlab-finder")
        self._counters = ThreadPoolExecutor(_COUNTERS, thread_name_prefix="fluxlab-counter")
        self._finding: asyncio.Task[Mapping[str, Found]] | None = None
        self._fresh_until = 0.0
        self._counting: dict[str, asyncio.Future[Counted]] = {}
        #: All that were ever found: one that is gone says so when it is asked.
        self._places: dict[str, Place] = {}
        self._closed = False

    async def all(self) -> list[tuple[Found, Counted]]:
        """Every catalog that is there now, how many generations it has, or what is wrong with it.

        Raises
        ------
        ClosingError
            When the server shuts down.
        """
        with self._closing():
            found = (await self._find()).values()
            counted = await asyncio.gather(*map(self._count, found))
        return [pair for pair in zip(found, counted, strict=True) if pair[1].is_there]

    async def do(self, name: str, kind: Kind, work: Callable[[Catalog], T]) -> T:
        """Do work on the catalog of an id off the event loop.

        Parameters
        ----------
        name
            The id.
        kind, work
            As in `Place.do`, and so are the errors.

        Raises
        ------
        NotFoundError
            When there is none.
        ClosingError
            When the server shuts down.
        """
        with self._closing():
            return await (await self._place(name)).do(kind, work)

    def close(self) -> None:
        """Look after nothing any more, and let the threads end."""
        self._closed = True
        self.watches.close()
        for place in self._places.values():
            place.close()
        for threads in (self._finder, self._counters):
            threads.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def _closing(self) -> Iterator[None]:
        """Says why nothing is begun, and what was begun given up, where threads only say that they have ended."""
        try:
            yield
        except (RuntimeError, asyncio.CancelledError):
            if not self._closed:
                raise
            raise ClosingError(
                "The Jupyter server shuts down, so nothing can be had from it: start it again, then press Retry."
            ) from None

    async def _place(self, name: str) -> Place:
        if name not in self._places:
            await self._find()
        if name not in self._places:
            raise gone(name)
        return self._places[name]

    async def _find(self) -> Mapping[str, Found]:
        """What is there now, or was a moment ago; whoever asks while it is looked for waits for the same answer."""
        if self._finding is None or (self._finding.done() and monotonic() >= self._fresh_until):
            self._finding = asyncio.create_task(self._look())
        return await asyncio.shield(self._finding)

    async def _look(self) -> Mapping[str, Found]:
        self._fresh_until = 0.0
        begun = monotonic()
        found = await asyncio.get_running_loop().run_in_executor(self._finder, find, self.root)
        ended = monotonic()
        for name, each in found.items():
            if name not in self._places:
                self._places[name] = Place(each)
        # A root that takes long to look through is not looked through without a pause.
        self._fresh_until = ended + max(FRESH, ended - begun)
        return found

    async def _count(self, found: Found) -> Counted:
        counting = self._counting.get(found.id)
        if counting is None:
            counting = asyncio.get_running_loop().run_in_executor(self._counters, count, found)
            self._counting[found.id] = counting
            counting.add_done_callback(lambda _: self._counting.pop(found.id))
        await asyncio.wait([counting], timeout=COUNT_WITHIN)
        return counting.result() if counting.done() else unanswered(found, COUNT_WITHIN)
