"""A connection on which hostile text can only read, for a limited time, and what went wrong as a sentence."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from fluxlab.catalog.columns import FURTHER, USUAL
from fluxlab.catalog.database import TIMEOUT, address, connect, readable, sentence, sentences
from fluxlab.errors import CatalogError, nearest

#: Of the processor, not of the clock: where a model is at work beside it, an honest query may wait for long.
SECONDS_MAX = 60.0
#: Longer texts than this are not made inside a query: ``zeroblob(1e9)`` would take the memory of the notebook.
LENGTH_MAX = 64 * 2**20
#: Pages that a reader keeps, in KiB: lookups by uid go everywhere in the file, and the default is 2 MB.
_CACHE = 64 * 1024
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
#: They load code, or hand out addresses of it. bm25, highlight and snippet of full-text search only read.
_REFUSED = {"load_extension", "fts3_tokenizer", "fts5"}
_TEXT_MAX = 120


@dataclass(frozen=True)
class Asked:
    """The text that a person wrote, for the sentences about it.

    Parameters
    ----------
    name
        The argument that it was given as.
    text
        What it holds.
    kind
        What it should be: ``"a condition"`` or ``"a query"``.
    example
        Such a text that works.
    """

    name: str
    text: str
    kind: str
    example: str

    def __str__(self) -> str:
        text = self.text if len(self.text) <= _TEXT_MAX else self.text[: _TEXT_MAX - 3] + "..."
        return f"{self.name}={text!r}"

    def misread(self, reason: str) -> str:
        """The sentence for a text that SQLite does not understand."""
        why = reason.rstrip(".")
        return f"{self} is not {self.kind} that SQLite understands ({why}): write one such as {self.example}."


@contextmanager
def reading(
    path: Path, asked: Asked | None, *, view: str | None = None, aggregates: Mapping[str, type] | None = None
) -> Iterator[sqlite3.Connection]:
    """A connection that can read this one file, as it is at the first query, and nothing else.

    Parameters
    ----------
    path
        Of ``catalog.db``.
    asked
        What a person wrote, when the query holds such a text.
    view
        A statement of this package that makes a temporary view, for this connection alone.
    aggregates
        Functions that SQLite lacks, by name; they take one value.

    Raises
    ------
    CatalogError
        For every error of SQLite inside the block.
    """
    try:
        # What a killed writer left is rolled back first: a read-only connection cannot do it.
        with sentences(path), connect(path) as db:
            db.execute("SELECT 1 FROM generations LIMIT 1").fetchone()
        place = address(path, "mode=ro")
        with closing(sqlite3.connect(place, uri=True, timeout=TIMEOUT, isolation_level=None)) as connection:
            connection.text_factory = readable
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA mmap_size=0")
            connection.execute(f"PRAGMA cache_size=-{_CACHE}")
            if hasattr(connection, "setconfig") and (strict := getattr(sqlite3, "SQLITE_DBCONFIG_DQS_DML", None)):
                # From Python 3.12 on SQLite can be told that a name in double quotes is never a text.
                connection.setconfig(strict, False)
            if view is not None:
                connection.execute(view)
            for name, kind in (aggregates or {}).items():
                connection.create_aggregate(name, 1, kind)
            connection.execute("PRAGMA query_only=ON")
            # What these tables need when they are first used is not let through afterwards.
            connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchone()
            connection.execute("SELECT rowid FROM prompts WHERE prompts MATCH '\"x\"' LIMIT 1").fetchone()
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LENGTH_MAX)
            # From the first row to the last count, one state: what others write meanwhile is not there.
            connection.execute("BEGIN")
            connection.set_authorizer(_authorize)
            deadline = time.thread_time() + SECONDS_MAX
            connection.set_progress_handler(lambda: int(time.thread_time() > deadline), 10_000)
            yield connection
    except sqlite3.Warning as error:  # Python 3.11 says so of two statements in one text
        raise CatalogError(_misread(str(error), asked)) from error
    except ValueError as error:  # a lone surrogate, and in some versions of Python a NUL
        raise CatalogError(_character(str(error))) from None
    except sqlite3.Error as error:
        raise CatalogError(_reason(error, asked) or sentence(error, path)) from error


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and str(second).lower() in _REFUSED:
        return sqlite3.SQLITE_DENY
    # Full-text search asks whether the file has changed.
    if action == sqlite3.SQLITE_PRAGMA and first == "data_version" and second is None:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _reason(error: sqlite3.Error, asked: Asked | None) -> str | None:
    """A sentence where the text is to blame; ``None`` where the file is."""
    name, text = str(getattr(error, "sqlite_errorname", "") or ""), str(error)
    if "null character" in text:
        return _character(text)
    if name == "SQLITE_INTERRUPT":
        return f"the query took longer than {SECONDS_MAX:g} s of processor time and was stopped: ask for less at once."
    if name == "SQLITE_TOOBIG":
        return f"the query makes a text of more than {LENGTH_MAX >> 20} MiB: ask for less at once."
    if asked is None or name not in {"", "SQLITE_ERROR", "SQLITE_AUTH", "SQLITE_MISMATCH"}:
        return None
    if name == "SQLITE_AUTH" or "prohibited" in text or "not authorized" in text:
        return f"{asked} is not allowed: {asked.kind} may only read."
    if "no such column" in text:
        missing = text.rpartition(": ")[2]
        hint = nearest(missing, [*USUAL, *FURTHER])
        return f"{asked} names the column {missing!r}, which the catalog does not have.{hint}"
    if "binding" in text.lower():
        return f"{asked} misses a value ({text.rstrip('.')}): give it in params={{'name': value}}."
    return asked.misread(text)


def _misread(text: str, asked: Asked | None) -> str:
    return text if asked is None else asked.misread(text)


def _character(text: str) -> str:
    return f"the query holds a character that SQLite does not take ({text})."
