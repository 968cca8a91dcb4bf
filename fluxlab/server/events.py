"""``events``: changes of a catalog, by whatever process, as they happen."""

from __future__ import annotations

import asyncio
import json

from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from fluxlab.server.handler import Handler

#: Seconds without news after which a line says that the connection lives: proxies cut those that are silent.
HEARTBEAT = 15.0


class Events(Handler):
    """Server-sent events."""

    _track_activity = False  # a page that is open and asks for nothing must not keep a server from being culled
    _listening: asyncio.Task[None] | None = None

    @authenticated
    async def get(self, catalog: str) -> None:
        """Tell of every change until the client goes."""
        await self.read_catalog(catalog, lambda opened: opened.state())
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("X-Accel-Buffering", "no")  # else nginx would collect them
        self._listening = asyncio.create_task(self._listen(catalog))
        await asyncio.wait([self._listening])

    def on_connection_close(self) -> None:
        """Stop listening for a client that is gone."""
        super().on_connection_close()
        if self._listening is not None:
            self._listening.cancel()

    async def _listen(self, catalog: str) -> None:
        async with self.shelf.watches.of(catalog) as watch:
            seen = 0
            while not watch.ended:
                news = await watch.next(seen, HEARTBEAT)
                if news is None:
                    self.write(": still here\n\n")
                else:
                    seen = news.number
                    told = json.dumps({"version": news.state, "total": news.total})
                    self.write(f"event: change\ndata: {told}\n\n")
                try:
                    await self.flush()
                except StreamClosedError:
                    return
