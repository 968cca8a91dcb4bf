"""Cancel tokens: one a run, so that a late click can never stop the next one."""

from __future__ import annotations

import threading


class Cancelled(Exception):  # noqa: N818  (control flow inside the engine, never seen by a user)
    """Raised inside the denoising loop once its token was cancelled.

    Parameters
    ----------
    step
        Steps that were completed.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"interrupted after step {step}")
        self.step = step


class CancelToken:
    """Asks one run to stop after its current step, or after its current cells; safe to call from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._pause = threading.Event()

    def cancel(self) -> None:
        """Ask for the stop; a second call changes nothing."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the stop was asked for."""
        return self._event.is_set()

    def pause(self) -> None:
        """Ask that no more cells begin; those under way are finished."""
        self._pause.set()

    @property
    def paused(self) -> bool:
        """Whether no more cells are to begin."""
        return self._pause.is_set() or self._event.is_set()
