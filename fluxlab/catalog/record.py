"""The record of a generation: one JSON-able mapping that goes into the image, the spool and the database row."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import NoneType
from typing import TYPE_CHECKING, Any

from fluxlab.blocks import flat_loras
from fluxlab.catalog import alive
from fluxlab.catalog.draft import Draft
from fluxlab.catalog.encoding import clean, dump, load, text_safe
from fluxlab.catalog.redact import redact
from fluxlab.errors import CatalogError, RecipeError
from fluxlab.recipe import Recipe

if TYPE_CHECKING:
    from sqlite_utils import Database

#: The meaning of a record changes with this number.
RECORD_FORMAT = 2
STATUSES = ("started", "ok", "failed", "interrupted", "crashed")
#: The source of images that fluxlab made itself.
OWN = "fluxlab"
_UID = re.compile(r"[0-9a-f]{32}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"objects/[0-9a-f]{2}/[0-9a-f]{64}\.png")
_JSON = ("effective", "files", "pipeline", "timings")
_HOT = ("uid", "key", "status", "created", "run", "error", "pixel_hash", "file_hash", "file_bytes")
_COLD = ("finished", "session", "step", "pid", "boot")
#: What `checked` takes besides None.
_KINDS: dict[type, tuple[str, ...]] = {
    str: ("key", "source", "created", "finished", "mode", "run", "session", "error", "pixel_hash", "file_hash", "boot"),
    int: ("file_bytes", "step", "pid"),
    dict: ("effective", "files", "pipeline", "timings", "environment", "coords", "imported"),
}
#: What an imported image may say, beside nothing.
_PARAMETER_KINDS: dict[tuple[type, ...], tuple[str, ...]] = {
    (str,): ("model", "prompt", "scheduler"),
    (int,): ("seed", "steps", "width", "height", "max_sequence_length"),
    (int, float): ("guidance",),
    (dict,): ("loras",),
}
_INTEGER_END = 2**63
#: Dates that a table of nanoseconds holds, in whole years.
_YEARS = (1970, 2262)
_PHASES = ("encode", "denoise", "decode", "write")
#: What a recipe, or an imported image as far as it says, gives the columns of the same names.
_PARAMETERS = ("model", "prompt", "steps", "guidance", "width", "height", "scheduler", "max_sequence_length")

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
        "source": OWN,
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
    check_kinds(record)
    path = record.get("path")
    if path is not None and not _PATH.fullmatch(str(path)):
        raise CatalogError("this fluxlab record names a file outside the image store: it was changed.")
    try:
        if record.get("imported") is None:
            Recipe(**record["recipe"])
        elif record.get("recipe") is not None or not are_parameters(parameters_of(record)):
            raise ValueError
        times = [record[name] for name in ("created", "finished") if record.get(name) is not None]
        if len(seconds(record["timings"])) != len(record["timings"]) or not all(map(_is_time, times)):
            raise ValueError
    except (AttributeError, KeyError, TypeError, ValueError, RecipeError):
        raise CatalogError("this fluxlab record has no valid recipe or date: it was changed.") from None
    return record


def check_kinds(record: Record) -> None:
    """Refuse a record with a part of another kind, such as a number where a text should be.

    Raises
    ------
    CatalogError
        With the name of the part.
    """
    for kind, names in _KINDS.items():
        for name in names:
            value = record.get(name)
            if not isinstance(value, (kind, NoneType)) or (isinstance(value, int) and abs(value) >= _INTEGER_END):
                raise CatalogError(f"this fluxlab record has a {name!r} that is no {kind.__name__}: it was changed.")


def _is_time(text: str) -> bool:
    """Whether this is a date with its zone that a table can hold."""
    moment = datetime.fromisoformat(text)
    return moment.tzinfo is not None and _YEARS[0] <= moment.year < _YEARS[1]


def are_parameters(values: Mapping[str, Any]) -> bool:
    """Whether what an imported image says fits the columns of the catalog."""
    for kinds, names in _PARAMETER_KINDS.items():
        for name in names:
            value = values.get(name)
            if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
                return False
            if isinstance(value, int) and name != "seed" and abs(value) >= _INTEGER_END:
                return False
    strengths = (values.get("loras") or {}).values()
    is_whole = all(isinstance(values.get(name), int) for name in ("width", "height"))
    return is_whole and isinstance(values["prompt"], str) and all(isinstance(each, (int, float)) for each in strengths)


def parameters_of(record: Record) -> Mapping[str, Any]:
    """The recipe's values; of an imported image, which has no recipe, what its own program wrote, by the same names."""
    imported = record.get("imported")
    found: Mapping[str, Any] = record["recipe"] if imported is None else imported["parameters"]
    return found


def path_of(file_hash: str) -> str:
    """Where an image lies, relative to the catalog's folder."""
    return f"objects/{file_hash[:2]}/{file_hash}.png"


def save(db: Database, record: Record) -> int:
    """Insert or finish the rows of a record, inside the caller's transaction; returns the row's id.

    A finished row is not changed, but for one: an image that is there after all wins over the note that it is not.
    """
    found = db.execute("SELECT id, status, prompt FROM generations WHERE uid = ?", [record["uid"]]).fetchone()
    if found is not None and not (found[1] == "started" or (found[1] != "ok" and record["status"] == "ok")):
        return int(found[0])
    hot, cold = _hot(record), _cold(db, record)
    # The column names are this module's own, never text from a record.
    if found is None:
        names, marks = ", ".join(hot), ", ".join(f":{name}" for name in hot)
        row = db.execute(f"INSERT INTO generations ({names}) VALUES ({marks})", hot).lastrowid  # noqa: S608
        names, marks = ", ".join(cold), ", ".join(f":{name}" for name in cold)
        db.execute(f"INSERT INTO details (id, {names}) VALUES (:id, {marks})", {"id": row, **cold})  # noqa: S608
        db.execute("INSERT INTO prompts (rowid, prompt) VALUES (?, ?)", [row, hot["prompt"]])
        return int(row or 0)
    row = int(found[0])
    if found[2] != hot["prompt"]:
        db.execute("INSERT INTO prompts (prompts, rowid, prompt) VALUES ('delete', ?, ?)", [row, found[2]])
        db.execute("INSERT INTO prompts (rowid, prompt) VALUES (?, ?)", [row, hot["prompt"]])
    for table, values in (("generations", hot), ("details", cold)):
        changes = ", ".join(f"{name} = :{name}" for name in values)
        db.execute(f"UPDATE {table} SET {changes} WHERE id = :id", {"id": row, **values})  # noqa: S608
    return row


def _hot(record: Record) -> dict[str, Any]:
    """The columns of ``generations``."""
    parameters = parameters_of(record)
    timings: Mapping[str, float] = record.get("timings") or {}
    seed = parameters.get("seed")
    row: dict[str, Any] = {name: record.get(name) for name in _HOT}
    row |= {name: parameters.get(name) for name in _PARAMETERS}
    row |= {f"seconds_{phase}": timings.get(phase) for phase in _PHASES}
    row |= {
        "source": record.get("source", OWN),
        "mode": record.get("mode") or "exact",
        "seed": None if seed is None else str(seed),
        "loras": dump(flat_loras(parameters.get("loras"))),
        "seconds_total": sum(timings[phase] for phase in _PHASES if phase in timings) if timings else None,
    }
    return {name: text_safe(value) if isinstance(value, str) else value for name, value in row.items()}


def _cold(db: Database, record: Record) -> dict[str, Any]:
    """The columns of ``details``; the environment gets its row where it has none yet."""
    environment = dump(record.get("environment", {}))
    digest = hashlib.sha256(environment.encode()).hexdigest()
    db.execute("INSERT OR IGNORE INTO environments (hash, body) VALUES (?, ?)", [digest, environment])
    row: dict[str, Any] = {name: record.get(name) for name in _COLD}
    if record["status"] != "started":
        row |= {"pid": None, "boot": None}
    row = {name: text_safe(value) if isinstance(value, str) else value for name, value in row.items()}
    row |= {name: dump(record.get(name, {})) for name in _JSON}
    row |= {name: None if record.get(name) is None else dump(record[name]) for name in ("recipe", "coords", "imported")}
    return row | {"environment": digest}


def of_row(row: Mapping[str, Any]) -> Record:
    """The record of a database row that was read with `SELECT`.

    Raises
    ------
    CatalogError
        When the row points nowhere, or holds what is no JSON.
    """
    if row["environment_body"] is None:
        raise strange(row["uid"], "its details or its environment are not there")
    record: Record = {"format": RECORD_FORMAT, **{name: row[name] for name in (*_HOT, *_COLD, "source", "mode")}}
    try:
        record |= {name: load(row[name]) for name in _JSON}
        record |= {name: None if row[name] is None else load(row[name]) for name in ("recipe", "coords", "imported")}
        record["environment"] = load(row["environment_body"])
    except CatalogError as error:
        raise strange(row["uid"], error) from None
    # Whoever made the row must not choose a file outside the store.
    is_place = isinstance(row["file_hash"], str) and _SHA256.fullmatch(row["file_hash"]) is not None
    record["path"] = path_of(row["file_hash"]) if is_place else None
    return record


def strange(uid: Any, reason: object) -> CatalogError:
    """The sentence on a row that is not as fluxlab writes it, as in a database that somebody changed."""
    return CatalogError(
        f"the row of generation {str(uid)[:8]} is not as fluxlab writes it ({str(reason).rstrip('.')}): run 'fluxlab "
        "fsck --rebuild', which reads it from its image again."
    )


#: Reads whole records; a WHERE clause over ``generations`` follows.
SELECT = (
    "SELECT generations.*, details.*, environments.body AS environment_body FROM generations "
    # What points nowhere is a row that cannot be read, not a generation that is not there.
    "LEFT JOIN details ON details.id = generations.id "
    "LEFT JOIN environments ON environments.hash = details.environment "
)
