"""The transformer's repeated blocks through ``torch.compile``, for one image; every other image runs them eagerly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from fluxlab.models import Loaded

#: What dynamo hands its graphs to.
BACKEND = "inductor"
#: Blocks of two kinds share one piece of code, and a new size, LoRA or attention backend compiles each again: past
#: dynamo's own limit of 8 it would go on eagerly without a word.
RECOMPILE_LIMIT = 256


@dataclass
class Compiled:
    """What was compiled, as read back: with what, how many blocks, and the seconds that compiling took meanwhile."""

    backend: str
    blocks: int
    seconds: float = 0.0


#: By transformer, whose blocks these are: one that was dropped and read again has others.
_KEPT: WeakKeyDictionary[Any, dict[str, list[Callable[..., Any]]]] = WeakKeyDictionary()


@contextmanager
def compiled_blocks(loaded: Loaded, *, on: bool) -> Iterator[Compiled | None]:
    """Run the repeated blocks compiled inside the block, if ``on``.

    Compiling puts a second way of being called into each block. It is kept for the next compiled image and taken out
    after this one, so that an eager image keeps its bits. Every size has a graph of its own: one graph for all of them
    would give an image other bits before and after the first image of another size.
    """
    if not on:
        yield None
        return
    import torch
    from torch._dynamo.utils import calculate_time_spent

    transformer = loaded.pipe.transformer
    names = transformer._repeated_blocks  # noqa: SLF001  (what diffusers itself compiles)
    blocks = [module for module in transformer.modules() if type(module).__name__ in names]
    kept = _KEPT.setdefault(transformer, {})
    # A graph break would leave a part of a block uncompiled, and a full cache all of it: both shall be errors.
    limits = torch._dynamo.config.patch(  # noqa: SLF001  (documented under this name)
        recompile_limit=RECOMPILE_LIMIT, fail_on_recompile_limit_hit=True
    )
    before = calculate_time_spent()["total_wall_time"]
    try:
        if BACKEND not in kept:
            transformer.compile_repeated_blocks(fullgraph=True, dynamic=False, backend=BACKEND)
            kept[BACKEND] = [block._compiled_call_impl for block in blocks]  # noqa: SLF001  (see torch.nn.Module.compile)
        else:
            for block, call in zip(blocks, kept[BACKEND], strict=True):
                block._compiled_call_impl = call  # noqa: SLF001  (as above)
        with limits:
            used = Compiled(BACKEND, sum(block._compiled_call_impl is not None for block in blocks))  # noqa: SLF001  (as above)
            yield used
        used.seconds = calculate_time_spent()["total_wall_time"] - before
    finally:
        for block in blocks:
            block._compiled_call_impl = None  # noqa: SLF001  (as above)
