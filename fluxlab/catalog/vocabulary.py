"""What may be typed as query words in one catalog: the fields, and the values that it has."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fluxlab.catalog.facets import Facet
from fluxlab.catalog.word_fields import FIELDS, SCORE, Field
from fluxlab.catalog.words import quoted

if TYPE_CHECKING:
    import sqlite3

VALUES_MAX = 200
_TIMES = ("30m", "12h", "1d", "7d", "2w")
#: Jumps from one metric to the next in the index, instead of reading a million entries of it.
_METRICS = """
WITH RECURSIVE found (metric) AS (
    SELECT min(metric) FROM scores
    UNION ALL
    SELECT (SELECT min(metric) FROM scores WHERE scores.metric > found.metric) FROM found WHERE metric IS NOT NULL
)
SELECT metric FROM found WHERE metric IS NOT NULL LIMIT ?
"""
_RUNS = "SELECT name FROM runs WHERE name IS NOT NULL GROUP BY name ORDER BY max(created) DESC LIMIT ?"


@dataclass(frozen=True)
class FieldWords:
    """A field of the query words.

    Attributes
    ----------
    name : str
        As it is typed before the sign.
    kind : str
        ``"text"``, ``"number"``, ``"yes_no"`` or ``"choice"``.
    values : tuple of str
        As they are typed behind it, in quotes where they need them; at most 200.
    help : str
        One line.
    """

    name: str
    kind: str
    values: tuple[str, ...]
    help: str


def fields(connection: sqlite3.Connection, facets: Iterable[Facet]) -> tuple[FieldWords, ...]:
    """All fields, with the values of one catalog.

    Parameters
    ----------
    connection
        To the catalog.
    facets
        Of everything in it.
    """
    known = {facet.field: tuple(quoted(value.text) for value in facet.values) for facet in facets}
    known["run"] = tuple(quoted(name) for (name,) in connection.execute(_RUNS, [VALUES_MAX]).fetchall())
    known["since"] = _TIMES
    metrics = [metric for (metric,) in connection.execute(_METRICS, [VALUES_MAX]).fetchall()]
    usual = [_words(field, known) for field in FIELDS.values() if field.name != SCORE]
    return (*usual, *(FieldWords(f"{SCORE}{name}", "number", (), FIELDS[SCORE].help) for name in metrics))


def _words(field: Field, known: dict[str, tuple[str, ...]]) -> FieldWords:
    fixed = {"yes_no": ("yes", "no"), "choice": field.choices}.get(field.kind, ())
    return FieldWords(field.name, field.kind, fixed or known.get(field.name, ()), field.help)
