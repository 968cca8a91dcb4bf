"""Which step fails, and how."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field

from benchmarks.durability.step import Step


@dataclass(frozen=True)
class Fault:
    """What happens at which step; a lasting one happens at every later step too."""

    at: int
    kind: str
    lasting: bool = False

    def __str__(self) -> str:
        return f"{self.kind}{' for good' if self.lasting else ''} at step {self.at}"


@dataclass
class Script:
    """Counts the steps, and lets one of them fail."""

    fault: Fault | None = None
    seen: list[Step] = field(default_factory=list)
    #: Set when the scenario is over and faults are to end.
    over: bool = False

    def before(self, step: Step) -> int:
        """Refuse the step when its turn has come."""
        if self.over:
            return 0
        self.seen.append(step)
        fault, number = self.fault, len(self.seen) - 1
        if fault is None or number < fault.at or (number > fault.at and not fault.lasting):
            return 0
        if fault.kind == "crash after":
            return 0
        if fault.kind == "crash before":
            if step.kind == "write":
                return errno.EIO  # `half` ends the process
            os._exit(1)
        # A full disk can still be read, and so can one that is read-only.
        spared = fault.kind in ("ENOSPC", "EROFS") and not step.writes
        return 0 if spared else getattr(errno, fault.kind)

    def half(self, step: Step) -> None:  # noqa: ARG002  (the protocol has it)
        """End the process in the middle of a write."""
        if self.fault is not None and self.fault.kind == "crash before":
            os._exit(1)

    def after(self, step: Step) -> None:  # noqa: ARG002  (the protocol has it)
        """End the process after the step."""
        if self.fault is not None and self.fault.kind == "crash after" and len(self.seen) - 1 == self.fault.at:
            os._exit(1)
