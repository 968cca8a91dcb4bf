"""`Findings`: what a parser makes of one text, value by value, with what it could not make sense of."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fluxlab.catalog.formats.bounds import NOTES_MAX

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_REAL = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE_END = 2**64

#: From a tool's name of a value to fluxlab's, and to its type.
Names = Mapping[str, tuple[str, Callable[[Any], Any]]]


def whole(value: Any) -> int | None:
    """A whole number below 2**64 that is written as one, as text or as a float; ``None`` for anything else."""
    if isinstance(value, str):
        value = int(value) if _WHOLE.fullmatch(value := value.strip()) else None
    elif isinstance(value, float):
        value = int(value) if value.is_integer() else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < _WHOLE_END else None


def real(value: Any) -> float | None:
    """A finite number, also when it is written as text; ``None`` for anything else."""
    if isinstance(value, str):
        value = float(value) if _REAL.fullmatch(value := value.strip()) else None
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def text(value: Any) -> str | None:
    """Text as it is; ``None`` for anything else."""
    return value if isinstance(value, str) else None


def shown(value: Any) -> str:
    """The beginning of a value, for a sentence."""
    # A deep or long value must not be written out whole only to be cut.
    if isinstance(value, (dict, list)):
        return f"a {'mapping' if isinstance(value, dict) else 'list'} of {len(value)}"
    whole_text = repr(value[:80] if isinstance(value, str) else value)
    return whole_text if len(whole_text) <= 60 else whole_text[:57] + "..."


@dataclass
class Findings:
    """Parameters under fluxlab's names, the rest under the tool's, and notes; filled by a parser."""

    parameters: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """Add a sentence, once, while there are not too many."""
        if len(self.notes) < NOTES_MAX and sentence not in self.notes:
            self.notes.append(sentence)

    def put(self, key: str, value: Any, names: Names) -> None:
        """File one value of a tool.

        Parameters
        ----------
        key, value
            As the tool wrote them.
        names
            The keys that mean the same as a parameter of fluxlab's; other keys go to `extra`.
        """
        if key not in names:
            self.extra[key] = value
            return
        name, turn = names[key]
        turned = turn(value)
        if turned is None:
            if value is not None:
                kind = {"whole": "a whole number", "real": "a number"}.get(turn.__name__, "text")
                self.note(f"{key}={shown(value)} is not {kind}: it is kept as it stands.")
                self.extra[key] = value
        else:
            self.parameters[name] = turned

    def add_lora(self, name: str, strength: float) -> None:
        """A LoRA in use; the strengths of one that is used twice add up, as its effects do."""
        loras = self.parameters.setdefault("loras", {})
        if name in loras:
            self.note(f"LoRA {shown(name)} is used more than once: its strengths were added.")
        loras[name] = loras.get(name, 0.0) + strength
