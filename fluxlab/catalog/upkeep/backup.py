"""A copy of a catalog that was looked at after it was made: a backup that nobody checked is none."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import uuid
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from fluxlab.catalog import given
from fluxlab.catalog.database import connect, sentences
from fluxlab.catalog.plain_files import open_plain
from fluxlab.catalog.upkeep.quarantine import sync
from fluxlab.catalog.upkeep.report import EXAMPLES, printable
from fluxlab.catalog.upkeep.store import look, place_of
from fluxlab.catalog.upkeep.watch import Watch, unwatched
from fluxlab.errors import CatalogError

#: Small files that belong to the catalog and are in no table yet, or are kept beside it on purpose.
_BESIDE = ("spool", "marks")
#: Tables that mean something to a person.
_TOLD = ("generations", "runs", "scores", "tags", "notes")


@dataclass(frozen=True)
class Backup:
    """What a backup holds."""

    target: Path
    #: Rows of each table of the copy, which are as many as the original had at that moment.
    rows: dict[str, int]
    #: Images that were copied and compared with their hash; ``None`` where none were asked for.
    images: int | None
    #: Files of marks and of waiting records that were copied, byte for byte, whatever is in them.
    beside: int
    #: Files that were not copied: images whose bytes do not have the hash that is their name, and what cannot be read.
    left_out: tuple[str, ...]
    #: What lies among the marks and the waiting records and was not copied, with the reason.
    unread: tuple[str, ...]

    def __str__(self) -> str:
        counts = ", ".join(f"{self.rows[table]:,} {table}" for table in _TOLD if self.rows.get(table))
        lines = [
            f"{self.target}: the backup is made and checked"
            + (", but not everything is in it" if self.left_out or self.unread else ""),
            f"in it: the database ({counts or 'empty'}), {self.beside:,} files of marks and waiting records",
        ]
        if self.images is None:
            lines.append("not in it: the images (--images copies them too), nor anything in 'quarantine'")
        else:
            lines.append(f"in it: {self.images:,} images, each compared with its hash")
            lines.append("not in it: anything in 'quarantine', and files in 'objects' that fluxlab did not put there")
        if self.left_out:
            lines.append(f"left out: {len(self.left_out):,} damaged images, see 'fluxlab fsck --deep'")
            lines += [f"    {name}" for name in self.left_out[:EXAMPLES]]
        if self.unread:
            lines.append(f"left out: {len(self.unread):,} of marks and waiting records, which cannot be read")
            lines += [f"    {printable(what)}" for what in self.unread[:EXAMPLES]]
        return "\n".join(lines)


def backup(folder: str | Path, target: str | Path, *, images: bool = False, watch: Watch = unwatched) -> Backup:
    """Copy a catalog to a new folder, which can be opened as a catalog itself; other processes may write meanwhile.

    The database is copied by SQLite as it is at one moment, and then checked. The folder appears when all of it is
    there and on the disk, or not at all.

    Parameters
    ----------
    folder
        The catalog's folder.
    target
        A folder that does not exist yet, or is empty.
    images
        Also copy every image, and compare it with its hash. They are real copies, also on the same disk.
    watch
        Is given what is gone through, for a progress bar.

    Raises
    ------
    CatalogError
        When there is no catalog, the target is in use or inside it, the copy is not whole, or the disk is full.
    """
    folder, target = given.path("folder", folder).absolute(), given.path("target", target).absolute()
    partial = target.with_name(f"{target.name}.partial-{uuid.uuid4().hex}")
    try:
        _check(folder, target)
        (partial / "objects").mkdir(parents=True)
        beside, unread = _copy_beside(folder, partial)
        rows = _copy_database(folder / "catalog.db", partial / "catalog.db")
        copied, left_out = _copy_images(folder, partial, watch) if images else (None, [])
        sync(partial)
        partial.rename(target)
        _settle(target, partial)
    except OSError as error:
        if Path(str(error.filename)).is_relative_to(folder):
            raise CatalogError(
                f"no backup was made, because '{error.filename}' cannot be read ({error.strerror}): make it readable "
                "and try again."
            ) from error
        raise CatalogError(
            f"the backup cannot be written to '{target}' ({error.strerror or error}): free some space there, make it "
            "writable, or name another folder."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Backup(target, rows, copied, beside, tuple(left_out), tuple(unread))


def _check(folder: Path, target: Path) -> None:
    """Refuse what is no catalog, and what is no place for a backup of it."""
    if not (folder / "catalog.db").is_file():
        raise CatalogError(f"there is no catalog at '{folder}': name the folder that holds 'catalog.db'.")
    if target.resolve().is_relative_to(folder.resolve()):
        raise CatalogError(f"target='{target}' is inside the catalog: name a folder elsewhere, best on another disk.")
    if os.path.lexists(target) and (target.is_symlink() or not target.is_dir() or any(target.iterdir())):
        raise CatalogError(f"target='{target}' exists already and is left as it is: name a new folder.")


def _copy_database(source: Path, target: Path) -> dict[str, int]:
    """Copy one moment of a database, and compare the copy with it."""
    with sentences(source), connect(source) as db:
        # Both see the same moment: the counts, and the copy.
        db.conn.execute("BEGIN")
        expected = _count(db.conn)
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            db.conn.backup(copy)
    with sentences(target), closing(sqlite3.connect(target, isolation_level=None)) as copy:
        words = [word for (word,) in copy.execute("PRAGMA quick_check").fetchall()]
        found = _count(copy)
    if words != ["ok"] or found != expected:
        raise CatalogError(
            f"the copy of '{source}' is not whole ({words[0]}), so no backup was made: repair the catalog with "
            "'fluxlab fsck --repair' and try again."
        )
    sync(target.parent)
    return found


def _count(connection: sqlite3.Connection) -> dict[str, int]:
    names = [
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
            "AND name NOT LIKE 'prompts%' AND name NOT LIKE '%sqlite_%'"
        ).fetchall()
    ]
    return {name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}  # noqa: S608


def _copy_images(folder: Path, partial: Path, watch: Watch) -> tuple[int, list[str]]:
    copied = 0
    left_out = []
    found = look(folder).images
    for name in watch(found, what="copying images", total=len(found)):
        source = place_of(folder, name)
        try:
            with open_plain(source) as file:
                data = file.read()
        except FileNotFoundError:
            continue  # moved meanwhile
        except OSError:
            data = b""
        if hashlib.sha256(data).hexdigest() != name:
            left_out.append(source.relative_to(folder).as_posix())
            continue
        target = place_of(partial, name)
        target.parent.mkdir(exist_ok=True)
        _write(target, data)
        # Read again: what counts is what arrived.
        if hashlib.sha256(target.read_bytes()).hexdigest() != name:
            raise OSError(f"'{target.name}' was not written as it is; check that disk")
        copied += 1
    for shelf in (partial / "objects").iterdir():
        sync(shelf)
    sync(partial / "objects")
    return copied, left_out


def _copy_beside(folder: Path, partial: Path) -> tuple[int, list[str]]:
    """Copy marks and waiting records as they are, whatever is in them; how many, and what cannot be copied."""
    copied = 0
    unread = []
    for name in _BESIDE:
        try:
            paths = sorted((folder / name).iterdir())
        except FileNotFoundError:
            continue
        except NotADirectoryError as error:
            unread.append(f"{name}: {error.strerror}")
            continue
        (partial / name).mkdir()
        for path in paths:
            try:
                with open_plain(path) as file:
                    data = file.read()
            except FileNotFoundError:
                continue  # taken up meanwhile
            except OSError as error:
                unread.append(f"{name}/{path.name}: {error.strerror}")
                continue
            _write(partial / name / path.name, data)
            copied += 1
        sync(partial / name)
    return copied, unread


def _settle(target: Path, partial: Path) -> None:
    """Make the name of a backup durable, or take it back: what is reported as failed must not pass for a backup."""
    try:
        sync(target.parent)
    except OSError:
        with suppress(OSError):
            target.rename(partial)
        raise


def _write(target: Path, data: bytes) -> None:
    with target.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
