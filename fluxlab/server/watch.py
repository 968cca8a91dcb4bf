"""Looks after catalogs on behalf of all clients that want to hear of changes: one look serves them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fluxlab.catalog.state import State
from fluxlab.errors import FluxlabError

if TYPE_CHECKING:
    from fluxlab.grid import Catalog
    from fluxlab.server.shelf import Shelf

#: Seconds between two looks, and how soon to look again while a write may still be going on.
PAUSE, AGAIN = 0.4, 0.06
_AGAIN_MAX = 8


@dataclass(frozen=True)
class News:
    """A catalog after a change; ``number`` counts the changes that this server saw."""

    number: int
    state: str
    total: int


class Watch:
    """One catalog.

    Parameters
    ----------
    shelf
        Where it stands.
    name
        Its id.
    """

    def __init__(self, shelf: Shelf, name: str) -> None:
        self._shelf = shelf
        self._name = name
        self._changed = asyncio.Condition()
        self.clients = 0
        self.last: News | None = None
        self.ended = False
        self._task = asyncio.create_task(self._work())

    async def next(self, seen: int, seconds: float) -> News | None:
        """The news after those that were seen; ``None`` when there were none for so long, or there will be none.

        Parameters
        ----------
        seen
            `News.number` of the last ones; 0 at first.
        seconds
            How long to wait.
        """

        def is_there() -> bool:
            return self.ended or (self.last is not None and self.last.number > seen)

        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(is_there)
                return None if self.ended else self.last
        return None

    def stop(self) -> None:
        """Look no more."""
        self._task.cancel()

    async def _work(self) -> None:
        before: State | None = None
        try:
            while True:
                now = await self._shelf.do(self._name, "read", _state)
                if before is None or now.text != before.text or not before.settled:
                    # A write touches the files several times; it is told once.
                    for _ in range(_AGAIN_MAX):
                        if now.settled:
                            break
                        await asyncio.sleep(AGAIN)
                        now = await self._shelf.do(self._name, "read", _state)
                    await self._tell(now)
                before = now
                await asyncio.sleep(PAUSE)
        except FluxlabError:
            pass  # it is gone or cannot be used any more: who asks again is told why
        finally:
            self.ended = True
            with suppress(asyncio.CancelledError, RuntimeError):
                async with self._changed:
                    self._changed.notify_all()

    async def _tell(self, now: State) -> None:
        total = await self._shelf.do(self._name, "read", _count)
        async with self._changed:
            self.last = News(1 if self.last is None else self.last.number + 1, now.text, total)
            self._changed.notify_all()


def _state(catalog: Catalog) -> State:
    return catalog.state()


def _count(catalog: Catalog) -> int:
    return catalog.count()


class Watches:
    """The catalogs that somebody watches.

    Parameters
    ----------
    shelf
        Where they stand.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._watches: dict[str, Watch] = {}

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[Watch]:
        """The watch of a catalog, which ends with the last who follows it."""
        watch = self._watches.get(name)
        if watch is None or watch.ended:
            watch = self._watches[name] = Watch(self._shelf, name)
        watch.clients += 1
        try:
            yield watch
        finally:
            watch.clients -= 1
            if not watch.clients:
                watch.stop()
                if self._watches.get(name) is watch:
                    del self._watches[name]

    def close(self) -> None:
        """Look after none any more; those who follow one are told that it has ended."""
        for watch in self._watches.values():
            watch.stop()
