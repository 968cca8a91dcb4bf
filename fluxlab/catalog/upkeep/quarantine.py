"""Files that may harm are moved aside, each with a note; nothing is ever deleted."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from fluxlab.catalog.encoding import dump
from fluxlab.catalog.record import fluxlab_version, now


def reserve(folder: Path, name: str, why: str) -> Path:
    """A path in ``quarantine/<date>/`` that nobody else takes, with its note already written.

    Parameters
    ----------
    folder
        The catalog's folder.
    name
        The path of the file relative to it.
    why
        What is wrong, in words for whoever finds the file.
    """
    wanted = folder / "quarantine" / datetime.now(UTC).date().isoformat() / name
    wanted.parent.mkdir(parents=True, exist_ok=True)
    note = {"from": name, "why": why, "moved": now(), "software": f"fluxlab {fluxlab_version()}"}
    number = 1
    while True:
        target = wanted if number == 1 else wanted.with_name(f"{wanted.stem}.{number}{wanted.suffix}")
        number += 1
        if os.path.lexists(target):
            continue
        place = target.with_name(f"{target.name}.json")
        try:
            with place.open("x", encoding="utf-8") as file:
                file.write(dump(note) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            continue
        except OSError:
            # Half a note would tell of a file that was never moved.
            with suppress(OSError):
                place.unlink(missing_ok=True)
            raise
        return target


def move(folder: Path, path: Path, why: str) -> Path:
    """Move a file of the catalog to the quarantine; returns where it lies now.

    Parameters
    ----------
    folder
        The catalog's folder.
    path
        Of the file, inside the folder.
    why
        What is wrong with it.

    Raises
    ------
    OSError
        When it cannot be moved; it stays where it was.
    """
    target = reserve(folder, path.relative_to(folder).as_posix(), why)
    try:
        path.rename(target)
    except OSError:
        target.with_name(f"{target.name}.json").unlink()
        raise
    sync(target.parent)
    sync(path.parent)
    return target


def sync(folder: Path) -> None:
    """Make the names inside a folder durable, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
