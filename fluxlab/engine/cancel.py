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
    """Asks one run to stop after its current step; safe to call from any thread."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Ask for the stop; a second call changes nothing."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether the stop was asked for."""
        return self._event.is_set()
