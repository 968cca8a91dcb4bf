"""One thread that answers browsers: callbacks only enqueue, whatever thread they come from."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Hashable
from contextlib import suppress
from queue import Empty, PriorityQueue

#: Seconds between two messages of one kind to one widget.
BEAT = 0.1
SOON, LATER = 0, 1
Task = Callable[[], None]


class Service:
    """Does small tasks beside the thread that makes images and the one that runs cells.

    A task that fails is its own affair: tasks send their errors to the panel they belong to.

    Parameters
    ----------
    name
        Of its thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: PriorityQueue[tuple[int, int, Task]] = PriorityQueue()
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._beats: dict[Hashable, Task] = {}
        self._beaten = 0.0

    def put(self, task: Task, *, later: bool = False) -> None:
        """Do a task soon; returns at once.

        Parameters
        ----------
        task
            What to do.
        later
            After everything that is not later: thumbnails may wait for a click.
        """
        self._tasks.put((LATER if later else SOON, next(self._order), task))
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()

    def beat(self, of: Hashable, task: Task) -> None:
        """Do a task with the next beat, ten times a second at most; what was asked for meanwhile is one.

        Parameters
        ----------
        of
            Whose task it is.
        task
            What to do.
        """
        with self._lock:
            self._beats[of] = task
        self.put(lambda: None)

    def _work(self) -> None:
        while True:
            with suppress(Exception):
                self._next()

    def _next(self) -> None:
        due = self._beaten + BEAT - time.monotonic() if self._beats else None
        if due is not None and due <= 0:
            with self._lock:
                tasks, self._beats = list(self._beats.values()), {}
            self._beaten = time.monotonic()
            for task in tasks:
                with suppress(Exception):
                    task()
            return
        with suppress(Empty):
            self._tasks.get(timeout=due)[2]()


SERVICE = Service("fluxlab-panels")
#: What takes seconds, such as a plot that measures images: nobody's thumbnail waits for it.
ASIDE = Service("fluxlab-aside")
#: What may take minutes, such as fetching the model of a run: no curve waits for it either.
STARTS = Service("fluxlab-starts")
