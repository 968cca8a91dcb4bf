"""Which LoRAs stay in a pipeline after their run: the most recent ones, so that memory does not grow for ever."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from fluxlab.engine.adapters import delete_adapters

if TYPE_CHECKING:
    from diffusers import FluxPipeline

#: LoRAs that stay beside those of the runs that go on; each of them takes as much memory as its file.
IDLE_MAX = 8


@dataclass
class _Kept:
    """Adapters of one pipeline: ``order`` has the least recently used first, ``held`` the runs that use each."""

    order: dict[str, None] = field(default_factory=dict)
    held: Counter[str] = field(default_factory=Counter)


_KEPT: WeakKeyDictionary[FluxPipeline, _Kept] = WeakKeyDictionary()


def hold(pipe: FluxPipeline, adapters: Iterable[str]) -> None:
    """Keep adapters for a run; the caller holds the pipeline's lock."""
    kept = _KEPT.setdefault(pipe, _Kept())
    for adapter in adapters:
        kept.order.pop(adapter, None)
        kept.order[adapter] = None
        kept.held[adapter] += 1


def release(pipe: FluxPipeline, adapters: Iterable[str]) -> None:
    """End what `hold` began, and take out all but the `IDLE_MAX` adapters that were used last."""
    kept = _KEPT.setdefault(pipe, _Kept())
    kept.held.subtract(adapters)
    idle = [adapter for adapter in kept.order if kept.held[adapter] <= 0]
    surplus = idle[: max(0, len(idle) - IDLE_MAX)]
    delete_adapters(pipe, surplus)
    for adapter in surplus:
        del kept.order[adapter], kept.held[adapter]
