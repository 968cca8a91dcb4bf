"""A step: one thing that the catalog asks of the file system, seen before and after it happens."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

#: Steps that change what is on the disk, or make it durable.
WRITING = {"create", "write", "truncate", "sync", "sync folder", "rename", "link", "unlink", "mkdir"}

#: Those, and the steps that only look.
KINDS = WRITING | {"open", "read", "list", "look"}


@dataclass(frozen=True)
class Step:
    """What is asked: its kind, the path (and the new one of a rename or link), and what is written where."""

    kind: str
    path: str
    target: str = ""
    offset: int = 0
    data: bytes = b""

    @property
    def writes(self) -> bool:
        """Whether it changes anything."""
        return self.kind in WRITING


class Watcher(Protocol):
    """Sees every step, and may make it fail or end the process in the middle of it."""

    def before(self, step: Step) -> int:
        """Called first: 0 lets the step happen, an ``errno`` makes it fail; may end the process.

        A step that writes and is refused leaves half of its bytes behind, as real disks do.
        """

    def half(self, step: Step) -> None:
        """Called when half of a refused write is on the disk; may end the process."""

    def after(self, step: Step) -> None:
        """Called when the step has happened; may end the process."""


class Root:
    """Whether a path is of interest: some folders, all inside them, and the folders above them."""

    def __init__(self, *folders: str | Path) -> None:
        self._folders = [Path(folder).absolute() for folder in folders]

    def covers(self, path: object) -> str:
        """The absolute path, or the empty text for one that is of no interest."""
        if not isinstance(path, (str, bytes, os.PathLike)):
            return ""
        asked = Path(os.fsdecode(path)).absolute()
        return str(asked) if any(asked.is_relative_to(each) or asked == each.parent for each in self._folders) else ""
