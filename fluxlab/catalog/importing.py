"""Images of other programs, and of other catalogs, taken into this one with everything that they say of themselves."""

from __future__ import annotations

import hashlib
import io
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from fluxlab.catalog import images
from fluxlab.catalog.adopt import record_in, take
from fluxlab.catalog.database import connect, immediate, sentences
from fluxlab.catalog.encoding import dump
from fluxlab.catalog.formats import Foreign, embed_record, read_foreign
from fluxlab.catalog.formats.png import chunks
from fluxlab.catalog.formats.xmp import MADE_BY_MODEL
from fluxlab.catalog.record import OWN, RECORD_FORMAT, Record, checked, fluxlab_version, now, path_of
from fluxlab.catalog.redact import redact
from fluxlab.errors import CatalogError

#: The source of images that carry a record of fluxlab, but not its pixels any more.
EDITED = "fluxlab-edited"
#: The source of images that do not say what made them.
_UNKNOWN = "unknown"
BYTES_MAX = 256 * 2**20
_BATCH = 64
#: Writing waits for the disk more than it computes; more than the cores are useful.
_THREADS = 4
#: The year 2200.
_CLOCK_END = 7_258_118_400.0
_WHOLE_MAX = 2**31
#: Parameters that are counts: what is no sensible count is kept beside, not in the columns.
_COUNTS = ("steps", "max_sequence_length")
_HAD = {
    name: f"SELECT {name}, file_hash, file_bytes FROM generations "  # noqa: S608  (own words)
    f"WHERE {name} IN (SELECT value FROM json_each(?)) AND status = 'ok'"
    for name in ("key", "uid")
}


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes
    ----------
    uids : tuple of str
        Generations that are new in the catalog, in the order of their files.
    known : int
        Files that the catalog had already.
    skipped : tuple of (Path, str)
        Files that were not taken, and why.
    sources : dict
        How many of the new ones each program made.
    """

    uids: tuple[str, ...]
    known: int
    skipped: tuple[tuple[Path, str], ...]
    sources: dict[str, int]

    def __str__(self) -> str:
        made = ", ".join(f"{count} from {source}" for source, count in sorted(self.sources.items()))
        parts = [f"{len(self.uids)} imported{f' ({made})' if made else ''}"]
        parts += [f"{self.known} known already"] if self.known else []
        parts += [f"{len(self.skipped)} skipped"] if self.skipped else []
        return ", ".join(parts)


@dataclass(frozen=True)
class InMemory:
    """An image that is no file here.

    Parameters
    ----------
    name
        What it is called where it comes from.
    data
        Its bytes.
    """

    name: str
    data: bytes


@dataclass(frozen=True)
class _Key:
    """An image and the key that it is known by; where there is none, the text says why."""

    source: Path | InMemory
    text: str
    found: bool

    @property
    def path(self) -> Path:
        """What people know it by."""
        return self.source if isinstance(self.source, Path) else Path(self.source.name)


@dataclass(frozen=True)
class _Taken:
    """An image ready for the store and its record, which still lacks the place."""

    record: Record
    data: bytes


def import_images(
    folder: Path, database: Path, sources: Sequence[Path | InMemory], *, progress: Callable[[int], None] | None = None
) -> ImportReport:
    """Take images into the catalog; the files themselves are only read.

    A PNG is kept as it is, with its record put in beside its own texts; its checksums are looked at, but its pixels are
    not decoded, which would take several times as long: ``fsck --deep`` does. JPEG and WebP become PNGs with the same
    pixels, because everything in the store is a PNG that carries its record.

    Parameters
    ----------
    folder, database
        The catalog's folder and its ``catalog.db``.
    sources
        Image files, or bytes.
    progress
        Called with the number of files done, as they are.

    Raises
    ------
    CatalogError
        When the catalog cannot be written; what was imported before stays.
    """
    uids: list[str] = []
    made_by: dict[str, int] = {}
    skipped: list[tuple[Path, str]] = []
    known = done = 0
    had: set[str] = set()
    paths_of: dict[str, Path] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for start in range(0, len(sources), _BATCH):
            part = sources[start : start + _BATCH]
            # Asked for the whole batch at once: to open the database for each file takes longer than to read the file.
            keys = list(pool.map(_key, part))
            had |= _known(folder, database, "key", [key.text for key in keys if key.found])
            new = {key.text: key for key in reversed(keys) if key.found and key.text not in had}
            taken = dict(zip(new, pool.map(_taken, new.values()), strict=True))
            uids_taken = [each.record["uid"] for each in taken.values() if isinstance(each, _Taken)]
            own = _known(folder, database, "uid", uids_taken) | set(uids)
            fresh: dict[str, _Taken] = {}
            for key in keys:
                each = taken.pop(key.text, None) if key.found else key.text
                if isinstance(each, str):
                    skipped.append((key.path, each))
                elif each is None or each.record["uid"] in own:
                    known += 1
                else:
                    own.add(each.record["uid"])
                    fresh[each.record["uid"]] = each
                    paths_of[each.record["uid"]] = key.path
            had |= new.keys()
            records = list(pool.map(_kept, repeat(folder), fresh.values()))
            with sentences(database), connect(database) as db, immediate(db):
                for record in records:
                    try:
                        take(db, record)
                    except CatalogError as error:
                        skipped.append((paths_of[record["uid"]], str(error)))
                        continue
                    uids.append(record["uid"])
                    made_by[record["source"]] = made_by.get(record["source"], 0) + 1
            done += len(part)
            if progress is not None:
                progress(done)
    return ImportReport(tuple(uids), known, tuple(skipped), made_by)


def uid_of(database: Path, image: InMemory) -> str | None:
    """The uid under which the catalog has an image already; none where it does not."""
    key = _key(image)
    with sentences(database), connect(database) as db:
        row = db.execute("SELECT uid FROM generations WHERE key = ?", [key.text]).fetchone()
        if row is None:
            taken = _taken(key)
            bound = [taken.record["uid"]] if isinstance(taken, _Taken) else [None]
            row = db.execute("SELECT uid FROM generations WHERE uid = ?", bound).fetchone()
    return None if row is None else str(row[0])


def _key(path: Path | InMemory) -> _Key:
    """What an image is known by, or why it is not taken."""
    if isinstance(path, InMemory):
        return _Key(path, f"import:{hashlib.sha256(path.data).hexdigest()}", found=True)
    try:
        if path.stat().st_size > BYTES_MAX:
            return _Key(path, f"it is larger than {BYTES_MAX // 2**20} MiB", found=False)
        with path.open("rb") as file:
            return _Key(path, f"import:{hashlib.file_digest(file, 'sha256').hexdigest()}", found=True)
    except OSError as error:
        return _Key(path, f"it cannot be read ({error.strerror})", found=False)


def _known(folder: Path, database: Path, column: str, values: Sequence[str]) -> set[str]:
    """Those of the keys or uids whose image the catalog has, the file included: one that is lost may come back."""
    with sentences(database), connect(database) as db:
        rows = db.execute(_HAD[column], [json.dumps(list(values))]).fetchall()
    return {str(value) for value, file_hash, size in rows if _is_there(folder, file_hash, size)}


def _is_there(folder: Path, file_hash: str, size: int) -> bool:
    try:
        return (folder / path_of(file_hash)).stat().st_size == size
    except (OSError, TypeError):
        return False


def _taken(key: _Key) -> _Taken | str:
    """An image ready for the store, or why it is not taken."""
    try:
        data = key.source.data if isinstance(key.source, InMemory) else key.source.read_bytes()
        with Image.open(io.BytesIO(data), formats=["PNG", "JPEG", "WEBP"]) as image:
            return _from(image, data, key)
    except CatalogError as error:
        return str(error)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return f"it cannot be read as an image ({_reason(error)})"


def _kept(folder: Path, taken: _Taken) -> Record:
    """The record of an image that is in the store now."""
    try:
        kept = images.store(folder, taken.data)
    except OSError as error:
        raise CatalogError(
            f"the import stopped, because '{folder}' cannot be written ({error.strerror}): free some space or make the "
            "folder writable and import again, which goes on with the rest."
        ) from error
    return taken.record | {"path": path_of(kept.sha256), "file_hash": kept.sha256, "file_bytes": kept.size}


def _from(image: Image.Image, data: bytes, key: _Key) -> _Taken:
    """What becomes of a file: our own record as it is, or a new one around what its program wrote."""
    kind, size = str(image.format), image.size
    ours = record_in(image) if kind == "PNG" else None
    if ours is not None and _is_unchanged(ours, image, data):
        return _Taken({"source": OWN, **ours}, data)
    notes: list[str] = []
    if ours is not None:
        notes.append("it carries a record of fluxlab, but its pixels were changed since: the record is kept as text.")
    found = read_foreign(data) or Foreign(_UNKNOWN)
    if kind == "PNG":
        _check(data)
    else:
        upright = _upright(image, notes)
        # A photograph must not turn into the work of a model.
        says_so = found.tool != _UNKNOWN or any(MADE_BY_MODEL in text for text in found.raw.values())
        data, size = images.encode_png(upright, {}, made_by_model=says_so), upright.size
    record = _record(key, kind, size, found, notes)
    record["imported"]["pixels"] = _compressed_hash(data)
    return _Taken(checked(record), embed_record(data, dump(record), replace=True))


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "it is no PNG, JPEG or WebP, or is damaged"
    return str(getattr(error, "strerror", None) or error)


def _upright(image: Image.Image, notes: list[str]) -> Image.Image:
    if getattr(image, "n_frames", 1) > 1:
        notes.append("it is an animation: its first picture was kept.")
    turned = ImageOps.exif_transpose(image)
    return turned if turned.mode in {"RGB", "RGBA", "L"} else turned.convert("RGB")


def _record(key: _Key, kind: str, size: tuple[int, int], found: Foreign, notes: Sequence[str]) -> Record:
    parameters, extra = dict(found.parameters), dict(found.extra)
    notes = [*notes, *found.notes]
    for name in _COUNTS:
        value = parameters.get(name)
        if value is not None and not 0 <= value < _WHOLE_MAX:
            extra[name] = parameters.pop(name)
            notes.append(f"{name}={value} is no number that an image can have: it is kept among the extras.")
    stated = tuple(parameters.get(side, real) for side, real in zip(("width", "height"), size, strict=True))
    enlarged = any(name.startswith("Hires ") for name in extra)  # A1111 states the size before it
    if stated != size and not enlarged:
        notes.append(f"it says {stated[0]} x {stated[1]} pixels, but has {size[0]} x {size[1]}: it was resized since.")
    parameters |= {"width": size[0], "height": size[1], "prompt": parameters.get("prompt", "")}
    if sampler := " ".join(str(parameters[name]) for name in ("sampler", "scheduler_name") if parameters.get(name)):
        parameters["scheduler"] = sampler
    if any(redact(text) != text for text in found.raw.values()):
        notes.append(
            "its texts hold what looks like a credential or a home folder: strip the image before you share it."
        )
    sha256, created = key.text.removeprefix("import:"), _created(key.source)
    return {
        "format": RECORD_FORMAT,
        "software": f"fluxlab {fluxlab_version()}",
        # The same file has the same uid in every catalog.
        "uid": hashlib.sha256(f"fluxlab {key.text}".encode()).hexdigest()[:32],
        "key": key.text,
        "status": "ok",
        "source": EDITED if found.tool == OWN else found.tool,
        "created": created,
        # Nothing of now: the same file gives the same bytes, whoever imports it, and is stored once.
        "finished": created,
        "recipe": None,
        "imported": {
            "tool": found.tool,
            "parameters": parameters,
            "extra": extra,
            "raw": dict(found.raw),
            "notes": notes,
            "name": key.path.name,
            "kind": kind,
            "sha256": sha256,
        },
        "effective": {},
        "files": {},
        "environment": {},
        "pipeline": {},
        "timings": {},
        "mode": "exact",
        "run": None,
        "coords": None,
        "session": None,
    }


def _is_unchanged(record: Record, image: Image.Image, data: bytes) -> bool:
    """Whether a record still belongs to the pixels that it came with."""
    imported = record.get("imported")
    if imported is not None:
        return bool(imported.get("pixels") == _compressed_hash(data))
    return images.pixel_hash(image) == record.get("pixel_hash")


def _compressed_hash(data: bytes) -> str:
    """SHA-256 of a PNG's header and pixels as they are compressed: no pixel is decoded, which would take most time."""
    found = hashlib.sha256()
    for kind, whole in _whole_chunks(data):
        if kind in {b"IHDR", b"PLTE", b"IDAT"}:
            found.update(whole)
    return found.hexdigest()


def _created(source: Path | InMemory) -> str:
    """When the file was written; a clock that was wrong is not believed. Bytes alone are as old as their arrival."""
    if isinstance(source, InMemory):
        return now()
    seconds = min(max(0.0, source.stat().st_mtime), _CLOCK_END)
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def _check(data: bytes) -> None:
    """Refuse a PNG that is cut or has a chunk whose checksum is wrong; its pixels are not decoded."""
    for kind, whole in _whole_chunks(data):
        if zlib.crc32(whole[4:-4]).to_bytes(4, "big") != whole[-4:]:
            raise CatalogError(f"its part '{kind.decode('latin-1')}' is damaged: import an undamaged copy")


def _whole_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    try:
        yield from chunks(data)
    except CatalogError as error:
        raise CatalogError(str(error).rstrip(".")) from None
