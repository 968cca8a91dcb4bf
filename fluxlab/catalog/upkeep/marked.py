"""Tags, stars and notes as they lie beside the database, in ``marks/<uid>.json``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fluxlab.catalog.encoding import load, text_safe
from fluxlab.catalog.upkeep.head import open_plain
from fluxlab.errors import CatalogError

_NAME = re.compile(r"([0-9a-f]{32})\.json")
_BYTES_MAX = 2**20
_FORMAT = 1


@dataclass(frozen=True)
class Marks:
    """What a person said of one image."""

    uid: str
    tags: tuple[str, ...]
    stars: int | None
    note: str | None
    written: str


def marks_of(folder: Path) -> Iterator[Marks | None]:
    """All marks of a catalog's folder; ``None`` for each file that cannot be read."""
    try:
        paths = sorted(path for path in (folder / "marks").iterdir() if _NAME.fullmatch(path.name))
    except (FileNotFoundError, NotADirectoryError):
        return
    for path in paths:
        try:
            yield _read(path)
        except (OSError, CatalogError, TypeError, ValueError):
            yield None


def _read(path: Path) -> Marks:
    with open_plain(path) as file:
        data = file.read(_BYTES_MAX + 1)
    if len(data) > _BYTES_MAX:
        raise ValueError
    values = load(data)
    if not isinstance(values, dict) or not isinstance(values.get("tags") or [], list):
        raise TypeError
    stars, note, tags = values.get("stars"), values.get("note"), values.get("tags") or []
    if values.get("format") != _FORMAT or values.get("uid") != path.stem:
        raise ValueError
    if not all(isinstance(tag, str) for tag in tags):
        raise ValueError
    if not (stars is None or (type(stars) is int and 1 <= stars <= 5)) or not isinstance(note, str | None):
        raise ValueError
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="microseconds")
    return Marks(path.stem, tuple(map(text_safe, tags)), stars, None if note is None else text_safe(note), written)
