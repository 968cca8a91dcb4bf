"""Range strings: ``"1..4"``, ``"1, 2, .., 10"``, ``"0..1 (+0.25)"``, ``"1..10 [5]"``, and lists of them.

Arithmetic is exact (fractions), and numbers are rounded to a float once, at the end: ``"0..1 (+0.1)"`` holds 0.3, not
0.30000000000000004, and a seed near 2**64 keeps its last digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from fluxlab.errors import SweepError

#: Most values that one axis may have.
AXIS_MAX = 10_000
#: Longest number that is read; longer ones are typing accidents, or meant to exhaust memory.
_DIGITS_MAX = 40
_EXAMPLES = "'4', '4, 8, 16', '1..4', '1, 2, .., 10', '0..1 (+0.25)' or '1..10 [5]'"

_NUMBER = r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?"
_TOKEN = re.compile(
    rf"\s*(?:(?P<number>{_NUMBER})|(?P<dots>\.{{2,}}|…)|(?P<comma>,)"
    rf"|\[\s*(?P<count>[0-9]+)\s*\]|\(\s*(?P<step>{_NUMBER})\s*\)|(?P<end>$))"
)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int

    def number(self) -> Fraction:
        return Fraction(self.text)


def parse_range(text: str, *, field: str = "value", whole: bool = False) -> tuple[int, ...] | tuple[float, ...]:
    """The numbers that a range string stands for.

    Parameters
    ----------
    text
        A comma list of numbers and ranges. ``a..b`` counts by 1, downwards where b is smaller; ``a..b (+s)`` counts by
        s and never passes b; ``a..b [n]`` is n evenly spaced numbers, both ends included; ``a, b, .., c`` goes on with
        the step from a to b.
    field
        What the numbers are for, named in errors.
    whole
        Whether the field takes whole numbers. ``[n]`` then rounds to the nearest one; any other fraction is an error.

    Returns
    -------
    tuple of int or tuple of float
        At most `AXIS_MAX` numbers in the order written, repetitions kept.

    Raises
    ------
    SweepError
        For text that is not a range; the message gives the place.
    """
    return _Parser(text, field, whole=whole).parse()


def excerpt(text: str, place: int | None = None) -> str:
    """``text`` quoted for a message, cut to what stands near ``place`` where it is long."""
    if len(text) <= 80:
        return repr(text)
    start = max(0, min(place or 0, len(text)) - 40)
    cut = text[start : start + 80]
    return repr(("..." if start else "") + cut + ("..." if start + 80 < len(text) else ""))


class _Parser:
    def __init__(self, text: str, field: str, *, whole: bool) -> None:
        self.text, self.field, self.whole = text, field, whole
        self.found: list[Fraction] = []
        self.tokens = self._tokens()
        self.token = next(self.tokens)

    def parse(self) -> tuple[int, ...] | tuple[float, ...]:
        if self.token.kind == "end":
            raise SweepError(f"{self.field}={excerpt(self.text)} is empty: write {_EXAMPLES}.")
        while True:
            self._element()
            if self.token.kind == "end":
                break
            if self.token.kind != "comma":
                raise self._error(self.token.place, "a comma or the end must stand here (a range is written '1..4')")
            self._advance()
        return tuple(map(int, self.found)) if self.whole else tuple(map(float, self.found))

    def _element(self) -> None:
        if self.token.kind == "dots":
            self._continuation()
            return
        first, place = self._number("a number must stand here")
        if self.token.kind != "dots":
            self._add([first], 1, place)
            return
        if self.token.text != "..":
            raise self._error(self.token.place, "a range is written with two dots")
        self._advance()
        last, _ = self._number("a number must follow '..'")
        if self.token.kind == "count":
            self._spaced(first, last, place)
        else:
            self._stepped(first, last, place)

    def _spaced(self, first: Fraction, last: Fraction, place: int) -> None:
        token = self._advance()
        count = int(token.text)
        if count < 2:
            raise self._error(token.place, "the number of evenly spaced values must be at least 2")
        gap = (last - first) / (count - 1)
        spaced = (first + gap * i for i in range(count))
        self._add((Fraction(floor(x + Fraction(1, 2))) for x in spaced) if self.whole else spaced, count, place)

    def _stepped(self, first: Fraction, last: Fraction, place: int) -> None:
        step = Fraction(1 if last >= first else -1)
        if self.token.kind == "step":
            token = self._advance()
            step = token.number()
            place = token.place
        self._count_on(first, last, step, place)

    def _continuation(self) -> None:
        dots = self._advance()
        if len(self.found) < 2:
            raise self._error(dots.place, "two numbers must stand before '..', to give the step")
        if self.token.kind != "comma":
            raise self._error(self.token.place, "a comma and the last number must follow '..'")
        self._advance()
        last, place = self._number("the last number must stand here")
        step = self.found[-1] - self.found[-2]
        self._count_on(self.found[-1], last, step, place, skip=1)

    def _count_on(self, first: Fraction, last: Fraction, step: Fraction, place: int, skip: int = 0) -> None:
        if step == 0:
            raise self._error(place, "the step must not be 0")
        if (last - first) * step < 0:
            raise self._error(place, f"the step {float(step):+g} leads away from {float(last):g}")
        count = floor((last - first) / step) + 1
        self._add((first + step * i for i in range(skip, count)), count - skip, place)

    def _add(self, numbers: Iterator[Fraction] | list[Fraction], count: int, place: int) -> None:
        # Counted before anything is computed, so that "0..1e99" costs nothing.
        if len(self.found) + count > AXIS_MAX:
            raise self._error(place, f"the axis passes {AXIS_MAX:,} values, the most that is allowed")
        for number in numbers:
            if self.whole and number.denominator != 1:
                raise self._error(place, f"{float(number):g} is not a whole number, and {self.field} needs one")
            self.found.append(number)

    def _number(self, demand: str) -> tuple[Fraction, int]:
        token = self.token
        if token.kind != "number":
            raise self._error(token.place, demand)
        self._advance()
        return token.number(), token.place

    def _advance(self) -> _Token:
        token, self.token = self.token, next(self.tokens, self.token)
        return token

    def _tokens(self) -> Iterator[_Token]:
        at = 0
        while True:
            match = _TOKEN.match(self.text, at)
            if match is None:
                while self.text[at].isspace():
                    at += 1
                raise self._error(at, f"{self.text[at]!r} cannot be read here")
            kind = str(match.lastgroup)
            token = _Token(kind, match[kind], match.start(kind))
            if len(token.text) > _DIGITS_MAX:
                raise self._error(token.place, f"a number has at most {_DIGITS_MAX} digits")
            yield token
            if kind == "end":
                return
            at = match.end()

    def _error(self, place: int, reason: str) -> SweepError:
        return SweepError(
            f"{self.field}={excerpt(self.text, place)} is malformed at character {place + 1}: {reason}; "
            f"write numbers such as {_EXAMPLES}."
        )
