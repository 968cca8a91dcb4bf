"""Whether a catalog has changed since it was looked at, told without opening it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from fluxlab.errors import CatalogError

#: The clock of a file system may tick this slowly: two writes within a tick leave the same time.
_TICK_NS = 50_000_000


@dataclass(frozen=True)
class State:
    """A catalog at one moment.

    Attributes
    ----------
    text : str
        Another one after every change.
    settled : bool
        Whether a later change is sure to give another text; within a moment of a write it is not.
    """

    text: str
    settled: bool


def state(path: Path) -> State:
    """The state of a database, from the times and sizes of its files.

    SQLite would tell too, but only to a connection that is kept, and this is asked for several times a second. To read
    the counter in the file itself would drop the locks of other connections of this process.

    Parameters
    ----------
    path
        Of ``catalog.db``.

    Raises
    ------
    CatalogError
        When it is not there.
    """
    parts, newest = [], 0
    for place in (path, path.with_name(f"{path.name}-wal")):
        try:
            told = place.stat()
        except OSError as error:
            if place == path:
                raise CatalogError(
                    f"catalog file '{path}' cannot be found ({error.strerror}): put it back where it was, or open "
                    "another catalog."
                ) from error
            continue
        parts.append(f"{told.st_mtime_ns:x}.{told.st_size:x}")
        newest = max(newest, told.st_mtime_ns)
    return State("-".join(parts), settled=abs(time.time_ns() - newest) > _TICK_NS)
