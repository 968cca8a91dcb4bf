"""`Bulletin`: what a run has told so far, for whoever begins to listen late."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from fluxlab.engine import Event, Listener
from fluxlab.errors import SweepError, brief


def check_listener(listener: Listener) -> None:
    """Raise a `SweepError` for what cannot be called, before a run finds out event by event.

    Parameters
    ----------
    listener
        What a caller gave.
    """
    if not callable(listener):
        raise SweepError(f"listener={brief(listener)} cannot be called: give a function that takes one event.")


class Bulletin:
    """Hands a run's events on to any number of listeners; a late one first gets the last event of every cell.

    Events come in order, one at a time, from the run's threads. A listener that fails is passed over.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: dict[str, Event] = {}
        self._listeners: list[Listener] = []

    def on(self, event: Event) -> None:
        """Take one event of the run."""
        with self._lock:
            self._last[event.key] = event
            listeners = list(self._listeners)
        # Outside the lock: a listener that takes its time keeps nobody from subscribing.
        for listener in listeners:
            with suppress(Exception):
                listener(event)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Listen from now on; returns what ends it.

        Parameters
        ----------
        listener
            Gets the last event of each cell at once, in this thread, and then every event, in the run's threads; it
            must not subscribe anybody meanwhile.

        Raises
        ------
        SweepError
            For what cannot be called.
        """
        check_listener(listener)
        with self._lock:
            for event in self._last.values():
                with suppress(Exception):
                    listener(event)
            self._listeners.append(listener)

        def leave() -> None:
            with self._lock, suppress(ValueError):
                self._listeners.remove(listener)

        return leave
