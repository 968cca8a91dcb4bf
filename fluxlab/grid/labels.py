"""How values become text: the same words in the notebook, the saved page, the contact sheet and the plot."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from fluxlab.blocks import flat_loras

#: Characters that steer the direction of the text around them, and could make a label read as another one.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str) -> str:
    """Text without invisible power: controls, direction overrides and lone surrogates are shown by their number.

    New lines and tabs become spaces; letters of every script, and emoji, stay as they are.
    """
    out = []
    for letter in text:
        if letter in "\n\r\t\u2028\u2029":
            out.append(" ")
        elif letter in _BIDI or unicodedata.category(letter) in {"Cc", "Cs", "Co"}:
            out.append(f"\u27e8U+{ord(letter):04X}\u27e9")
        else:
            out.append(letter)
    return "".join(out)


def shorten(text: str, limit: int) -> str:
    """The text, or its start with an ellipsis so that it has at most ``limit`` characters."""
    return text if len(text) <= limit else text[: max(0, limit - 1)].rstrip() + "…"


def value_text(value: Any, limit: int = 80) -> str:
    """A value as people write it: ``3.5``, ``none``, ``128 x 160``, or text shortened to ``limit``."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        # Six digits where they say it all: otherwise two values could wear the same label.
        short = f"{value:.6g}"
        return short if float(short) == value else repr(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return shorten(", ".join(f"{clean(str(k))} {value_text(v, limit)}" for k, v in value.items()) or "none", limit)
    if isinstance(value, (list, tuple)):
        size = len(value) == 2 and all(type(v) is int for v in value)
        return shorten((" x " if size else ", ").join(value_text(v, limit) for v in value) or "none", limit)
    # Cut before cleaning: a prompt may have a million characters.
    return shorten(clean(str(value)[: limit + 1]), limit) or "(empty)"


def value_labels(values: Sequence[Any], limit: int = 80) -> list[str]:
    """Labels of the values of one axis; those that shortening made equal are numbered, so that no two are alike."""
    labels = [value_text(value, limit) for value in values]
    times = Counter(labels)
    numbered = [f"[{place}] {shorten(label, max(1, limit - 5))}" for place, label in enumerate(labels, start=1)]
    out = [numbered[i] if times[label] > 1 else label for i, label in enumerate(labels)]
    # A value may itself read "[1] …"; then all are numbered.
    return out if len(set(out)) == len(out) else numbered


def listed(words: Sequence[str], limit: int = 8) -> str:
    """``a``, ``a and b``, ``a, b and c``, or the first few and how many more."""
    shown = list(words[:limit])
    if len(words) > limit:
        shown.append(f"{len(words) - limit} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""


def frozen(value: Any) -> Hashable:
    """A form of a value that can be looked up: 1 finds 1.0, a list finds a tuple, and True does not find 1."""
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "shape", None) == ():
        value = item()
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, Mapping):
        return ("map", *sorted((str(k), frozen(v)) for k, v in value.items()))
    if isinstance(value, (list, tuple)):
        return ("list", *(frozen(v) for v in value))
    return value if isinstance(value, Hashable) else repr(value)


def strengths(loras: Any) -> dict[str, Any]:
    """LoRAs and their strengths, and their factors by ``name@key``, from a recipe's list or from a mapping."""
    return flat_loras(loras)


def coords_text(coords: Mapping[str, Any], limit: int = 60) -> str:
    """Coordinates in one line: ``guidance 3.5, seed 1``."""
    return ", ".join(f"{clean(axis)} {value_text(value, limit)}" for axis, value in coords.items())
