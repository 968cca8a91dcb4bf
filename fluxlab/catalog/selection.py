"""Which images are meant: filters, conditions, times, words and tags as one SQL query with bound values."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from fluxlab.catalog import given
from fluxlab.catalog.columns import TEXT, Column, column, known, leaves_its_brackets, quoted_names
from fluxlab.catalog.encoding import plain, text_safe
from fluxlab.catalog.kinds import of_kind
from fluxlab.catalog.reading import Asked
from fluxlab.catalog.record import OWN, STATUSES
from fluxlab.catalog.search import full_text, hint
from fluxlab.catalog.times import instant, moment, python_time
from fluxlab.catalog.word_fields import Conditions, conditions
from fluxlab.errors import CatalogError, brief, nearest

#: SQLite binds at most 32,766 values in a statement.
_ALONE_MAX = 10_000
#: A range is written in a few characters, and would be spelled out.
_RANGE_MAX = 1_000_000
_WORDS = "_id IN (SELECT rowid FROM prompts WHERE prompts MATCH :_words)"
#: How to count whatever the status, where SQLite need not look at the rows: by the conditions.
_EVERYTHING: dict[tuple[str, ...], str] = {
    (): "SELECT count(*) FROM generations",
    (_WORDS,): "SELECT count(*) FROM prompts WHERE prompts MATCH :_words",
}
#: Everything else that `Catalog.df` is given is a filter.
_KEYWORDS = ("words", "status", "where", "params", "since", "until", "prompt_has", "tags")
_HIDDEN = ("failed", "interrupted", "crashed")


class Selection:
    """The images that a query means.

    Parameters
    ----------
    filters
        Column and value, or values.
    words, status, where, params, since, until, prompt_has, tags
        As in `Catalog.df`.

    Attributes
    ----------
    asked : Asked or None
        The condition that the person wrote.
    told : dict
        All of it as plain values.
    hint : str or None
        What to say when nothing is found.
    passing : bool
        Whether what is meant changes with the clock alone.

    Raises
    ------
    CatalogError
        For anything that is not understood.
    """

    def __init__(
        self,
        filters: Mapping[str, Any],
        *,
        words: str | None = None,
        status: str | Sequence[str] | None = "ok",
        where: str | None = None,
        params: Mapping[str, Any] | None = None,
        since: Any = None,
        until: Any = None,
        prompt_has: str | None = None,
        tags: str | Iterable[str] | None = None,
    ) -> None:
        self._bound: dict[str, Any] = {}
        self._conditions: list[str] = []
        asked = Conditions() if words is None else conditions(words)
        self._statuses = None if asked.names_status else _statuses(status)
        self._columns = {item.name: item for item in known()}
        self.asked: Asked | None = None
        self.hint: str | None = None
        self.passing = asked.passing or since is not None or until is not None
        for name, value in filters.items():
            self._conditions.append(self._filter(self._named(name), value))
        times = {name: moment(name, value) for name, value in (("since", since), ("until", until)) if value is not None}
        if times:
            self._bound |= {f"_{name}": value for name, value in times.items()}
            signs = {"since": ">=", "until": "<="}
            span = " AND ".join(f"created {signs[name]} :_{name}" for name in times)
            # Asked for by number: SQLite would rather read everything in its order than the index of times and sort.
            self._conditions.append(f"_id IN (SELECT id FROM generations WHERE {span})")  # noqa: S608  (own words)
        self._conditions += asked.sql
        self._bound |= asked.bound
        searches = [*([] if prompt_has is None else [full_text(prompt_has)]), *filter(None, [asked.search])]
        if searches:
            self._bound["_words"] = " AND ".join(searches)
            self.hint = None if prompt_has is None else hint(prompt_has)
            self._conditions.append(_WORDS)
        wanted = [] if tags is None else given.texts("tags", tags, "a tag", "'keeper'")
        for number, tag in enumerate(wanted):
            if not tag.strip():
                raise CatalogError(f"tags={brief(tags)} names no tag: give one such as 'keeper', or leave tags= out.")
            self._bound[f"_tag{number}"] = text_safe(tag)
            self._conditions.append(f"uid IN (SELECT uid FROM tags WHERE tag = :_tag{number})")  # noqa: S608  (bound)
        if where is not None:
            self._where(where)
        if params is not None and not isinstance(params, Mapping):
            raise CatalogError(f"params={brief(params)} names no values: write params={{'low': 4}}.")
        for name, value in (params or {}).items():
            if not str(name).isidentifier() or str(name).startswith("_"):
                raise CatalogError(f"params names {brief(name)}: use a plain word, as in where='steps > :low'.")
            self._bound[name] = _value(value, name)
        self.told = {
            "filters": plain(dict(filters)),
            "status": plain(status),
            "where": where,
            **{name: str(value) for name, value in (("since", since), ("until", until)) if value is not None},
            **({} if words is None else {"words": words}),
            **({} if prompt_has is None else {"prompt_has": prompt_has}),
            **({} if tags is None else {"tags": wanted}),
        }

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Selection:
        """The selection of keywords as `Catalog.df` takes them."""
        named = {name: query[name] for name in _KEYWORDS if name in query}
        return cls({name: value for name, value in query.items() if name not in named}, **named)

    @property
    def columns(self) -> list[Column]:
        """Those that a filter or the condition may read."""
        return list(self._columns.values())

    @property
    def is_everything(self) -> bool:
        """Whether every row is meant."""
        return not self._conditions and self._statuses is None

    def sql(self, names: str, columns: Iterable[Column] = ()) -> tuple[str, dict[str, Any]]:
        """``SELECT names FROM … WHERE …`` with what it binds; ``_id`` is the row's number.

        Parameters
        ----------
        names
            Expressions over the columns, of this package's own making.
        columns
            Those among the columns that not every query has: of single LoRAs and scores.
        """
        return self._sql(names, columns, self._statuses)

    def newest(self, *, many: bool) -> tuple[str, dict[str, Any]]:
        """``_id`` and ``created`` of what is meant, with what it binds: conditions on them, an order, a limit follow.

        Parameters
        ----------
        many
            Whether much is meant, so that whoever walks along the times soon has a page. SQLite, which does not know,
            would first look up all that a search finds, or read a million times to come upon a few rows.
        """
        if many:
            sql, bound = self._sql("_id, created", (), self._statuses, row="+id")
        else:
            sql, bound = self._sql("_id, +created AS created", (), self._statuses)
        return f"SELECT _id, created FROM ({sql}) WHERE 1", bound  # noqa: S608  (own words, bound values)

    def count(self, connection: sqlite3.Connection) -> int:
        """How many images match."""
        everything = _EVERYTHING.get(tuple(self._conditions))
        if everything is not None and self._statuses is None:
            return int(connection.execute(everything, self._bound).fetchone()[0])
        if everything is None or self._statuses != ["ok"]:
            sql, bound = self.sql("count(*)")
            return int(connection.execute(sql, bound).fetchone()[0])
        # Nearly all are ok, and an index has the others: to take these away is cheaper than to look at each row.
        sql, bound = self._sql("count(*)", (), [word for word in STATUSES if word != "ok"])
        others = int(connection.execute(sql, bound).fetchone()[0])
        return int(connection.execute(everything, self._bound).fetchone()[0]) - others

    def count_hidden(self, connection: sqlite3.Connection) -> int:
        """How many failed and interrupted ones match but for their status."""
        hidden = [] if self._statuses is None else [word for word in _HIDDEN if word not in self._statuses]
        if not hidden:
            return 0
        sql, bound = self._sql("count(*)", (), hidden)
        return int(connection.execute(sql, bound).fetchone()[0])

    def _sql(
        self, names: str, columns: Iterable[Column], statuses: list[str] | None, row: str = "id"
    ) -> tuple[str, dict[str, Any]]:
        bound = dict(self._bound)
        parts = []
        for number, item in enumerate({**self._columns, **{item.name: item for item in columns}}.values()):
            sql = item.sql
            for value in item.bound:
                sql = sql.replace("?", f":_c{number}")
                bound[f"_c{number}"] = value
            parts.append(f"{sql} AS {item.quoted}")
        conditions = list(self._conditions)
        if statuses is not None:
            # Checked words, written out: the index of the few that are not ok serves this very text.
            words = ", ".join(f"'{word}'" for word in statuses)
            conditions += [f"status IN ({words})"] if "ok" in statuses else ["status <> 'ok'", f"status IN ({words})"]
        # Names and expressions are this package's own; values are bound; `where` runs where it can only read.
        inner = f"SELECT {row} AS _id, {', '.join(parts)} FROM generations"  # noqa: S608
        condition = " AND ".join(conditions) or "1"
        return f"SELECT {names} FROM ({inner}) WHERE {condition}", bound  # noqa: S608

    def _named(self, name: str) -> Column:
        return self._columns.setdefault(name, column(name))

    def _where(self, where: str) -> None:
        if not isinstance(where, str) or not where.strip():
            raise CatalogError(f"where={brief(where)} is not a condition: write one such as 'guidance > :g'.")
        self.asked = Asked("where", where, "a condition", "'steps > 4'")
        for name in quoted_names(where):
            # SQLite takes a name in double quotes that no column has for a text, and compares with that.
            self._columns.setdefault(name, column(name))
        if leaves_its_brackets(where):
            # It would be read outside of the status and the other filters.
            raise CatalogError(self.asked.misread("a bracket is closed that was not opened, or left open"))
        self._conditions.append(f"(\n{where}\n)")

    def _filter(self, item: Column, value: Any) -> str:
        mark = f"_f{len(self._conditions)}"
        name = item.quoted
        if item.name.startswith("lora."):
            # A LoRA that a recipe does not name has no effect; of another program's image nobody knows.
            name = f"coalesce({name}, CASE source WHEN '{OWN}' THEN 0.0 END)"
        if isinstance(value, range) and abs(value.stop - value.start) // abs(value.step) > _RANGE_MAX:
            raise CatalogError(
                f"{item.name}={value} has too many values to look for: write a condition such as "
                f"where='{item.quoted} BETWEEN {value.start} AND {value.stop - 1}'."
            )
        if isinstance(value, (list, tuple, set, frozenset, range)) or hasattr(value, "tolist"):
            values = _plain(item.name, value)
            values = values if isinstance(values, list) else [values]
            kept = [_value(each, item.name, item) for each in values if each is not None]
            inside = f"{name} IN ({self._members(mark, kept)})"
            return f"({inside} OR {item.quoted} IS NULL)" if len(kept) < len(values) else inside
        if value is None:
            return f"{item.quoted} IS NULL"
        self._bound[mark] = _value(value, item.name, item)
        return f"{name} = :{mark}"

    def _members(self, mark: str, values: list[Any]) -> str:
        """The inside of an IN: one bound JSON text for any number of values, and those that JSON would change."""
        alone: list[Any] = []
        together: list[Any] = []
        for value in values:
            (alone if isinstance(value, float) or "\0" in str(value) else together).append(value)
        if len(alone) > _ALONE_MAX:
            raise CatalogError(f"a filter lists {len(alone)} numbers: give at most {_ALONE_MAX}, or use where=.")
        self._bound[mark] = json.dumps(together)
        parts = [f"SELECT value FROM json_each(:{mark})"]  # noqa: S608  (own names, bound values)
        for number, value in enumerate(alone):
            self._bound[f"{mark}_{number}"] = value
        if alone:
            parts.append("VALUES " + ", ".join(f"(:{mark}_{number})" for number in range(len(alone))))
        return " UNION ALL ".join(parts)


def bindable(params: Mapping[str, Any] | Sequence[Any] | None) -> dict[str, Any] | list[Any]:
    """Values for ``catalog.sql``, by name or by position.

    Raises
    ------
    CatalogError
        For a value that SQLite cannot compare.
    """
    if isinstance(params, Mapping):
        return {str(name): _value(value, str(name)) for name, value in params.items()}
    if isinstance(params, (str, bytes)) or not isinstance(params, Iterable | None):
        raise CatalogError(f"params={brief(params)} is no list of values: write params=[value].")
    return [_value(value, f"params[{number}]") for number, value in enumerate(params or ())]


def _value(value: Any, name: str, item: Column | None = None) -> str | int | float | None:
    """A value that SQLite compares as the user means it."""
    value = python_time(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if isinstance(value, datetime):
        try:
            value = instant(value)
        except (ValueError, OverflowError, OSError):
            raise CatalogError(f"{name}={value} is no moment that can be compared: give a date or a time.") from None
    asked, value = value, _plain(name, value)
    if item is not None and isinstance(value, (str, int, float)):
        value = of_kind(item, value)
    if item is not None and item.name == "seed" and isinstance(value, float) and value.is_integer():
        value = int(value)  # as a column of seeds comes out of a table that has gaps
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
    raise _incomparable(name, asked)


def _plain(name: str, value: Any) -> Any:
    try:
        return plain(value)
    except CatalogError:
        raise _incomparable(name, value) from None


def _incomparable(name: str, value: Any) -> CatalogError:
    return CatalogError(f"{name}={brief(value)} cannot be compared: give text, a number, or a list of them.")


def _statuses(status: str | Sequence[str] | None) -> list[str] | None:
    if status is None or status == "all":
        return None
    words = given.texts("status", status, "a status", "'failed'")
    for word in words:
        if word not in STATUSES:
            raise CatalogError(
                f"status={brief(word)} is not allowed: it must be one of {', '.join(STATUSES)}, a list of them, or "
                f"None for all.{nearest(word, STATUSES)}"
            )
    return words
