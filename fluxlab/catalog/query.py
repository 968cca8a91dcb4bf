"""The catalog as a DataFrame: filters and conditions are bound, and hostile text can only read."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fluxlab.catalog.columns import FURTHER, NUMBER, TEXT, TIME, USUAL, WHOLE, Column, chosen, column
from fluxlab.catalog.database import TIMEOUT, connect, sentence
from fluxlab.catalog.encoding import plain, text_safe
from fluxlab.catalog.record import STATUSES
from fluxlab.errors import CatalogError, nearest

if TYPE_CHECKING:
    import pandas as pd

SECONDS_MAX = 60.0
#: SQLite binds at most 32,766 values in a statement.
_ALONE_MAX = 10_000
_CHARACTER = "a character that SQLite does not take"
_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


def frame(
    path: Path,
    filters: Mapping[str, Any],
    *,
    status: str | Sequence[str] | None = "ok",
    where: str | None = None,
    params: Mapping[str, Any] | None = None,
    columns: Sequence[str] | None = None,
    limit: int | None = None,
) -> pd.DataFrame:
    """One row an image, oldest first; see `Catalog.df`."""
    import pandas as pd

    wanted = chosen(columns)
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise CatalogError(f"limit={limit!r} is not allowed: it must be a whole number of rows, or None for all.")
    query = _Query(filters, where, params)
    statuses = _statuses(status)
    with _reading(path, where) as connection:
        count = query.count(connection, statuses)
        hidden = (
            [] if statuses is None else [word for word in ("failed", "interrupted", "crashed") if word not in statuses]
        )
        hidden_failed = query.count(connection, hidden) if hidden else 0
        rows = query.rows(connection, statuses, wanted, limit)
    data = {item.name: _series([row[place] for row in rows], item.dtype) for place, item in enumerate(wanted, start=1)}
    index = pd.Index(pd.array([row[0] for row in rows], dtype="string"), name="uid")
    table = pd.DataFrame({name: pd.Series(values, index=index) for name, values in data.items()}, index=index)
    table.attrs = {
        "query": {"filters": plain(dict(filters)), "status": plain(status), "where": where, "limit": limit},
        "count": count,
        "hidden_failed": hidden_failed,
        "truncated": len(rows) < count,
    }
    return table


class _Query:
    """The condition of one `frame`, and the values it binds."""

    def __init__(self, filters: Mapping[str, Any], where: str | None, params: Mapping[str, Any] | None) -> None:
        self.bound: dict[str, Any] = {}
        self.conditions: list[str] = []
        names = {item.name for item in (*USUAL.values(), *FURTHER.values())} | {"uid"}
        self.inner = [column(name) for name in sorted(names | set(filters))]
        for name, value in filters.items():
            self.conditions.append(self._filter(column(name), value))
        if where is not None:
            if not isinstance(where, str) or not where.strip():
                raise CatalogError(f"where={where!r} is not a condition: write one such as 'guidance > :g'.")
            self.conditions.append(f"(\n{where}\n)")
        for name, value in (params or {}).items():
            if not str(name).isidentifier() or str(name).startswith("_"):
                raise CatalogError(f"params names {name!r}: use a plain word, as in where='steps > :low'.")
            self.bound[name] = self._value(value, name)

    def rows(
        self, connection: sqlite3.Connection, statuses: list[str] | None, columns: list[Column], limit: int | None
    ) -> list[tuple[Any, ...]]:
        """Uid and the wanted columns; a limit keeps the newest."""
        extra = [item for item in columns if item.name not in {known.name for known in self.inner}]
        names = ", ".join(["uid", *(item.quoted for item in columns)])
        end = "" if limit is None else f" LIMIT {limit}"
        sql, bound = self._sql(names + ", _id", statuses, extra)
        found = connection.execute(f"{sql} ORDER BY _id DESC{end}", bound).fetchall()
        return found[::-1]

    def count(self, connection: sqlite3.Connection, statuses: list[str] | None) -> int:
        """How many rows match with one of these statuses."""
        sql, bound = self._sql("count(*)", statuses, [])
        return int(connection.execute(sql, bound).fetchone()[0])

    def _sql(self, names: str, statuses: list[str] | None, extra: list[Column]) -> tuple[str, dict[str, Any]]:
        bound = dict(self.bound)
        parts = []
        for number, item in enumerate((*self.inner, *extra)):
            sql = item.sql
            for value in item.bound:
                sql = sql.replace("?", f":_c{number}")
                bound[f"_c{number}"] = value
            parts.append(f"{sql} AS {item.quoted}")
        conditions = list(self.conditions)
        if statuses is not None:
            bound["_status"] = json.dumps(statuses)
            conditions.insert(0, "status IN (SELECT value FROM json_each(:_status))")
        # Names and expressions are this package's own; values are bound; `where` runs where it can only read.
        inner = f"SELECT id AS _id, {', '.join(parts)} FROM generations"  # noqa: S608
        condition = " AND ".join(conditions) or "1"
        return f"SELECT {names} FROM ({inner}) WHERE {condition}", bound  # noqa: S608

    def _filter(self, item: Column, value: Any) -> str:
        mark = f"_f{len(self.conditions)}"
        if isinstance(value, (list, tuple, set, frozenset, range)) or hasattr(value, "tolist"):
            values = plain(value)
            values = values if isinstance(values, list) else [values]
            kept = [self._value(each, item.name, item) for each in values if each is not None]
            inside = f"{item.quoted} IN ({self._members(mark, kept)})"
            return f"({inside} OR {item.quoted} IS NULL)" if len(kept) < len(values) else inside
        if value is None:
            return f"{item.quoted} IS NULL"
        self.bound[mark] = self._value(value, item.name, item)
        return f"{item.quoted} = :{mark}"

    def _members(self, mark: str, values: list[Any]) -> str:
        """The inside of an IN: one bound JSON text for any number of values, and those that JSON would change."""
        alone: list[Any] = []
        together: list[Any] = []
        for value in values:
            (alone if isinstance(value, float) or "\0" in str(value) else together).append(value)
        if len(alone) > _ALONE_MAX:
            raise CatalogError(f"a filter lists {len(alone)} numbers: give at most {_ALONE_MAX}, or use where=.")
        self.bound[mark] = json.dumps(together)
        parts = [f"SELECT value FROM json_each(:{mark})"]  # noqa: S608  (own names, bound values)
        for number, value in enumerate(alone):
            self.bound[f"{mark}_{number}"] = value
        if alone:
            parts.append("VALUES " + ", ".join(f"(:{mark}_{number})" for number in range(len(alone))))
        return " UNION ALL ".join(parts)

    @staticmethod
    def _value(value: Any, name: str, item: Column | None = None) -> str | int | float | None:
        """A value that SQLite compares as the user means it."""
        if isinstance(value, datetime):
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        value = plain(value)
        if item is not None and item.dtype == TEXT and isinstance(value, int):
            return str(value)
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            return str(value)
        if isinstance(value, str):
            return text_safe(value)
        if value is None or isinstance(value, (int, float)):
            return value
        raise CatalogError(f"{name}={str(value)[:60]} cannot be compared: give text, a number, or a list of them.")


def _statuses(status: str | Sequence[str] | None) -> list[str] | None:
    if status is None or status == "all":
        return None
    words = [status] if isinstance(status, str) else list(status)
    for word in words:
        if word not in STATUSES:
            raise CatalogError(
                f"status={word!r} is not allowed: it must be one of {', '.join(STATUSES)}, a list of them, or None "
                f"for all.{nearest(str(word), STATUSES)}"
            )
    return words


@contextmanager
def _reading(path: Path, where: str | None) -> Iterator[sqlite3.Connection]:
    """A connection that can read this one file and nothing else, for a minute at most."""
    try:
        # What a killed writer left is rolled back first: a read-only connection cannot do it.
        with connect(path) as db:
            db.execute("SELECT 1 FROM generations LIMIT 1").fetchone()
        place = "file:" + quote(str(path.resolve())) + "?mode=ro"
        with closing(sqlite3.connect(place, uri=True, timeout=TIMEOUT, isolation_level=None)) as connection:
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.execute("PRAGMA query_only=ON")
            # Their constructors are not let through afterwards.
            connection.execute("SELECT 1 FROM json_each('[]'), json_tree('[]')").fetchone()
            connection.set_authorizer(_authorize)
            deadline = time.monotonic() + SECONDS_MAX
            connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 10_000)
            yield connection
    except sqlite3.Warning as error:  # Python 3.11 says so of two statements in one text
        raise CatalogError(_misread(str(error), where)) from error
    except ValueError as error:  # a lone surrogate, and in some versions of Python a NUL
        raise CatalogError(f"the query holds {_CHARACTER} ({error}).") from None
    except sqlite3.Error as error:
        raise CatalogError(_reason(error, where) or sentence(error, path)) from error


def _authorize(action: int, _first: str | None, second: str | None, *_: str | None) -> int:
    if action == sqlite3.SQLITE_FUNCTION and str(second).lower() == "load_extension":
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _reason(error: sqlite3.Error, where: str | None) -> str | None:
    """A sentence where the condition is to blame; ``None`` where the file is."""
    name, text = str(getattr(error, "sqlite_errorname", "") or ""), str(error)
    if "null character" in text:
        return f"the query holds {_CHARACTER} ({text})."
    if name == "SQLITE_INTERRUPT":
        return f"the query took longer than {SECONDS_MAX:g} s and was stopped: use a simpler condition."
    if where is None or name not in {"", "SQLITE_ERROR", "SQLITE_AUTH", "SQLITE_TOOBIG", "SQLITE_MISMATCH"}:
        return None
    if name == "SQLITE_AUTH" or "prohibited" in text or "not authorized" in text:
        return f"where={_short(where)} is not allowed: a condition may only read."
    if "no such column" in text:
        missing = text.rpartition(": ")[2]
        hint = nearest(missing, [*USUAL, *FURTHER])
        return f"where={_short(where)} names the column {missing!r}, which the catalog does not have.{hint}"
    if "binding" in text.lower():
        return f"where={_short(where)} misses a value ({text.rstrip('.')}): give it in params={{'name': value}}."
    return _misread(text, where)


def _misread(text: str, where: str | None) -> str:
    reason = text.rstrip(".")
    return (
        f"where={_short(where)} is not a condition that SQLite understands ({reason}): write one such as 'steps > 4'."
    )


def _short(where: str | None) -> str:
    text = str(where)
    return repr(text if len(text) <= 120 else text[:117] + "...")


def _series(values: list[Any], dtype: str) -> Any:
    import pandas as pd

    if dtype == TIME:
        times = pd.to_datetime(pd.Series(values, dtype="string"), utc=True, format="ISO8601")
        return times.astype("datetime64[ns, UTC]").array
    if dtype in {WHOLE, NUMBER}:
        # What was read back from a pipeline may be of any kind.
        kind = (int, float) if dtype == NUMBER else int
        values = [value if isinstance(value, kind) else None for value in values]
    return pd.Series(values, dtype=dtype).array
