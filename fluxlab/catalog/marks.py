"""Tags, stars and notes: what a person says of an image, kept beside the database too, so that it may be lost."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fluxlab.catalog.encoding import dump, is_unicode, load
from fluxlab.catalog.images import write_durably
from fluxlab.catalog.plain_files import json_files, open_plain
from fluxlab.catalog.record import now
from fluxlab.errors import CatalogError, brief

if TYPE_CHECKING:
    from sqlite_utils import Database

FORMAT = 1
TAG_MAX, NOTE_MAX = 100, 100_000
#: The tag of images that were sorted out.
REJECTED = "rejected"
_FOLDER = "marks"
_BYTES_MAX = 2**20
_UID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Marks:
    """What a person says of one generation.

    Parameters
    ----------
    uid
        Of the generation.
    tags
        In alphabetical order.
    stars
        1 to 5, or none.
    note
        Any text, or none.
    written
        When, where it comes from a file: then it is not said now.
    """

    uid: str
    tags: tuple[str, ...] = ()
    stars: int | None = None
    note: str | None = None
    written: str | None = None

    def tagged(self, more: Iterable[str], fewer: Iterable[str] = ()) -> Marks:
        """The marks with some tags more and some fewer."""
        return replace(self, tags=tuple(sorted({*self.tags, *more} - set(fewer))))


#: The marks of a file, or the path of one that cannot be read and the reason.
Found = Marks | tuple[Path, Exception]


def checked_tags(tags: Iterable[Any]) -> tuple[str, ...]:
    """Tags without the space around them.

    Raises
    ------
    CatalogError
        For one that is empty, too long, or has a comma or a control character in it; and for none at all.
    """
    out = []
    for tag in tags:
        text = tag.strip() if isinstance(tag, str) else ""
        if not text or len(text) > TAG_MAX or "," in text or not text.isprintable():
            raise CatalogError(
                f"tag={brief(tag)} is not allowed: a tag is a word or a few, at most {TAG_MAX} characters without "
                "commas; give several tags one by one."
            )
        out.append(text)
    if not out:
        raise CatalogError("no tag is given: write at least one, such as tag(uid, 'keeper').")
    return tuple(dict.fromkeys(out))


def checked_stars(stars: Any) -> int | None:
    """1 to 5, or ``None``.

    Raises
    ------
    CatalogError
        For anything else.
    """
    number = stars.item() if hasattr(stars, "item") else stars
    if number is None or (isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= 5):
        return number
    raise CatalogError(f"stars={brief(stars)} is not allowed: give 1 to 5, or None to take them away.")


def checked_note(note: Any) -> str | None:
    """The text, or ``None`` where it is empty.

    Raises
    ------
    CatalogError
        For anything that is not text, for a text that is too long, and for half a character, which no file takes.
    """
    if note is None:
        return None
    if not isinstance(note, str):
        raise CatalogError(f"note={brief(note)} is not text: write it in quotes, or None to take it away.")
    if len(note) > NOTE_MAX:
        raise CatalogError(f"the note has {len(note):,} characters: write at most {NOTE_MAX:,}.")
    if not is_unicode(note):
        raise CatalogError(f"note={brief(note)} holds half of a surrogate pair, which is no character: write it whole.")
    return note if note.strip() else None


def of(db: Database, uid: str) -> Marks:
    """The marks of a generation that is in the catalog."""
    stars, note = db.execute(
        "SELECT stars, (SELECT note FROM notes WHERE notes.uid = generations.uid) FROM generations WHERE uid = ?", [uid]
    ).fetchone()
    tags = db.execute("SELECT tag FROM tags WHERE uid = ? ORDER BY tag", [uid]).fetchall()
    return Marks(uid, tuple(tag for (tag,) in tags), stars, note)


def place(folder: Path, uid: str) -> Path:
    """Where the marks of a generation lie beside the database."""
    return folder / _FOLDER / f"{uid}.json"


def beside(folder: Path, marks: Marks) -> Marks:
    """The marks of a generation that is in the catalog, or of its file where the database has none.

    A database that was made anew while the file could not be read lacks them; to mark the generation again must not
    write over them.

    Raises
    ------
    OSError
        When the file is there and cannot be read.
    """
    if marks != Marks(marks.uid):
        return marks
    try:
        return replace(_read(place(folder, marks.uid)), written=None)
    except (FileNotFoundError, CatalogError):
        return marks


def put(db: Database, folder: Path, marks: Marks) -> None:
    """Keep marks durably beside the database, then in it, inside the caller's transaction.

    The file comes first: what is acknowledged after the commit is then in both.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    keep_beside(folder, marks)
    _write(db, marks)


def keep_beside(folder: Path, marks: Marks) -> None:
    """Keep marks durably beside the database.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    body = {"format": FORMAT, "uid": marks.uid, "tags": list(marks.tags), "stars": marks.stars, "note": marks.note}
    # A generation without marks keeps its file: one that is only deleted may come back after a power cut.
    write_durably(place(folder, marks.uid), dump(body).encode("utf-8"), folder / "objects" / "tmp")


def marked(connection: sqlite3.Connection) -> list[str]:
    """The uids of all generations that have marks in the database."""
    return [
        uid
        for (uid,) in connection.execute(
            "SELECT uid FROM generations WHERE stars IS NOT NULL UNION SELECT uid FROM tags UNION SELECT uid FROM notes"
        ).fetchall()
    ]


def files(folder: Path) -> Iterator[Found]:
    """The marks that lie beside the database; for a file that cannot be read, its path and the reason."""
    try:
        paths = json_files(folder / _FOLDER)
    except OSError as error:
        yield folder / _FOLDER, error
        return
    for path in paths:
        try:
            yield _read(path)
        except (OSError, CatalogError) as error:
            yield path, error


def is_readable(path: Path) -> bool:
    """Whether a file holds marks."""
    try:
        _read(path)
    except (OSError, CatalogError):
        return False
    return True


def restore(db: Database, found: Iterable[Found]) -> tuple[int, int]:
    """Write the marks that lie beside the database to the rows that are there, inside the caller's transaction.

    Parameters
    ----------
    db
        The catalog.
    found
        From `files`.

    Returns
    -------
    tuple of int
        How many generations got theirs, and how many files could not be read or belong to none; the former with a
        warning each.
    """
    given = left = 0
    for marks in found:
        if not isinstance(marks, Marks):
            warnings.warn(f"the marks in '{marks[0]}' are passed over: {marks[1]}", stacklevel=2)
            left += 1
        elif db.execute("SELECT 1 FROM generations WHERE uid = ?", [marks.uid]).fetchone() is None:
            left += 1
        else:
            _write(db, marks)
            given += 1
    return given, left


def counts(db: Database) -> dict[str, int]:
    """How many generations have each tag."""
    return dict(db.execute("SELECT tag, count(*) FROM tags GROUP BY tag ORDER BY tag").fetchall())


def _write(db: Database, marks: Marks) -> None:
    db.execute("UPDATE generations SET stars = ? WHERE uid = ?", [marks.stars, marks.uid])
    db.execute(
        "DELETE FROM tags WHERE uid = ? AND tag NOT IN (SELECT value FROM json_each(?))",
        [marks.uid, json.dumps(marks.tags)],
    )
    for tag in marks.tags:
        db.execute(
            "INSERT OR IGNORE INTO tags (tag, uid, created) VALUES (?, ?, ?)", [tag, marks.uid, marks.written or now()]
        )
    if marks.note is None:
        db.execute("DELETE FROM notes WHERE uid = ?", [marks.uid])
    else:
        db.execute(
            "INSERT INTO notes (uid, note, created) VALUES (?, ?, ?) "
            "ON CONFLICT (uid) DO UPDATE SET note = excluded.note, created = excluded.created "
            "WHERE note <> excluded.note",
            [marks.uid, marks.note, marks.written or now()],
        )


def _read(path: Path) -> Marks:
    with open_plain(path) as file:
        data = file.read(_BYTES_MAX + 1)
        written = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC).isoformat(timespec="microseconds")
    if len(data) > _BYTES_MAX:
        raise CatalogError("it is too large.")
    marks = _checked(load(data))
    if marks.uid != path.stem:
        raise CatalogError("it is named after another generation.")
    return replace(marks, written=written)


def _checked(body: Any) -> Marks:
    if not isinstance(body, dict) or body.get("format") != FORMAT or not isinstance(body.get("tags"), list):
        raise CatalogError(f"it does not hold marks of format {FORMAT}.")
    if not _UID.fullmatch(str(body.get("uid"))):
        raise CatalogError("it has no valid uid.")
    tags = checked_tags(body["tags"]) if body["tags"] else ()
    return Marks(body["uid"], tuple(sorted(tags)), checked_stars(body.get("stars")), checked_note(body.get("note")))
