"""A scene: what lies on the disk, what is done with it while a step fails, and what has to hold afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.durability import python_steps, sqlite_steps
from benchmarks.durability.child import Telephone
from benchmarks.durability.script import Script
from benchmarks.durability.step import Root
from fluxlab.errors import FluxlabError

_T = TypeVar("_T")


@dataclass(frozen=True)
class Told:
    """What a child said, and whether it came to its end."""

    lines: list[list[str]]
    ended: bool
    #: Whether the fault went on from one step to the end.
    lasting: bool

    def words(self, first: str) -> list[list[str]]:
        """The lines that begin with a word, without it."""
        return [words[1:] for words in self.lines if words[0] == first]


@dataclass(frozen=True)
class Scene:
    """One operation, which is done over and over, and meets another fault each time.

    Parameters
    ----------
    name
        What is done, and with what.
    prepare
        Fills a folder, which is not there yet; may leave it away.
    use
        Does it in a child, in a copy of that folder, and tells how it went. It calls `watched` first, and ends the
        script once the disk is to be well again.
    judge
        Given the copy, the folder that it is a copy of, the lines that were told and whether the child came to its end:
        what is broken.
    lasting
        The errors that also go on from one step to the end.
    """

    name: str
    prepare: Callable[[Path], None]
    use: Callable[[Path, Telephone, Script], None]
    judge: Callable[[Path, Path, Told], list[str]]
    lasting: tuple[str, ...] = ("EIO",)


def watched(script: Script, *folders: Path) -> None:
    """From here on, every step in these folders is seen and may fail."""
    root = Root(*folders)
    python_steps.watch(root, script)
    sqlite_steps.watch(root, script)


def guarded(act: Callable[[], _T], telephone: Telephone) -> _T | None:
    """What ``act`` returns, or ``None`` after an error that is a sentence; any other error is a finding."""
    try:
        return act()
    except FluxlabError as error:
        # A savepoint is nothing that a user has heard of: it hides what failed.
        fair = str(error).endswith(".") and "savepoint" not in str(error)
        telephone.tell("sentence" if fair else "raw", f"no sentence: {error}")
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
        telephone.tell("raw", f"raised {error!r}")
    return None
