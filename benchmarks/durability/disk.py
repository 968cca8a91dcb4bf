"""A simulated disk that keeps only what was synced, and of the rest whatever chance decides.

What POSIX promises, and no more: the bytes of a file are on the disk after it is synced; a name is on the disk after
its folder is synced. Until then each write may be there, be missing, be zeros, or be there in some of its 512-byte
sectors, whatever came before or after it; and each name that was made, renamed or removed may be there or not, the two
names of a rename independently. Real file systems order more than that, so this disk is harsher than they are.

Not simulated: a disk that lies about a sync, or that damages bytes it was not asked to write.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from benchmarks.durability.step import Step

_SECTOR = 512
#: Decides about one unsynced change: drop it, keep it, tear it, or leave zeros in its place.
Choice = Callable[[], str]


@dataclass
class _File:
    durable: bytes = b""
    pending: list[Step] = field(default_factory=list)

    def after(self, choose: Choice, chance: random.Random) -> bytes:
        """The bytes after a cut."""
        data = bytearray(self.durable)
        for step in self.pending:
            choice = choose()
            if choice == "drop":
                continue
            if step.kind == "truncate":
                del data[step.offset :]
                data.extend(bytes(step.offset - len(data)))
                continue
            end = step.offset + len(step.data)
            data.extend(bytes(max(0, end - len(data))))
            for start in range(0, len(step.data), _SECTOR):
                if choice == "keep" or (choice == "tear" and chance.random() < 0.5):
                    part = step.data[start : start + _SECTOR]
                    data[step.offset + start : step.offset + start + len(part)] = part
        return bytes(data)


@dataclass
class _Folder:
    durable: dict[str, int] = field(default_factory=dict)
    #: Name and what it stands for, or ``None`` for a name that was removed.
    pending: list[tuple[str, int | None]] = field(default_factory=list)

    def after(self, choose: Choice) -> dict[str, int]:
        """The names after a cut."""
        names = dict(self.durable)
        for name, node in self.pending:
            if choose() in ("drop", "zero"):
                continue
            if node is None:
                names.pop(name, None)
            else:
                names[name] = node
        return names


def everything() -> str:
    """The choice of a disk that had written all that it was given."""
    return "keep"


def nothing() -> str:
    """The choice of a disk that had written only what it was told to sync."""
    return "drop"


def mixed(chance: random.Random) -> Choice:
    """The choice of a disk that had written some of it, in any order."""
    weights = [chance.random() for _ in range(4)]
    return lambda: chance.choices(("drop", "keep", "tear", "zero"), weights)[0]


class Disk:
    """The folder above the catalog and all inside it, as steps change them.

    Parameters
    ----------
    root
        The folder above the catalog, which is on the disk already.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._nodes: list[_File | _Folder] = [_Folder()]
        #: What a running process sees.
        self._seen: dict[str, int] = {root: 0}

    def apply(self, step: Step) -> None:
        """Take one step."""
        if step.kind in ("create", "mkdir"):
            if step.path not in self._seen:
                self._nodes.append(_File() if step.kind == "create" else _Folder())
                self._name(step.path, len(self._nodes) - 1)
        elif step.kind in ("write", "truncate"):
            node = self._nodes[self._seen[step.path]]
            if isinstance(node, _File):
                node.pending.append(step)
        elif step.kind in ("sync", "sync folder"):
            self._sync(self._nodes[self._seen[step.path]])
        elif step.kind == "unlink":
            self._name(step.path, None)
        elif step.kind == "rename":
            node_number = self._seen[step.path]
            self._name(step.path, None)
            self._name(step.target, node_number)
        elif step.kind == "link":
            self._name(step.target, self._seen[step.path])

    def _sync(self, node: _File | _Folder) -> None:
        if isinstance(node, _File):
            node.durable = node.after(everything, random.Random(0))
        else:
            node.durable = node.after(everything)
        node.pending = []

    def _name(self, path: str, node: int | None) -> None:
        above = self._nodes[self._seen[str(PurePosixPath(path).parent)]]
        if isinstance(above, _Folder):
            above.pending.append((PurePosixPath(path).name, node))
        if node is None:
            self._seen.pop(path, None)
        else:
            self._seen[path] = node

    def cut(self, target: Path, choose: Choice, chance: random.Random) -> None:
        """Write what is left after the power went into ``target``, which is empty."""
        self._restore(0, target, choose, chance)

    def _restore(self, number: int, target: Path, choose: Choice, chance: random.Random) -> None:
        node = self._nodes[number]
        if isinstance(node, _File):
            target.write_bytes(node.after(choose, chance))
            return
        target.mkdir(exist_ok=True)
        for name, inner in node.after(choose).items():
            self._restore(inner, target / name, choose, chance)
