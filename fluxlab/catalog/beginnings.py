"""Rows of images in the making, written while the model is at work: nothing is acknowledged by them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

from fluxlab.errors import CatalogError


class Beginnings:
    """Writes that nobody waits for before the image is there.

    A commit takes some twenty milliseconds on an ordinary disk, a fifth of a small image.
    """

    def __init__(self) -> None:
        self._threads: dict[str, Thread] = {}
        self._failed: CatalogError | None = None

    def write(self, uid: str, save: Callable[[], None]) -> None:
        """Begin to write.

        Parameters
        ----------
        uid
            Of the image.
        save
            Writes its row.

        Raises
        ------
        CatalogError
            When an earlier write failed: what comes next would fail too.
        """
        failed, self._failed = self._failed, None
        if failed is not None:
            raise failed
        thread = Thread(target=self._run, args=(save,), name=f"fluxlab-begin-{uid[:8]}")
        self._threads[uid] = thread
        thread.start()

    def wait(self, uid: str) -> None:
        """Wait until the row is written, or could not be: whoever ends the image writes it whole."""
        thread = self._threads.pop(uid, None)
        if thread is not None:
            thread.join()

    def _run(self, save: Callable[[], None]) -> None:
        try:
            save()
        except CatalogError as error:
            self._failed = error
