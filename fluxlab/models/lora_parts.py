"""Block factors against a model and a LoRA file: what neither has is refused."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from fluxlab.blocks import STREAMS, Part, covers, span
from fluxlab.errors import LoraError
from fluxlab.models.files import single_file
from fluxlab.models.header import read_header
from fluxlab.models.loras import LoraFile
from fluxlab.models.spec import ModelSpec
from fluxlab.recipe import Lora

_COUNTS = {"double": "num_layers", "single": "num_single_layers"}


@lru_cache(maxsize=64)
def _config(path: Path, changed: int) -> dict[str, int]:  # noqa: ARG001  (the time of change is part of the cache's key)
    told = json.loads(path.read_text(encoding="utf-8"))
    return {stream: int(told[field]) for stream, field in _COUNTS.items()}


def block_counts(spec: ModelSpec) -> dict[str, int]:
    """How many blocks of each stream the model's transformer has; empty where its files do not say."""
    if (file := single_file(spec)) is not None:
        header = read_header(spec.name, file)
        return {"double": header.layers, "single": header.single_layers}
    path = spec.folder / "transformer" / "config.json"
    try:
        return _config(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError):
        return {}


def check_parts(use: Lora, found: LoraFile, spec: ModelSpec) -> None:
    """Refuse factors for blocks that the model does not have, or that the LoRA does not touch.

    Raises
    ------
    LoraError
        The message says which there are.
    """
    if not use.blocks:
        return
    counts = block_counts(spec)
    touched = found.keys.parts
    for key, _ in use.blocks:
        stream, _low, high = span(key)
        if stream is not None and high >= counts.get(stream, high + 1):
            raise LoraError(
                f"lora '{use.name}' has a factor for {key}, but model '{spec.name}' has {stream} blocks 0 to "
                f"{counts[stream] - 1} only: name one of these."
            )
        if touched and not any(covers(key, part) for part in touched):
            raise LoraError(
                f"lora '{use.name}' does not touch {key}, so that a factor for it has no effect: it acts on "
                f"{listed_parts(touched)}; leave the factor out."
            )


def listed_parts(parts: Iterable[Part]) -> str:
    """Parts of a model in short words: ``double.0-18, single.0-37, transformer``."""
    blocks: dict[str, list[int]] = {stream: [] for stream in STREAMS}
    others: set[str] = set()
    for part in parts:
        if part.stream is None or part.block is None:
            others.add(str(part))
        else:
            blocks[part.stream].append(part.block)
    words = [f"{stream}.{run}" for stream, numbers in blocks.items() for run in _runs(sorted(numbers))]
    return ", ".join([*words, *sorted(others)])


def _runs(numbers: list[int]) -> list[str]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return [str(low) if low == high else f"{low}-{high}" for low, high in runs]
