"""Seconds of work on a device, without waiting for it: a GPU goes on computing after Python has asked it to."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, SupportsFloat

if TYPE_CHECKING:
    import torch


class Stopwatch:
    """Times what is asked of a device while it is entered; ``float(watch)`` waits for the device and gives seconds.

    Parameters
    ----------
    device
        Where the work is done. On CUDA, events in its stream are read; elsewhere the clock on the wall.
    """

    def __init__(self, device: torch.device) -> None:
        self._on_cuda = device.type == "cuda"
        self._begin: Any = None
        self._end: Any = None

    def __enter__(self) -> Self:
        self._begin = self._now()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end = self._now()

    def __float__(self) -> float:
        if not self._on_cuda:
            return float(self._end - self._begin)
        self._end.synchronize()
        return float(self._begin.elapsed_time(self._end)) / 1000

    def _now(self) -> Any:
        if not self._on_cuda:
            return time.perf_counter()
        import torch

        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event


@dataclass(frozen=True)
class Less:
    """A time without a part of it that is told apart."""

    whole: SupportsFloat
    part: float

    def __float__(self) -> float:
        return max(0.0, float(self.whole) - self.part)
