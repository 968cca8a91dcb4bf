"""A run in the background, with the grid at its end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal

from fluxlab.bulletin import Bulletin
from fluxlab.worker import RUNS

if TYPE_CHECKING:
    from fluxlab.engine import Listener
    from fluxlab.grid import Grid
    from fluxlab.prepared_run import PreparedRun

#: Seconds that `wait` gives those who show a run to show its end; one that hangs must not keep the grid from its maker.
SHOWN_WITHIN = 60.0
State = Literal["queued", "running", "pausing", "stopping", "paused", "stopped", "done", "failed"]


class StartedRun:
    """A run in the background: `wait` for its grid, ``await`` it, watch it in a panel, `pause` it or `cancel` it.

    Runs in the background are made one after the other; one that was started while another works is queued.

    Attributes
    ----------
    id : str
        Recorded with each of its images.
    plan : Plan
        What it makes.
    mode : str
        ``"exact"`` or ``"fast"``.
    """

    def __init__(self, prepared: PreparedRun, bulletin: Bulletin) -> None:
        self.id = prepared.run.id
        self.plan = prepared.plan
        self.mode = prepared.mode
        self._prepared = prepared
        self._run = prepared.run
        self._bulletin = bulletin
        self._lock = threading.Lock()
        self._begun = False
        self._watchers: list[Callable[[], None]] = []
        self._holds: list[Future[None]] = []
        self._future = RUNS.submit(self._work, self.cancel)
        self._future.add_done_callback(lambda _: self._changed())

    def __repr__(self) -> str:
        return f"<StartedRun {self.id[:8]}: {self.state}, {len(self.plan.todo)} to make>"

    @property
    def state(self) -> State:
        """What it does now.

        ``"queued"``, ``"running"``, ``"pausing"`` (the cells under way are being finished), ``"stopping"`` (after the
        current step); and at its end ``"paused"``, ``"stopped"``, ``"failed"`` (see `error`) or ``"done"``.
        """
        token = self._run.token
        if self._future.done():
            if self._future.exception() is not None:
                return "failed"
            left = any(cell.status in {"waiting", "interrupted"} for cell in self._future.result().cells)
            return "done" if not left else "stopped" if token.cancelled else "paused"
        if token.cancelled:
            return "stopping"
        return "pausing" if token.paused else "running" if self._begun else "queued"

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return not self._future.done()

    @property
    def error(self) -> BaseException | None:
        """Why it ended without a grid; ``None`` while it works, and where it has one."""
        return self._future.exception() if self._future.done() else None

    def cancel(self) -> None:
        """Stop after the current step; finished images stay, and running again makes the rest."""
        self._run.cancel()
        self._changed()

    def pause(self) -> None:
        """Finish the cells under way and begin no other; running again makes the rest."""
        self._run.pause()
        self._changed()

    def wait(self, timeout: float | None = None) -> Grid:
        """Block until it has ended, and until the panels that watch it show its end.

        Parameters
        ----------
        timeout
            Seconds to wait at most.

        Raises
        ------
        TimeoutError
            When it is still running then.
        FluxlabError
            What the run raised.
        """
        if not wait([self._future], timeout).done:
            raise TimeoutError(f"the run is still working after timeout={timeout} seconds: wait again or cancel it.")
        end = time.monotonic() + SHOWN_WITHIN
        while (held := self._held()) and (left := end - time.monotonic()) > 0:
            wait(held, left)
        return self._future.result()

    def __await__(self) -> Generator[Any, None, Grid]:
        """The grid, without blocking the notebook meanwhile; stopping the cell that awaits it cancels the run."""
        return self._awaited().__await__()

    async def _awaited(self) -> Grid:
        try:
            grid = await asyncio.wrap_future(self._future)
            end = time.monotonic() + SHOWN_WITHIN
            while (held := self._held()) and (left := end - time.monotonic()) > 0:
                await asyncio.wait([asyncio.wrap_future(each) for each in held], timeout=left)
        except asyncio.CancelledError:
            self.cancel()
            raise
        return grid

    def grid(self) -> Grid:
        """The grid as it stands: at the end that of `wait`, before it what the catalog has now.

        Raises
        ------
        FluxlabError
            What the run raised, where it has ended without a grid.
        """
        return self._future.result() if self._future.done() else self._prepared.so_far()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Listen to its events from now on; returns what ends it.

        Parameters
        ----------
        listener
            Gets the last event of each cell at once, and then every event, in the run's threads.
        """
        return self._bulletin.subscribe(listener)

    def watch(self, changed: Callable[[], None]) -> None:
        """Call a function whenever `state` may have changed, from any thread; it must return at once.

        Parameters
        ----------
        changed
            Takes nothing.
        """
        with self._lock:
            self._watchers.append(changed)

    def hold(self) -> Callable[[], None]:
        """Keep `wait` and ``await`` until what this returns was called, for those who show the run.

        They are kept `SHOWN_WITHIN` seconds after the end at most.
        """
        held: Future[None] = Future()
        held.set_running_or_notify_cancel()
        with self._lock:
            self._holds.append(held)

        def release() -> None:
            with self._lock:
                if held not in self._holds:
                    return
                self._holds.remove(held)
            held.set_result(None)

        return release

    def _held(self) -> list[Future[None]]:
        with self._lock:
            return list(self._holds)

    def _work(self) -> Grid:
        self._begun = True
        self._changed()
        return self._prepared.finish()

    def _changed(self) -> None:
        with self._lock:
            watchers = list(self._watchers)
        for changed in watchers:
            with suppress(Exception):
                changed()
