r"""Prompt templates: ``{cat|dog}``, nested variants, ``{2$$ and $$a|b|c}`` and ``__wildcards__``.

The grammar is the one of dynamicprompts, so templates from other tools keep working, but it is read here: that library
(0.31) rejects ordinary prompts (``50% off``, a lone ``$``), drops everything after a ``#``, has no escape for braces,
and repeats a wildcard without a file for ever. Expansion is complete, and its order is fixed: the rightmost group
varies fastest.

A backslash makes ``{``, ``}``, ``|``, ``$``, ``__`` and itself literal; elsewhere it is an ordinary character.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fluxlab.errors import SweepError
from fluxlab.sweep.ranges import AXIS_MAX, excerpt
from fluxlab.sweep.wildcards import Wildcards

#: Deepest nesting of groups and wildcards.
DEPTH_MAX = 20
#: Most characters that all prompts of a template may have together.
TEXT_MAX = 50_000_000

_PLAIN = re.compile(r"[^{}|\\_$]+")
_ESCAPE = re.compile(r"\\(__|[{}|$\\])")
_WILDCARD = re.compile(r"__([\w\-./*]*?[^\W_][\w\-./*]*?|\*+)__")
_BOUND = re.compile(r"\s*(?:(?P<low>[0-9]{1,4})?(?P<dash>-)?(?P<high>[0-9]{1,4})?)\$\$(?:(?P<separator>[^${}]*)\$\$)?")
_WEIGHT = re.compile(r"\s*[0-9]*\.?[0-9]+\s*::")


@dataclass
class _Sequence:
    parts: list[str | _Choice] = field(default_factory=list)


@dataclass
class _Choice:
    options: list[_Sequence]
    low: int = 1
    high: int = 1
    separator: str = ","
    count: int = field(init=False)

    def __post_init__(self) -> None:
        # Kept, because the choice of a wildcard may stand in the tree thousands of times.
        self.count = _count_choice(self)


def expand(template: str, wildcards: Path | str | None = None) -> tuple[str, ...]:
    """All prompts that a template stands for, in a fixed order, repetitions folded.

    Parameters
    ----------
    template
        Text with variants and wildcards; text without any is returned as it is.
    wildcards
        Folder of ``name.txt`` files, one value a line, for ``__name__``. Values may be templates themselves.

    Returns
    -------
    tuple of str
        At most `AXIS_MAX` prompts.

    Raises
    ------
    SweepError
        For a malformed template, with the place, and for a template that stands for too many prompts.
    """
    tree = _Parser(template, Wildcards(wildcards)).parse()
    count = _count(tree)
    if count > AXIS_MAX:
        raise SweepError(
            f"prompt={excerpt(template)} stands for more than {AXIS_MAX:,} prompts, the most that is allowed: "
            "use fewer variants, or a shorter list of templates."
        )
    prompts: dict[str, None] = {}
    length = 0
    for prompt in _prompts(tree):
        prompts[prompt] = None
        length += len(prompt)
        if length > TEXT_MAX:
            raise SweepError(
                f"prompt={excerpt(template)} stands for {count:,} prompts with more than {TEXT_MAX:,} characters, "
                "the most that is allowed: use fewer variants or a shorter text."
            )
    if not prompts:
        raise SweepError(
            f"prompt={excerpt(template)} stands for no prompt: a group asks for more different variants than it has."
        )
    return tuple(prompts)


def escape(text: str) -> str:
    r"""``text`` as a template that stands for exactly this text, with braces and the like made literal.

    Examples
    --------
    >>> print(escape('{"scene": "a cat"}'))
    \{"scene": "a cat"\}
    """
    return re.sub(r"__|[{}|$\\]", lambda match: "\\" + match[0], text)


class _Parser:
    """Reads one text; wildcard values are read by parsers of their own, which know the names that led to them."""

    def __init__(
        self, text: str, wildcards: Wildcards, within: tuple[str, ...] = (), depth: int = 0, source: str = ""
    ) -> None:
        self.text, self.wildcards, self.within, self.depth, self.source = text, wildcards, within, depth, source
        self.at = 0
        self.known: dict[str, _Choice] = {}

    def parse(self) -> _Sequence:
        return self._sequence(opened=None)

    def _sequence(self, opened: int | None) -> _Sequence:
        """Parts up to the end, or up to the ``|`` or ``}`` that ends an option of the group at ``opened``."""
        sequence = _Sequence()
        while self.at < len(self.text):
            character = self.text[self.at]
            if plain := _PLAIN.match(self.text, self.at):
                self.at = plain.end()
                sequence.parts.append(plain[0])
            elif escaped := _ESCAPE.match(self.text, self.at):
                self.at = escaped.end()
                sequence.parts.append(escaped[1])
            elif character == "{":
                sequence.parts.append(self._group())
            elif character in "|}" and opened is not None:
                return sequence
            elif character == "}":
                raise self._error(self.at, r"'}' closes nothing; write '\}' for a brace in the prompt")
            elif self.text.startswith("${", self.at):
                raise self._error(self.at, r"variables are not known here; write '$\{' for these characters")
            elif self.text.startswith("__", self.at):
                sequence.parts.append(self._wildcard())
            else:
                sequence.parts.append(character)
                self.at += 1
        if opened is not None:
            raise self._error(opened, r"'{' is never closed; add '}', or write '\{' for a brace in the prompt")
        return sequence

    def _group(self) -> _Choice:
        opened = self.at
        if self.depth >= DEPTH_MAX:
            raise self._error(opened, f"groups are nested deeper than {DEPTH_MAX}, the most that is allowed")
        self.depth += 1
        self.at += 1
        bound = _BOUND.match(self.text, self.at)
        if bound:
            self.at = bound.end()
        options: list[_Sequence] = []
        while True:
            if weight := _WEIGHT.match(self.text, self.at):
                self.at = weight.end()  # every variant is made, so its weight says nothing
            options.append(_trim(self._sequence(opened)))
            self.at += 1
            if self.text[self.at - 1] == "}":
                break
        self.depth -= 1
        if len(options) == 1 and not options[0].parts:
            raise self._error(opened, r"'{}' holds no variants; write '{cat|dog}', or '\{\}' for braces in the prompt")
        return _Choice(options) if bound is None else self._bounded(options, bound, opened)

    def _bounded(self, options: list[_Sequence], bound: re.Match[str], opened: int) -> _Choice:
        low, high = bound["low"], bound["high"]
        if len(options) == 1 and len(options[0].parts) == 1 and isinstance(inner := options[0].parts[0], _Choice):
            # "{2$$__colours__}" takes two of the wildcard's values.
            options = inner.options
        if low is None and high is None:
            raise self._error(opened + 1, "a number must stand before '$$', such as '{2$$a|b|c}'")
        least = int(low) if low is not None else 1
        most = int(high) if high is not None else len(options) if bound["dash"] else least
        if not least <= most <= len(options):
            raise self._error(
                opened + 1, f"{bound[0].split('$$')[0].strip()} of {len(options)} variants cannot be chosen"
            )
        return _Choice(options, least, most, "," if bound["separator"] is None else bound["separator"])

    def _wildcard(self) -> str | _Choice:
        place = self.at
        match = _WILDCARD.match(self.text, place)
        if match is None:
            after = self.text[place + 2 : place + 3]
            if after.isalnum():
                raise self._error(place, r"the wildcard is never closed; add '__', or write '\__' for underscores")
            while self.text.startswith("_", self.at):
                self.at += 1
            return self.text[place : self.at]
        name = match[1]
        if name in self.within:
            raise self._error(place, f"the wildcard '{name}' leads back to itself")
        if self.depth >= DEPTH_MAX:
            raise self._error(place, f"wildcards are nested deeper than {DEPTH_MAX}, the most that is allowed")
        self.at = match.end()
        if name not in self.known:
            try:
                values = self.wildcards.values(name)
            except SweepError as error:
                raise self._error(place, str(error)) from None
            self.known[name] = _Choice([self._value(name, value, source) for value, source in values])
        return self.known[name]

    def _value(self, name: str, value: str, source: str) -> _Sequence:
        parser = _Parser(value, self.wildcards, (*self.within, name), self.depth + 1, source)
        parser.known = self.known
        return parser.parse()

    def _error(self, place: int, reason: str) -> SweepError:
        where = f" of {self.source}" if self.source else ""
        reason = reason if reason.endswith(("?", ".")) else f"{reason}."
        return SweepError(f"prompt={excerpt(self.text, place)} is malformed at character {place + 1}{where}: {reason}")


def _trim(sequence: _Sequence) -> _Sequence:
    """The spaces after ``{`` and ``|`` only lay the template out; those before ``|`` and ``}`` do too."""
    parts = sequence.parts
    if parts and isinstance(parts[0], str):
        parts[0] = parts[0].lstrip()
    if parts and isinstance(parts[-1], str):
        parts[-1] = parts[-1].rstrip()
    sequence.parts = [part for part in parts if part != ""]
    return sequence


def _count(sequence: _Sequence) -> int:
    """How many prompts there are; any number above `AXIS_MAX` only means too many."""
    total = 1
    for part in sequence.parts:
        total = min(total * (1 if isinstance(part, str) else part.count), AXIS_MAX + 1)
    return total


def _count_choice(choice: _Choice) -> int:
    counts = [_count(option) for option in choice.options]
    total = 0
    for size in range(choice.low, choice.high + 1):
        if _permutations(len(counts), size) > AXIS_MAX:
            return AXIS_MAX + 1
        # Sum over all sets of `size` options of the product of their counts: one polynomial coefficient.
        sums = [1] + [0] * size
        for count in counts:
            for k in range(size, 0, -1):
                sums[k] += sums[k - 1] * count
        total += sums[size] * math.factorial(size)
    return min(total, AXIS_MAX + 1)


def _permutations(options: int, size: int) -> int:
    total = 1
    for factor in range(options, options - size, -1):
        total *= factor
        if total > AXIS_MAX:
            break
    return total


def _prompts(node: _Sequence | _Choice | str) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, _Sequence):
        for combination in itertools.product(*(list(_prompts(part)) for part in node.parts)):
            yield "".join(combination)
    else:
        expanded = [list(_prompts(option)) for option in node.options]
        for size in range(node.low, node.high + 1):
            for chosen in itertools.permutations(expanded, size):
                for combination in itertools.product(*chosen):
                    # Of "{2$$cat|cat|dog}" nobody wants "cat,cat".
                    if len(set(combination)) == size:
                        yield node.separator.join(combination)
