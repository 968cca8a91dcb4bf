"""Which images of many content keys are really there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.record import path_of
from fluxlab.errors import NotFoundError

if TYPE_CHECKING:
    from sqlite_utils import Database

_CHUNK = 500
_PREFIX_MIN = 6


def uid(db: Database, given: str, folder: Path) -> str:
    """The whole uid that these digits are, or begin.

    Parameters
    ----------
    db
        The catalog.
    given
        All 32 hexadecimal digits, or 6 and more of the first.
    folder
        Its folder, for the message.

    Raises
    ------
    NotFoundError
        When there is none, or more than one.
    """
    text = str(given).strip().lower()
    if len(text) < _PREFIX_MIN or not set(text) <= set("0123456789abcdef"):
        raise NotFoundError(f"uid={str(given)[:60]!r} is not a uid: give at least {_PREFIX_MIN} hexadecimal digits.")
    # The letter after f ends the range of all texts that begin so; the index on uid serves it.
    rows = db.execute(
        "SELECT uid FROM generations WHERE uid >= ? AND uid < ? ORDER BY uid LIMIT 2", [text, text + "g"]
    ).fetchall()
    if not rows:
        raise NotFoundError(f"uid={text!r} is not in the catalog at '{folder}': look it up with df().")
    if len(rows) > 1:
        raise NotFoundError(f"uid={text!r} begins more than one uid: give more of its digits.")
    return str(rows[0][0])


def newest(db: Database, folder: Path, keys: Iterable[str], mode: str | None, select: str) -> Iterator[dict[str, Any]]:
    """The newest good row of each key whose image file is there with its size.

    Parameters
    ----------
    db
        The catalog.
    folder
        Its folder.
    keys
        Content keys, any number.
    mode
        Only images of this mode; ``None`` takes any.
    select
        What to read of ``generations``: with ``key``, ``file_hash`` and ``file_bytes`` at least.
    """
    wanted = list(dict.fromkeys(keys))
    seen: set[str] = set()
    condition = " WHERE key IN (SELECT value FROM json_each(?)) AND status = 'ok' AND (? IS NULL OR mode = ?)"
    for start in range(0, len(wanted), _CHUNK):
        chunk = json.dumps(wanted[start : start + _CHUNK])
        # All read at once: a cursor that waits would block writers.
        for row in list(db.query(f"{select}{condition} ORDER BY generations.id DESC", [chunk, mode, mode])):
            if row["key"] not in seen and _is_whole(folder, row):
                seen.add(row["key"])
                yield row


def _is_whole(folder: Path, row: Mapping[str, Any]) -> bool:
    try:
        return bool((folder / path_of(row["file_hash"])).stat().st_size == row["file_bytes"])
    except (OSError, TypeError):
        return False
