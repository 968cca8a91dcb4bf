"""The query words: what a person types into one line, ``model:dev steps:20..28 "red fox" -tag:bad``, taken apart.

What each field means in SQL is in `fluxlab.catalog.word_fields`. Words that belong to no field are words of the prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fluxlab.errors import QueryError, brief

#: A line is typed or put together by a program from a few choices; beyond this it is neither.
LENGTH_MAX, WORDS_MAX = 4000, 100
_NAME = re.compile(r"([A-Za-z_][A-Za-z_0-9]*(?:\.[^\s\":=<>,]+)?)(>=|<=|:|=|>|<)")
_STRETCH = re.compile(r'"((?:[^"]|"")*)"|([^"]+)')


@dataclass(frozen=True)
class Part:
    """A stretch of a value: quoted or not, so that a comma or two dots in quotes are letters like others."""

    text: str
    quoted: bool


@dataclass(frozen=True)
class Word:
    """One word of the line.

    Parameters
    ----------
    text
        As it was typed, for the sentences about it.
    number
        Its place in the line, from 1.
    negated
        Whether a ``-`` stands before it.
    field, sign
        Such as ``"steps"`` and ``":"``; without a field it is a word of the prompt.
    values
        What stands after the sign, by commas; each is a list of quoted and other stretches.
    """

    text: str
    number: int
    negated: bool
    field: str | None
    sign: str | None
    values: tuple[tuple[Part, ...], ...]

    def refuse(self, why: str) -> QueryError:
        """The error for this word; ``why`` goes on from where it stands."""
        return QueryError(f"{brief(self.text)} (word {self.number}) {why}", self.field)


def taken_apart(line: Any) -> list[Word]:
    """The words of a line.

    Parameters
    ----------
    line
        What was typed; an empty one has no words.

    Raises
    ------
    QueryError
        For a line that is too long, a quote that is not closed, and a sign without a value.
    """
    if not isinstance(line, str):
        raise QueryError(f"words={brief(line)} is not text: write words such as 'model:dev steps:20..28 fox'.")
    if len(line) > LENGTH_MAX:
        raise QueryError(f"the query has {len(line):,} characters: write at most {LENGTH_MAX:,}.")
    found = [_word(text, number) for number, text in enumerate(_texts(line), start=1)]
    if len(found) > WORDS_MAX:
        raise QueryError(f"the query has {len(found)} words: write at most {WORDS_MAX}.")
    return found


def _texts(line: str) -> Iterator[str]:
    """The line cut at spaces outside of quotes."""
    start, quoted, number = None, False, 0
    for place, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        if letter.isspace() and not quoted:
            if start is not None:
                yield line[start:place]
                start = None
        elif start is None:
            start, number = place, number + 1
    if quoted and start is not None:
        raise QueryError(
            f'{brief(line[start:])} (word {number}) opens a quote that is not closed: end it with a ".', None
        )
    if start is not None:
        yield line[start:]


def _word(text: str, number: int) -> Word:
    negated = len(text) > 1 and text.startswith("-")
    rest = text[1:] if negated else text
    head = _NAME.match(rest)
    if head is None:
        return Word(text, number, negated, None, None, (tuple(_parts(rest)),))
    field, sign = head[1], head[2]
    values = _by_commas(_parts(rest[head.end() :]))
    word = Word(text, number, negated, field, sign, values)
    if not all(values):
        raise word.refuse(f"lacks a value after {sign!r}: write one, such as {field}{sign}…, or put it all in quotes.")
    return word


def _parts(text: str) -> list[Part]:
    """The stretches of a text in quotes and outside of them; two quotes inside quotes are one that is meant."""
    return [
        Part(found[2], quoted=False) if found[1] is None else Part(found[1].replace('""', '"'), quoted=True)
        for found in _STRETCH.finditer(text)
    ]


def _by_commas(parts: list[Part]) -> tuple[tuple[Part, ...], ...]:
    values: list[list[Part]] = [[]]
    for part in parts:
        if part.quoted:
            values[-1].append(part)
            continue
        for number, piece in enumerate(part.text.split(",")):
            if number:
                values.append([])
            if piece:
                values[-1].append(Part(piece, quoted=False))
    return tuple(tuple(value) for value in values)


def quoted(value: str) -> str:
    """A value as it is written behind a sign, in quotes where it needs them.

    Parameters
    ----------
    value
        Any text.
    """
    plain = bool(value) and ".." not in value and not re.search(r'[\s",:=<>]', value) and value.isprintable()
    return value if plain else '"' + value.replace('"', '""') + '"'
