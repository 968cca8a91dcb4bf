"""The most memory that was in use while each phase ran, as measured and not as estimated."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Peak:
    """Bytes that were in use at most: by torch's tensors, and with what torch keeps for later.

    On a CPU both are the resident memory of the whole process.
    """

    allocated: int
    reserved: int


class Peaks:
    """Measures phases, which may overlap in several threads; a phase that overlaps another sees the sum of both.

    Parameters
    ----------
    device
        A torch device: ``"cuda"``, ``"xpu"``, ``"mps"`` or ``"cpu"``.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._lock = threading.Lock()
        self._running: dict[int, str] = {}
        self.found: dict[str, Peak] = {}

    @property
    def meaning(self) -> str:
        """What the numbers are."""
        if self._device in {"cuda", "xpu"}:
            return "bytes allocated on the device by torch in this process, while the phase ran"
        if self._device == "mps":
            return "bytes allocated by torch at the end of the phase"
        if _can_reset():
            return "resident memory of this whole process, notebook and all, while the phase ran"
        return "resident memory of this whole process since it began, because this system does not tell it for a phase"

    def start(self, phase: str) -> None:
        """Begin to measure a phase in this thread; one that runs in it ends."""
        self.stop()
        with self._lock:
            if not self._running:
                self._reset()
            self._running[threading.get_ident()] = phase

    def stop(self) -> None:
        """End the phase of this thread, if there is one."""
        with self._lock:
            phase = self._running.pop(threading.get_ident(), None)
            if phase is not None:
                now, before = self._read(), self.found.get(phase, Peak(0, 0))
                self.found[phase] = Peak(max(now.allocated, before.allocated), max(now.reserved, before.reserved))

    def _reset(self) -> None:
        import torch

        if self._device in {"cuda", "xpu"}:
            getattr(torch, self._device).reset_peak_memory_stats()
        elif self._device == "cpu" and _can_reset():
            _CLEAR.write_text("5", encoding="ascii")  # the kernel's code for: forget the peak

    def _read(self) -> Peak:
        import torch

        if self._device in {"cuda", "xpu"}:
            module = getattr(torch, self._device)
            return Peak(module.max_memory_allocated(), module.max_memory_reserved())
        if self._device == "mps":
            return Peak(torch.mps.current_allocated_memory(), torch.mps.driver_allocated_memory())
        resident = _peak_resident()
        return Peak(resident, resident)


def _can_reset() -> bool:
    import os

    return os.access(_CLEAR, os.W_OK)


def _peak_resident() -> int:
    """Bytes; of Linux since the last reset, elsewhere since the process began."""
    try:
        line = next(each for each in _STATUS.read_text(encoding="ascii").splitlines() if each.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        import psutil

        facts = psutil.Process().memory_info()
        return int(getattr(facts, "peak_wset", facts.rss))
