"""A run in the background, with the grid at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fluxlab.catalog import Generation
    from fluxlab.engine import Run
    from fluxlab.grid import Grid


class StartedRun:
    """A run in the background.

    Its `cancel` stops it after the current step; `wait` blocks and gives the grid.
    """

    def __init__(self, run: Run[Generation], finish: Callable[[], Grid]) -> None:
        self._run = run
        self._finish = finish
        self._grid: Grid | None = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name=f"fluxlab-run-{run.id[:8]}", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            self._grid = self._finish()
        except BaseException as error:  # noqa: BLE001  (raised again in the thread that waits)
            self._error = error

    def cancel(self) -> None:
        """Stop after the current step; finished images stay, and running again makes the rest."""
        self._run.cancel()

    @property
    def running(self) -> bool:
        """Whether it still works."""
        return self._thread.is_alive()

    def wait(self, timeout: float | None = None) -> Grid:
        """Block until it has ended.

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
        self._thread.join(timeout)
        if self._error is not None:
            raise self._error
        if self._grid is None:
            raise TimeoutError(f"the run is still working after timeout={timeout} seconds: wait again or cancel it.")
        return self._grid
