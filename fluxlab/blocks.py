"""Block factors: which part of a LoRA's strength reaches which part of the model.

FLUX has ``double`` blocks, where image and text run in two streams, and ``single`` blocks, where they run in one.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Between a LoRA's name and the part of the model that a factor is for: ``"ink@double.3"``.
MARK = "@"
FACTOR_MAX = 10.0
#: The modules that hold the blocks, relative to the transformer.
STREAMS = {"double": "transformer_blocks", "single": "single_transformer_blocks"}
COMPONENTS = ("transformer", "text_encoder")

_KEY = re.compile(r"all|transformer|text_encoder|(double|single)(?:\.([0-9]{1,4})(?:-([0-9]{1,4}))?)?")
# Anchored at both ends of the name: "transformer_blocks" also stands inside "single_transformer_blocks".
_PATH = re.compile(rf"({'|'.join(STREAMS.values())})\.([0-9]+)(?:\.|$)")
_HOLDERS = {holder: stream for stream, holder in STREAMS.items()}
_ALLOWED = "all, transformer, text_encoder, double, single, one block as double.3, or several as single.0-18"


@dataclass(frozen=True)
class Part:
    """Where a module stands: its component and, inside a block, the stream and the block's number."""

    component: str
    stream: str | None = None
    block: int | None = None

    def __str__(self) -> str:
        if self.stream is not None:
            return f"{self.stream}.{self.block}"
        return "transformer (rest)" if self.component == "transformer" else self.component


def part_of(component: str, path: str) -> Part:
    """The part of the model that a module belongs to.

    Parameters
    ----------
    component
        ``"transformer"`` or ``"text_encoder"``.
    path
        The module's name inside the component, such as ``"transformer_blocks.3.attn.to_q"``.
    """
    found = _PATH.match(path.removeprefix("_orig_mod.")) if component == "transformer" else None
    return Part(component) if found is None else Part(component, _HOLDERS[found[1]], int(found[2]))


def canonical(key: Any) -> str:
    """A key in its one form: ``"double.03-3"`` becomes ``"double.3"``.

    Raises
    ------
    ValueError
        For text that is no key, in words that follow "the factor's key".
    """
    found = _KEY.fullmatch(key) if isinstance(key, str) else None
    if found is None:
        raise ValueError(no_part(key))
    stream, first, last = found.groups()
    if first is None:
        return found[0]
    low, high = int(first), int(last or first)
    if high < low:
        raise ValueError(f"has {key!r}, which ends before it begins: write '{stream}.{high}-{low}'")
    return f"{stream}.{low}" if low == high else f"{stream}.{low}-{high}"


def no_part(key: Any) -> str:
    """What is wrong with a key that is none, and what is allowed: the second half of a sentence."""
    swept = ", which only the axes of a sweep know" if key in {"only", "without"} else ""
    return f"names no part of the model with {repr(key)[:60]}{swept}: write {_ALLOWED}"


def covers(key: str, part: Part) -> bool:
    """Whether a key speaks of a part."""
    if key in {"all", part.component, part.stream}:
        return True
    stream, low, high = span(key)
    return stream is not None and stream == part.stream and part.block is not None and low <= part.block <= high


def span(key: str) -> tuple[str | None, int, int]:
    """Stream, first and last block of a key that names blocks by number; ``(None, 0, -1)`` for every other key."""
    found = _KEY.fullmatch(key)
    if found is None or found[2] is None:
        return None, 0, -1
    return found[1], int(found[2]), int(found[3] or found[2])


def factor(blocks: Iterable[tuple[str, float]], part: Part) -> float:
    """The factor of a part: that of the most specific key that covers it, and 1 where none does."""
    found = [(width(key), value) for key, value in blocks if covers(key, part)]
    return min(found)[1] if found else 1.0


def checked(given: Any) -> tuple[tuple[str, float], ...]:
    """Factors by key, in their canonical form: keys sorted, values as finite numbers.

    Parameters
    ----------
    given
        A mapping, or pairs.

    Raises
    ------
    ValueError
        For keys and factors that are not allowed, and for keys of which neither is the more specific.
    """
    try:
        pairs = list(given.items() if isinstance(given, Mapping) else given)
        pairs = [(key, value) for key, value in pairs]
    except (TypeError, ValueError):
        raise ValueError("must be factors by part of the model, such as {'double': 0.5}") from None
    found: dict[str, float] = {}
    for key, value in pairs:
        name = canonical(key)
        if name in found:
            raise ValueError(f"names {name!r} twice: give it one factor")
        found[name] = _number(name, value)
    spans = sorted(span(key) for key in found if span(key)[0] is not None)
    for one, other in itertools.combinations(spans, 2):
        same_width = one[2] - one[1] == other[2] - other[1]
        if one[0] == other[0] and other[1] <= one[2] and same_width:
            raise ValueError(f"has two factors for {one[0]}.{other[1]}, of which none is the more specific: split them")
    return tuple(sorted(found.items()))


def _number(key: str, value: Any) -> float:
    item = getattr(value, "item", None)
    value = item() if callable(item) and getattr(value, "shape", None) == () else value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -FACTOR_MAX <= value <= FACTOR_MAX:
        raise ValueError(f"gives {key!r} the factor {repr(value)[:40]}: it must be a number from -10 to 10")
    return float(value) + 0.0


def acts(strength: float, blocks: Iterable[tuple[str, float]]) -> bool:
    """Whether a LoRA of this strength and these factors can change an image of any model."""
    factors = dict(blocks)
    return strength != 0 and ("all" not in factors or any(factors.values()))


def width(key: str) -> float:
    """How much of the model a key covers; the smallest is the most specific."""
    if key == "all":
        return math.inf
    if key in COMPONENTS:
        return 1e9
    stream, low, high = span(key)
    return 1e6 if stream is None else high - low + 1


def split_name(name: str) -> tuple[str, str | None]:
    """A LoRA's name and the key behind it: ``("ink", "double.3")`` for ``"ink@double.3"``, else ``(name, None)``."""
    front, mark, key = name.rpartition(MARK)
    return (front, key) if mark and front and _KEY.fullmatch(key) else (name, None)


def flat_loras(loras: Any) -> dict[str, Any]:
    """Strengths by name, and factors by ``name@key``, of LoRAs as a recipe's values hold them.

    Parameters
    ----------
    loras
        A list of mappings with ``name``, ``strength`` and perhaps ``blocks``; a flat mapping is returned as it is.
    """
    if isinstance(loras, Mapping):
        return dict(loras)
    out: dict[str, Any] = {}
    for use in loras or ():
        out[use["name"]] = use["strength"]
        out.update({f"{use['name']}{MARK}{key}": value for key, value in dict(use.get("blocks") or {}).items()})
    return out


def absent(name: str) -> float:
    """What a name of `flat_loras` stands for where it is missing: strength 0 of a LoRA, a factor of 1."""
    return 0.0 if split_name(name)[1] is None else 1.0


def nested_loras(flat: Mapping[Any, Any]) -> list[dict[str, Any]]:
    """The opposite of `flat_loras`; a LoRA of which only factors are given has strength 1."""
    out: dict[Any, dict[str, Any]] = {}
    for name, value in flat.items():
        lora, key = split_name(name) if isinstance(name, str) else (name, None)
        use = out.setdefault(lora, {"name": lora})
        if key is None:
            use["strength"] = value
        else:
            use.setdefault("blocks", {})[key] = value
    return list(out.values())
