"""Whether the process that began an image still runs; a number that another process has now does not count."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path


@cache
def boot_id() -> str:
    """The machine's boot, so that a process id of before a restart is not mistaken for a living one."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def mark(pid: int) -> str:
    """What tells a running process from every other that has or had its number: the boot, and when it started.

    Process ids come again: after some ten thousand others, and in a container at every restart.
    """
    return f"{boot_id()} {_started(pid)}".strip()


def is_gone(pid: int | None, marked: str | None) -> bool:
    """Whether a process is surely not running; where the platform does not say, it counts as running.

    Parameters
    ----------
    pid
        Its number.
    marked
        Its `mark`; older records have the boot alone.
    """
    if os.name == "nt" or pid is None or pid <= 0:
        return False  # on Windows, os.kill would end the process instead of asking for it
    boot, _, started = (marked or "").partition(" ")
    if boot and boot != boot_id():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        pass
    now = _started(pid)
    return bool(started and now) and started != now


def _started(pid: int) -> str:
    """Ticks from the boot to the start of a running process; empty where the platform does not say."""
    try:
        # The second field is a name in brackets, which may hold spaces and brackets itself.
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
