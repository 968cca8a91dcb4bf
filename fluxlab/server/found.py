"""The catalogs that a server shows: those in and below its root folder, and the one of ``FLUXLAB_HOME``."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fluxlab.catalog.database import connect, sentences
from fluxlab.catalog.refusal import refuse
from fluxlab.errors import CatalogError
from fluxlab.home import short_path

NAME, DATABASE = ".fluxlab", "catalog.db"
#: Folders below the root, and how many are looked into: a root may be the whole home of somebody.
DEPTH_MAX, FOLDERS_MAX, CATALOGS_MAX = 4, 20_000, 500
_PASSED_OVER = {"node_modules", "site-packages", "__pycache__"}


@dataclass(frozen=True)
class Found:
    """A folder with a catalog in it.

    Attributes
    ----------
    id : str
        What clients call it: 16 hexadecimal digits of a hash. No client names a path.
    folder : Path
        Where ``catalog.db`` lies.
    shown : str
        The folder around it, from the root where it is below it.
    path : str
        What a notebook writes in ``Catalog(...)``.
    name : str
        A short name.
    """

    id: str
    folder: Path
    shown: str
    path: str
    name: str


@dataclass(frozen=True)
class Counted:
    """What a catalog says of itself.

    Attributes
    ----------
    images : int or None
        How many generations it has.
    problem : str or None
        Why it cannot be used.
    is_there : bool
        Whether it still is.
    """

    images: int | None = None
    problem: str | None = None
    is_there: bool = True


def find(root: Path) -> dict[str, Found]:
    """The catalogs by their id, that of ``FLUXLAB_HOME`` first, then those of folders near the root.

    Links to folders are not followed: they may lead out of the root, or around in a circle.

    Parameters
    ----------
    root
        The server's folder.
    """
    root = root.resolve()
    found: dict[str, Found] = {}
    for folder in (*_home(), *_below(root)):
        if len(found) < CATALOGS_MAX and is_there(folder):
            each = _found(folder.resolve(), root)
            found.setdefault(each.id, each)
    return found


def is_there(folder: Path) -> bool:
    """Whether a folder has a catalog that may be seen: one of somebody else, closed to us, hides no other.

    Parameters
    ----------
    folder
        Where ``catalog.db`` would lie.
    """
    try:
        return (folder / DATABASE).exists()
    except OSError:
        return False


def count(found: Found) -> Counted:
    """How many generations a catalog has, or why it cannot be used.

    Parameters
    ----------
    found
        The catalog; nothing in it is changed.
    """
    path = found.folder / DATABASE
    if not is_there(found.folder):
        return Counted(is_there=False)
    try:
        refuse(path)
        with sentences(path), connect(path) as db:
            return Counted(images=int(db.execute("SELECT count(*) FROM generations").fetchone()[0]))
    except CatalogError as error:
        return Counted(problem=str(error))
    except sqlite3.Error as error:
        return Counted(problem=f"catalog file '{path}' cannot be read ({error}).")


def unanswered(found: Found, seconds: float) -> Counted:
    """What is told of a catalog that has not answered so far.

    Parameters
    ----------
    found
        The catalog.
    seconds
        How long that was waited for.
    """
    path = found.folder / DATABASE
    return Counted(
        problem=f"catalog file '{path}' has not answered for {seconds:g} s: look whether its disk can be reached, and "
        "open the list again."
    )


def _home() -> list[Path]:
    home = os.environ.get("FLUXLAB_HOME")
    return [Path(home).expanduser()] if home else []


def _below(root: Path) -> Iterator[Path]:
    """Folders called ``.fluxlab``, those near the root first."""
    level, looked = [root], 0
    for depth in range(DEPTH_MAX + 1):
        deeper: list[Path] = []
        for folder in level:
            looked += 1
            if looked > FOLDERS_MAX:
                return
            try:
                with os.scandir(folder) as entries:
                    names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
            except OSError:
                continue  # not for us to read
            if NAME in names:
                yield folder / NAME
            if depth < DEPTH_MAX:
                deeper += (folder / name for name in names if name not in _PASSED_OVER and not name.startswith("."))
        level = deeper


def _found(folder: Path, root: Path) -> Found:
    around = folder.parent if folder.name == NAME else folder
    inside = around.is_relative_to(root)
    shown = around.relative_to(root).as_posix() if inside else short_path(str(around))
    return Found(
        id=hashlib.sha256(os.fsencode(folder)).hexdigest()[:16],
        folder=folder,
        shown="" if shown == "." else shown,
        path=short_path(str(folder)),
        name=around.name or str(around),
    )
