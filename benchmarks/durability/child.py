"""Forked children that use the catalog as its users do, and tell the parent what was acknowledged.

They are forked before any connection is open, from a parent that has imported everything: a child costs milliseconds.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fluxlab.catalog import database

#: Lines up to this length are written to a pipe whole or not at all.
LINE_MAX = 4000


def fork(work: Callable[[], None]) -> int:
    """Start a child that does ``work`` and ends; returns its process id."""
    pid = os.fork()
    if pid:
        return pid
    # The child must neither flush the parent's buffers nor unwind into the parent's code.
    status = 70
    try:
        warnings.simplefilter("ignore")
        work()
        status = 0
    finally:
        os._exit(status)


class Telephone:
    """A pipe from children to their parent; a line arrives whole or not at all, also when the child is killed."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        self._rest = b""

    def tell(self, *words: str) -> None:
        """Send one line of words, in the child."""
        line = " ".join(words).replace("\n", " ").encode("utf-8", "replace")[:LINE_MAX]
        os.write(self._writer, line + b"\n")

    def heard(self) -> list[list[str]]:
        """The lines that can be read in one go, each as its words, in the parent; none at the end."""
        self._rest += os.read(self.reader, 1 << 16)
        *lines, self._rest = self._rest.split(b"\n")
        return [line.decode("utf-8").split(" ") for line in lines]

    def hang_up(self) -> list[list[str]]:
        """Everything that is still to be read once the children have ended."""
        os.close(self._writer)
        lines: list[list[str]] = []
        while heard := self.heard():
            lines += heard
        os.close(self.reader)
        return lines


@contextmanager
def journal(mode: str) -> Iterator[None]:
    """Open catalogs with this journal, ``"wal"`` or ``"delete"``, whatever SQLite and the file system are."""
    usual = database.wal_is_safe
    database.wal_is_safe = lambda *_: mode == "wal"
    try:
        yield
    finally:
        database.wal_is_safe = usual


def call(work: Callable[[Telephone], None]) -> tuple[list[list[str]], int]:
    """Do ``work`` in a child and wait for it; returns its lines and its wait status."""
    telephone = Telephone()
    pid = fork(lambda: work(telephone))
    lines = telephone.hang_up()
    return lines, os.waitpid(pid, 0)[1]
