"""The part of `Catalog` that looks: one generation or many, tables, statistics, comparisons, queries of one's own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fluxlab.catalog import lookup, pivot, query, sql
from fluxlab.catalog.columns import chosen
from fluxlab.catalog.compare import Comparison, compare
from fluxlab.catalog.generation import Generation
from fluxlab.catalog.opened import Opened
from fluxlab.catalog.selection import Selection
from fluxlab.errors import CatalogError, NotFoundError, brief

if TYPE_CHECKING:
    import pandas as pd

    from fluxlab.catalog.lookup import Uids


class Looking(Opened):
    """Everything that reads and changes nothing."""

    def get(self, uid: str | Generation) -> Generation:
        """The generation of a uid, or of the first characters of one (6 or more).

        Parameters
        ----------
        uid
            All 32 hexadecimal digits, or the beginning; a generation is read again.

        Raises
        ------
        NotFoundError
            When there is none, or more than one.
        """
        with self._reading() as db:
            whole = lookup.uid(db, uid, self.folder)
        return Generation.of_row(self._rows("WHERE uid = ?", [whole])[0], self.folder)

    def get_many(self, uids: Uids) -> list[Generation]:
        """The generations of many whole uids in one read, in the order given.

        Parameters
        ----------
        uids
            One or several, or a table of `df` or its index.

        Raises
        ------
        NotFoundError
            When one of them is not there.
        CatalogError
            When a row is not as fluxlab writes it; `get_each` gives the others.
        """
        found: list[Generation] = []
        for each in self.get_each(uids):
            if isinstance(each, CatalogError):
                raise each
            found.append(each)
        return found

    def get_each(self, uids: Uids) -> list[Generation | CatalogError]:
        """Like `get_many`, with the error in the place of what cannot be read.

        Parameters
        ----------
        uids
            As in `get_many`.
        """
        wanted = lookup.several(uids)
        rows = self._rows("WHERE uid IN (SELECT value FROM json_each(?))", [json.dumps(wanted)])
        found: dict[str, Generation | CatalogError] = {}
        for row in rows:
            try:
                found[row["uid"]] = Generation.of_row(row, self.folder)
            except CatalogError as error:
                found[row["uid"]] = error
        where = f"is not in the catalog at '{self.folder}': look it up with df()."
        return [found[uid] if uid in found else NotFoundError(f"uid={brief(uid)} {where}") for uid in wanted]

    def df(
        self,
        *,
        words: str | None = None,
        status: str | Sequence[str] | None = "ok",
        where: str | None = None,
        params: Mapping[str, Any] | None = None,
        since: Any = None,
        until: Any = None,
        prompt_has: str | None = None,
        tags: str | Iterable[str] | None = None,
        columns: Sequence[str] | None = None,
        varying: bool = False,
        limit: int | None = None,
        **filters: Any,
    ) -> pd.DataFrame:
        """One row an image, indexed by uid, oldest first, with dtypes that do not depend on the rows.

        ``df.attrs`` holds the query, the ``count`` of all matching rows, whether a ``limit`` left some out
        (``truncated``), and how many failed or interrupted ones the status hides (``hidden_failed``).

        Parameters
        ----------
        words
            Query words, as in the gallery: ``'model:dev steps:20..28 "red fox" -tag:bad'``. Where one of them is a
            ``status:``, the argument ``status`` does not count.
        status
            One status, several, or ``None`` for all.
        where
            A condition in SQL over the columns, such as ``"guidance > :g"``. It can only read. Names with a dot are
            quoted: ``'"seconds.total" > 3'``. Seeds are text: ``"seed = '7'"``.
        params
            Values for the names in ``where``.
        since, until
            ``"30m"``, ``"12h"``, ``"7d"`` or ``"2w"`` before now; a date (the whole day), a datetime, or ISO text.
            Times without a zone are local.
        prompt_has
            Words that the prompt has, all of them in any order; ``'"red fox"'`` is a phrase, ``"fo*"`` a beginning.
            ``OR``, ``AND`` and ``NOT`` are words like any others.
        tags
            One tag, or several that an image must all have.
        columns
            Names of columns; also ``lora.<name>`` for a LoRA's strength, ``lora.<name>@double`` for a factor of it, and
            ``score.<metric>`` for a measure.
        varying
            Leave out the columns that have one value in all rows; ``df.attrs["constant"]`` has them and their values.
        limit
            Keep the newest so many rows.
        **filters
            Column and value, or values: ``steps=[4, 8]``, ``stars=5``, ``prompt="a cat"``, ``guidance=None``. A LoRA
            that an image of fluxlab does not name has strength 0: ``**{"lora.ink": 0}`` finds the images without it.

        Raises
        ------
        CatalogError
            For an unknown column or a condition that cannot be run.
        """
        selection = Selection(
            filters,
            words=words,
            status=status,
            where=where,
            params=params,
            since=since,
            until=until,
            prompt_has=prompt_has,
            tags=tags,
        )
        return query.frame(self._path, selection, columns=columns, limit=limit, varying=varying)

    def values(self, columns: Sequence[str], *, limit: int | None = None, **asked: Any) -> query.Values:
        """The columns of `df` as plain lists, for where there is no pandas.

        Parameters
        ----------
        columns, limit, **asked
            As in `df`.
        """
        return query.values(self._path, Selection.of(asked), chosen(columns), limit)

    def pivot(
        self,
        value: str,
        rows: str | Sequence[str],
        columns: str | Sequence[str] | None = None,
        agg: str | Iterable[str] = "mean",
        *,
        words: str | None = None,
        status: str | Sequence[str] | None = "ok",
        where: str | None = None,
        params: Mapping[str, Any] | None = None,
        since: Any = None,
        until: Any = None,
        prompt_has: str | None = None,
        tags: str | Iterable[str] | None = None,
        **filters: Any,
    ) -> pd.DataFrame:
        """Statistics of a number by the values of other columns, computed in SQL.

        The outermost level of the columns is the statistic; ``"count"`` is always among them, so that places with few
        images are seen: ``pivot("score.sharpness", "guidance", "steps")["mean"]``. Places that no image has a value
        for are empty, with count 0, and ``attrs["missing"]`` lists them.

        Parameters
        ----------
        value
            A column of numbers: ``"seconds.total"``, ``"score.sharpness"``, ``"lora.ink"``, …
        rows, columns
            One column, or several.
        agg
            One or several of ``"mean"``, ``"count"``, ``"std"`` (of a sample), ``"min"``, ``"max"`` and ``"median"``.
        words, status, where, params, since, until, prompt_has, tags, **filters
            As in `df`.

        Raises
        ------
        CatalogError
            For an unknown column or statistic, a value that is no number, and a table of too many places.
        """
        selection = Selection(
            filters,
            words=words,
            status=status,
            where=where,
            params=params,
            since=since,
            until=until,
            prompt_has=prompt_has,
            tags=tags,
        )
        return pivot.table(self._path, selection, value=value, rows=rows, columns=columns, agg=agg)

    def sql(self, text: str, params: Mapping[str, Any] | Sequence[Any] | None = None) -> pd.DataFrame:
        """The rows of a query of your own, which can only read, and is stopped after about a minute of the processor.

        A result of more than 4 GiB, and a single text of more than 64 MiB, is an error: no row is left out silently.

        ``images`` has one row for each generation, failed ones too, with every column of `df`, also ``"lora.<name>"``
        and ``"score.<metric>"``: names with a dot stand in double quotes. The tables behind it can be read as well.
        Times are text in UTC.

        Parameters
        ----------
        text
            One SELECT, or a WITH that ends in one.
        params
            Values for ``:names`` or for question marks.

        Raises
        ------
        CatalogError
            For anything that is not a query or would change something.

        Examples
        --------
        >>> catalog.sql('select model, avg("seconds.total") from images group by model')  # doctest: +SKIP
        """
        return sql.table(self._path, text, params)

    def compare(self, a: str | Generation, b: str | Generation) -> Comparison:
        """What differs between two generations: recipe, files, environment, pixels, and whether it has one cause.

        Parameters
        ----------
        a, b
            Generations, or their uids.

        Raises
        ------
        NotFoundError
            For a uid that is not there.
        """
        one, other = (each if isinstance(each, Generation) else self.get(each) for each in (a, b))
        return compare(one, other)
