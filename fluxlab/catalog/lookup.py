"""Which images of many content keys are really there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.record import path_of

if TYPE_CHECKING:
    from sqlite_utils import Database

_CHUNK = 500


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
