"""Which generations are meant: by uid, by the beginning of one, and by content keys whose images are really there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.generation import Generation
from fluxlab.catalog.record import SELECT, path_of
from fluxlab.errors import CatalogError, NotFoundError, brief

if TYPE_CHECKING:
    import pandas as pd
    from sqlite_utils import Database

    Uids = str | Generation | Iterable[str | Generation] | pd.DataFrame

_CHUNK = 500
_PREFIX_MIN = 6
_UID_LENGTH = 32


def uid(db: Database, given: Any, folder: Path) -> str:
    """The whole uid of a generation, or that these digits are or begin.

    Parameters
    ----------
    db
        The catalog.
    given
        A generation, all 32 hexadecimal digits, or 6 and more of the first.
    folder
        Its folder, for the message.

    Raises
    ------
    NotFoundError
        When there is none, or more than one.
    """
    text = (given.uid if isinstance(given, Generation) else str(given)).strip().lower()
    if len(text) < _PREFIX_MIN or not set(text) <= set("0123456789abcdef"):
        raise NotFoundError(f"uid={brief(given)} is not a uid: give at least {_PREFIX_MIN} hexadecimal digits.")
    # The letter after f ends the range of all texts that begin so; the index on uid serves it.
    rows = db.execute(
        "SELECT uid FROM generations WHERE uid >= ? AND uid < ? ORDER BY uid LIMIT 2", [text, text + "g"]
    ).fetchall()
    if not rows:
        raise NotFoundError(f"uid={brief(text)} is not in the catalog at '{folder}': look it up with df().")
    if len(rows) > 1:
        raise NotFoundError(f"uid={text!r} begins more than one uid: give more of its digits.")
    return str(rows[0][0])


def several(given: Any) -> list[str]:
    """The uids that a person means, as they were given, each once or as often as it was named.

    Parameters
    ----------
    given
        One generation or uid, several, or a table of `df` or its index.

    Raises
    ------
    CatalogError
        For anything else.
    """
    if isinstance(given, (str, Generation)):
        given = [given]
    table = given.index if hasattr(given, "columns") else given
    if not isinstance(table, Iterable):
        raise CatalogError(f"uids={brief(given)} names no generations: give a uid, a generation, or a list of them.")
    return [each.uid if isinstance(each, Generation) else str(each) for each in table]


def whole(db: Database, uids: Iterable[str], folder: Path) -> list[str]:
    """The uids, those that are only the beginning of one looked up.

    Parameters
    ----------
    db
        The catalog.
    uids
        From `several`.
    folder
        Its folder, for the message.

    Raises
    ------
    NotFoundError
        When one of the beginnings begins none, or more than one.
    """
    return [each if len(each) == _UID_LENGTH else uid(db, each, folder) for each in uids]


def newest(db: Database, folder: Path, keys: Iterable[str], mode: str | None) -> dict[str, Generation]:
    """The newest good generation of each key whose image file is there with its size.

    A row that is not as fluxlab writes it is passed over: the one before it may be good.

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
    """
    wanted = list(dict.fromkeys(keys))
    found: dict[str, Generation] = {}
    condition = "WHERE key IN (SELECT value FROM json_each(?)) AND status = 'ok' AND (? IS NULL OR mode = ?)"
    for start in range(0, len(wanted), _CHUNK):
        chunk = json.dumps(wanted[start : start + _CHUNK])
        # All read at once: a cursor that waits would block writers.
        for row in list(db.query(f"{SELECT}{condition} ORDER BY generations.id DESC", [chunk, mode, mode])):
            if row["key"] not in found and _is_whole(folder, row):
                with suppress(CatalogError):
                    found[row["key"]] = Generation.of_row(row, folder)
    return found


def _is_whole(folder: Path, row: Mapping[str, Any]) -> bool:
    try:
        return bool((folder / path_of(row["file_hash"])).stat().st_size == row["file_bytes"])
    except (OSError, TypeError):
        return False
