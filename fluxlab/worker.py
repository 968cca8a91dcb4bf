"""One thread that works through runs in the background, so that two of them never fight over a pipeline."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

Result = TypeVar("Result")
#: Seconds that the end of the process waits for a step to end.
GOODBYE = 10.0


class Worker:
    """A daemon thread that does jobs one after the other, in the order they were given.

    `concurrent.futures` joins its threads at the end of the process, however long their job takes; this one is asked to
    stop.

    Parameters
    ----------
    name
        Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None

    def submit(self, job: Callable[[], Result], stop: Callable[[], None]) -> Future[Result]:
        """Do a job after those that wait.

        Parameters
        ----------
        job
            What to do.
        stop
            Asks the job to end soon; called from another thread at the end of the process.
        """
        future: Future[Result] = Future()

        def work() -> None:
            self._stop = stop
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001  (raised again where the result is asked for)
                future.set_exception(error)
            else:
                future.set_result(result)
            finally:
                self._stop = None

        future.set_running_or_notify_cancel()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
                self._thread.start()
                atexit.register(self._close)
        self._jobs.put(work)
        return future

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _close(self) -> None:
        """Let the job under way come to its end: a thread that dies inside torch takes the process down with it."""
        while not self._jobs.empty():
            self._jobs.get()
        self._jobs.put(None)
        if (stop := self._stop) is not None:
            stop()
        if self._thread is not None:
            self._thread.join(GOODBYE)


#: Where the runs of `Lab.start` and of the panels are made.
RUNS = Worker("fluxlab-runs")
