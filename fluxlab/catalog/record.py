"""The record of a generation: one JSON-able mapping that goes into the image, the spool and the database row."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from fluxlab.catalog import alive
from fluxlab.catalog.draft import Draft
from fluxlab.catalog.encoding import clean, dump, load, text_safe
from fluxlab.catalog.redact import redact
from fluxlab.errors import CatalogError, RecipeError
from fluxlab.recipe import Recipe

if TYPE_CHECKING:
    from sqlite_utils import Database

#: The meaning of a record changes with this number.
RECORD_FORMAT = 1
STATUSES = ("started", "ok", "failed", "interrupted")
_UID = re.compile(r"[0-9a-f]{32}")
_PATH = re.compile(r"objects/[0-9a-f]{2}/[0-9a-f]{64}\.png")
_JSON = ("effective", "files", "pipeline", "timings")
_PLAIN = (
    *("uid", "key", "status", "created", "finished", "mode", "run", "session", "pid", "boot", "step", "error"),
    *("pixel_hash", "file_hash", "file_bytes", "path"),
)

Record = dict[str, Any]


@cache
def fluxlab_version() -> str:
    """The installed version, or ``"unknown"`` in a bare checkout."""
    try:
        return version("fluxlab")
    except PackageNotFoundError:
        return "unknown"


def now() -> str:
    """The time in UTC as text of fixed width, so that text order is time order."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def start(draft: Draft, uid: str, pid: int) -> Record:
    """The record of an image that is about to be made."""
    return {
        "format": RECORD_FORMAT,
        "software": f"fluxlab {fluxlab_version()}",
        "uid": uid,
        "key": draft.key,
        "status": "started",
        "created": now(),
        "recipe": draft.recipe.values(),
        "effective": {},
        "files": redact(clean(draft.files)),
        "environment": redact(clean(draft.environment)),
        "pipeline": redact(clean(draft.pipeline)),
        "mode": draft.mode,
        "run": draft.run,
        "coords": None if draft.coords is None else clean(draft.coords),
        "session": draft.session,
        "timings": {},
        "pid": pid,
        "boot": alive.mark(pid),
    }


def seconds(timings: Mapping[str, Any] | None) -> dict[str, float]:
    """Timings as finite floats; what is none, such as a phase that did not run, is left out."""
    numbers = {name: clean(value) for name, value in (timings or {}).items()}
    return {
        str(name): float(value)
        for name, value in numbers.items()
        if isinstance(value, (int, float)) and math.isfinite(value)
    }


def checked(record: Any) -> Record:
    """A record from a file, when it is one.

    Raises
    ------
    CatalogError
        For anything that `start` and `complete` would not have written.
    """
    if not isinstance(record, dict) or not isinstance(record.get("format"), int):
        raise CatalogError("this is not a fluxlab record: it has no format number.")
    if record["format"] > RECORD_FORMAT:
        raise CatalogError(f"this record has format {record['format']}, newer than {RECORD_FORMAT}: upgrade fluxlab.")
    if not _UID.fullmatch(str(record.get("uid"))) or record.get("status") not in STATUSES or not record.get("key"):
        raise CatalogError("this fluxlab record has no valid uid, key or status: it was changed.")
    path = record.get("path")
    if path is not None and not _PATH.fullmatch(str(path)):
        raise CatalogError("this fluxlab record names a file outside the image store: it was changed.")
    try:
        Recipe(**record["recipe"])
        datetime.fromisoformat(record["created"])
    except (KeyError, TypeError, ValueError, RecipeError):
        raise CatalogError("this fluxlab record has no valid recipe or date: it was changed.") from None
    return record


def save(db: Database, record: Record) -> None:
    """Insert or finish the row of a record, inside the caller's transaction.

    A finished row is not changed, but for one: an image that is there after all wins over the note that it is not.
    """
    recipe: Mapping[str, Any] = record["recipe"]
    environment = dump(record.get("environment", {}))
    digest = hashlib.sha256(environment.encode()).hexdigest()
    db.execute("INSERT OR IGNORE INTO environments (hash, body) VALUES (?, ?)", [digest, environment])
    row: dict[str, Any] = {name: record.get(name) for name in _PLAIN}
    row = {name: text_safe(value) if isinstance(value, str) else value for name, value in row.items()}
    row["mode"] = row["mode"] or "exact"
    row |= {name: dump(record.get(name, {})) for name in _JSON}
    row |= {
        name: recipe[name]
        for name in ("model", "prompt", "steps", "guidance", "width", "height", "scheduler", "max_sequence_length")
    }
    row |= {
        "seed": str(recipe["seed"]),
        "recipe": dump(recipe),
        "loras": dump({use["name"]: use["strength"] for use in recipe["loras"]}),
        "coords": None if record.get("coords") is None else dump(record["coords"]),
        "environment": digest,
    }
    # The column names are those above, never text from a record.
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    changes = ", ".join(f"{name} = excluded.{name}" for name in row if name != "uid")
    db.execute(
        f"INSERT INTO generations ({names}) VALUES ({marks}) "  # noqa: S608
        f"ON CONFLICT (uid) DO UPDATE SET {changes} "
        "WHERE generations.status = 'started' OR (generations.status <> 'ok' AND excluded.status = 'ok')",
        row,
    )


def of_row(row: Mapping[str, Any]) -> Record:
    """The record of a database row that was read with `SELECT`."""
    record: Record = {"format": RECORD_FORMAT, **{name: row[name] for name in _PLAIN}}
    record |= {name: load(row[name]) for name in (*_JSON, "recipe")}
    record["coords"] = None if row["coords"] is None else load(row["coords"])
    record["environment"] = load(row["environment_body"])
    return record


#: Reads whole records; a WHERE clause over ``generations`` follows.
SELECT = (
    "SELECT generations.*, environments.body AS environment_body "
    "FROM generations JOIN environments ON environments.hash = generations.environment "
)
