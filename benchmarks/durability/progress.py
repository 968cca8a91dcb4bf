"""A line on the terminal: how far a part is, and how long it will still take."""

from __future__ import annotations

import sys
import time


class Progress:
    """Counts towards a total; draws only where a person watches.

    Parameters
    ----------
    name
        Of the part.
    total
        Where counting ends.
    """

    def __init__(self, name: str, total: int) -> None:
        self._name, self._total, self._done = name, total, 0
        self._began = self._drawn = time.monotonic()

    def advance(self, more: int = 1) -> None:
        """Count on, and draw at most twice a second."""
        self._done += more
        moment = time.monotonic()
        if not sys.stderr.isatty() or (moment - self._drawn < 0.5 and self._done < self._total):
            return
        self._drawn = moment
        left = (moment - self._began) / self._done * max(self._total - self._done, 0)
        end = "\n" if self._done >= self._total else ""
        line = f"\r{self._name}: {self._done:,} of {self._total:,}, {_duration(left)} left   "
        print(line, end=end, file=sys.stderr, flush=True)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
