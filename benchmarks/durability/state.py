"""What a catalog's folder holds, put so that two of them can be compared."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from fluxlab.catalog.images import stored_images

#: Nothing that depends on when something was settled.
_ROWS = """SELECT uid, key, status, prompt, seed, stars, pixel_hash, file_hash, file_bytes, timings, imported, recipe
    FROM generations JOIN details USING (id) ORDER BY uid"""
_BESIDE = ("SELECT uid, tag FROM tags ORDER BY 1, 2", "SELECT uid, note FROM notes ORDER BY 1")


def state(folder: Path) -> dict[str, Any]:
    """The rows, the images, the marks, and what waits or was set aside."""
    with closing(sqlite3.connect(folder / "catalog.db")) as db:
        rows, tags, notes = (db.execute(query).fetchall() for query in (_ROWS, *_BESIDE))
    return {
        "rows": rows,
        "tags": tags,
        "notes": notes,
        "images": [path.name for path in stored_images(folder)],
        "marks": _texts(folder / "marks"),
        "spool": _texts(folder / "spool"),
        "quarantine": _set_aside(folder),
    }


def differences(found: dict[str, Any], expected: dict[str, Any], *, but: tuple[str, ...] = ()) -> list[str]:
    """Where two states differ, in words."""
    broken = []
    for name in expected.keys() - set(but):
        here, there = (list(each.items()) if isinstance(each, dict) else each for each in (found[name], expected[name]))
        if here != there:
            more, fewer = ([each for each in one if each not in two] for one, two in ((here, there), (there, here)))
            broken.append(f"{name} are {_short(more)} instead of {_short(fewer)}")
    return broken


def files(folder: Path) -> dict[str, bytes]:
    """Every file with its bytes, but for those of the database."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith("catalog.db")
    }


def torn_images(folder: Path) -> list[str]:
    """Images of the store whose bytes are not those of their name."""
    return [path.name for path in stored_images(folder) if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem]


def _texts(folder: Path) -> dict[str, Any]:
    found = {}
    for path in sorted(folder.glob("*.json")):
        text = path.read_text(encoding="utf-8")
        try:
            found[path.name] = json.loads(text)
        except ValueError:
            found[path.name] = text
    return found


def _set_aside(folder: Path) -> list[tuple[str, str]]:
    """Where each file of the quarantine came from, and the hash of its bytes; databases differ by their history."""
    found = []
    for note in (folder / "quarantine").rglob("*.json"):
        kept = note.with_suffix("")
        if kept.is_file() and not kept.name.startswith("catalog."):
            origin = json.loads(note.read_text(encoding="utf-8"))["from"]
            found.append((origin, hashlib.sha256(kept.read_bytes()).hexdigest()))
    return sorted(found)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 400 else f"{text[:400]}…"
