"""Guidance that changes on the way, by text.

A list has one value for each step: ``"1, 3.5, 3.5, 1"``. Intervals give a value to a part of the way, and the recipe's
``guidance`` holds outside of them. A part is a share of the steps, ``"0-0.2: 1; 0.2-0.8: 5"``, which keeps its meaning
when the number of steps changes, or steps counted from 1 with both ends included, ``"steps 1-3: 1; step 8: 5"``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

GUIDANCE_MAX = 100
_EXAMPLES = "'1, 3.5, 3.5, 1' (a value for each step), '0-0.2: 1; 0.2-0.8: 5' (shares of the way) or 'steps 1-3: 1'"
_VALUE = r"(?:[0-9]{1,12}(?:\.[0-9]{1,12})?|\.[0-9]{1,12})"
_LISTED = re.compile(rf"\s*({_VALUE})\s*")
_SPAN = re.compile(
    rf"\s*(?P<steps>steps?\s)?\s*(?P<start>{_VALUE})\s*(?:-\s*(?P<end>{_VALUE})\s*)?:\s*(?P<to>{_VALUE})\s*"
)
#: More parts than steps that a recipe may have cannot be meant.
_PARTS_MAX = 1000


@dataclass(frozen=True)
class Span:
    """A part of the way and its guidance: a share from ``start`` up to ``end``, or steps from 1, both included."""

    start: Fraction
    end: Fraction
    value: float


@dataclass(frozen=True)
class GuidanceSchedule:
    """A schedule as written: a value for each step, or spans of steps or of shares of the way."""

    text: str
    listed: tuple[float, ...] = ()
    spans: tuple[Span, ...] = ()
    by_steps: bool = False

    def at(self, steps: int, guidance: float) -> tuple[float, ...]:
        """The guidance of every step.

        Parameters
        ----------
        steps
            How many there are. Step i of them, counted from 0, begins at the share i / steps of the way and belongs to
            the span that holds this share.
        guidance
            What holds outside the spans.

        Raises
        ------
        ValueError
            For a list of another length, or a span past the last step.
        """
        if self.listed:
            if len(self.listed) != steps:
                raise ValueError(
                    f"has {len(self.listed)} value{'' if len(self.listed) == 1 else 's'} for steps={steps}: give one "
                    "for each step, or intervals such as '0-0.5: 1', which fit any number of steps"
                )
            return self.listed
        if self.by_steps and self.spans[-1].end > steps:
            raise ValueError(
                f"names step {self.spans[-1].end}, but there are steps={steps}: name steps from 1 to {steps}, or "
                "shares of the way such as '0.5-1: 1'"
            )
        return tuple(self._value(i, steps, guidance) for i in range(steps))

    def _value(self, step: int, steps: int, guidance: float) -> float:
        for span in self.spans:
            inside = (
                span.start <= step + 1 <= span.end if self.by_steps else span.start <= Fraction(step, steps) < span.end
            )
            if inside:
                return span.value
        return guidance


def parse_guidance_schedule(text: str) -> GuidanceSchedule:
    """Read a schedule.

    Raises
    ------
    ValueError
        For text that is none of the forms, values above 100, and intervals that are empty or overlap.
    """
    parts = text.split(";") if ":" in text else text.split(",")
    if len(parts) > _PARTS_MAX:
        raise ValueError(f"has {len(parts):,} parts, and at most {_PARTS_MAX:,} are allowed: give fewer")
    if ":" not in text:
        return GuidanceSchedule(text, listed=tuple(_listed(part) for part in parts))
    found = [_span(part) for part in parts if part.strip()]
    if not found:
        raise ValueError(f"names no part of the way: write {_EXAMPLES}")
    if len({by_steps for by_steps, _ in found}) > 1:
        raise ValueError(
            "mixes steps and shares of the way: write all intervals in one way, such as 'steps 1-3: 1; step 8: 5'"
        )
    by_steps = found[0][0]
    spans = sorted((span for _, span in found), key=lambda span: span.start)
    for one, two in pairwise(spans):
        if two.start < one.end or (by_steps and two.start == one.end):
            raise ValueError(f"gives the way from {_number(two.start)} two values: let the intervals not overlap")
    return GuidanceSchedule(text, spans=tuple(spans), by_steps=by_steps)


def check_guidance_schedule(text: str) -> str:
    """The text itself, once it was understood; for a field of the recipe.

    Raises
    ------
    ValueError
        As `parse_guidance_schedule`.
    """
    parse_guidance_schedule(text)
    return text


def _listed(part: str) -> float:
    match = _LISTED.fullmatch(part)
    if match is None:
        raise ValueError(f"is no guidance schedule at {part.strip()[:40]!r}: write {_EXAMPLES}")
    return _allowed(match[1])


def _span(part: str) -> tuple[bool, Span]:
    match = _SPAN.fullmatch(part)
    if match is None or (match["steps"] is None and match["end"] is None):
        raise ValueError(f"is no guidance schedule at {part.strip()[:40]!r}: write {_EXAMPLES}")
    by_steps = match["steps"] is not None
    start, end = Fraction(match["start"]), Fraction(match["end"] or match["start"])
    if by_steps and not (start.denominator == end.denominator == 1 and 1 <= start <= end):
        raise ValueError(f"has the steps {part.strip()[:40]!r}: count whole steps from 1, the lower one first")
    if not by_steps and not 0 <= start < end <= 1:
        raise ValueError(
            f"has the interval {part.strip()[:40]!r}: a share of the way is from 0 to 1, the lower one first; write "
            "'steps 1-3: 1' to count steps"
        )
    return by_steps, Span(start, end, _allowed(match["to"]))


def _allowed(text: str) -> float:
    value = float(text)
    if value > GUIDANCE_MAX:
        raise ValueError(f"has the guidance {text}: it must be from 0 to {GUIDANCE_MAX}")
    return value


def _number(value: Fraction) -> str:
    return f"{float(value):g}"
