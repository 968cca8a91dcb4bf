"""What lies in the image store, looked at without following any link inside it.

``objects`` itself may be one: whoever put the images on another disk meant it.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from fluxlab.errors import CatalogError

_SHELF = re.compile(r"[0-9a-f]{2}")
_IMAGE = re.compile(r"[0-9a-f]{64}\.png")
_SCRATCH = re.compile(r"catalog\.db\.new-[0-9a-f]{32}(-journal|-wal|-shm)?")
#: A write takes seconds. A process that slept for longer finds its temporary file gone and hands its image back.
STALE_HOURS = 6.0


@dataclass
class Store:
    """The files of a catalog's folder, by what they are."""

    #: Size in bytes of each image by its name, which is the hash it should have.
    images: dict[str, int] = field(default_factory=dict)
    #: Old temporary files that no running process holds.
    stale: list[Path] = field(default_factory=list)
    #: What is none of fluxlab's, and why.
    foreign: dict[Path, str] = field(default_factory=dict)


def require(folder: Path) -> None:
    """Refuse a folder that holds no catalog, not even one without its database.

    Raises
    ------
    CatalogError
        When it holds none.
    OSError
        When that cannot be told.
    """
    if not (folder / "catalog.db").is_file() and not (folder / "objects").is_dir():
        raise CatalogError(f"there is no catalog at '{folder}': name the folder that holds 'catalog.db' or 'objects'.")


def look(folder: Path) -> Store:
    """List the store.

    Parameters
    ----------
    folder
        The catalog's folder.
    """
    store = Store()
    objects = folder / "objects"
    for shelf in _entries(objects):
        place = objects / shelf.name
        if not shelf.is_dir(follow_symlinks=False):
            store.foreign[place] = _what(shelf)
        elif shelf.name == "tmp":
            store.stale += _stale(_entries(place))
        elif not _SHELF.fullmatch(shelf.name):
            store.foreign[place] = "a folder of another name"
        else:
            _look_at_shelf(store, place)
    store.stale += _stale([entry for entry in _entries(folder) if _SCRATCH.fullmatch(entry.name)])
    return store


def place_of(folder: Path, name: str) -> Path:
    """Where the image of a hash lies."""
    return folder / "objects" / name[:2] / f"{name}.png"


def _look_at_shelf(store: Store, shelf: Path) -> None:
    for entry in _entries(shelf):
        if not entry.is_file(follow_symlinks=False):
            store.foreign[shelf / entry.name] = _what(entry)
        elif not _IMAGE.fullmatch(entry.name):
            store.foreign[shelf / entry.name] = "a file of another name"
        elif entry.name[:2] != shelf.name:
            store.foreign[shelf / entry.name] = f"an image that belongs into 'objects/{entry.name[:2]}'"
        else:
            store.images[entry.name.removesuffix(".png")] = entry.stat(follow_symlinks=False).st_size


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _what(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "a link, which is not followed"
    return "a folder" if entry.is_dir() else "a file of another name" if entry.is_file() else "no plain file"


def _stale(entries: list[os.DirEntry[str]]) -> list[Path]:
    old = []
    for entry in entries:
        try:
            age = time.time() - entry.stat(follow_symlinks=False).st_mtime
        except FileNotFoundError:
            continue  # it has just become an image
        if entry.is_file(follow_symlinks=False) and age > STALE_HOURS * 3600:
            old.append(Path(entry.path))
    held = _held() if old else set()
    return [path for path in old if os.path.realpath(path) not in held]


def _held() -> set[str]:
    """Files that processes of this machine hold open, as far as the system tells."""
    held = set()
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        try:
            with os.scandir(descriptors) as found:
                for entry in found:
                    held.add(os.readlink(entry.path))  # noqa: PTH115  (a thousand of them, as plain text)
        except OSError:
            continue  # it has ended, or belongs to somebody else
    return held
