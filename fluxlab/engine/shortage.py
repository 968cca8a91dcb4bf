"""Out of memory: told from other errors, put into a sentence with the next step, and what was held let go."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from fluxlab.errors import GenerationError
from fluxlab.models.device import release_cached

if TYPE_CHECKING:
    from fluxlab.models.memory_plan import MemoryPlan

#: How torch's allocators say it; on a CPU it is a plain RuntimeError.
_SAID = ("out of memory", "not enough memory", "can't allocate memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(said in str(error).lower() for said in _SAID)


def explained(error: Exception, plan: MemoryPlan) -> Exception:
    """An error as it is, or where memory ran out one sentence that names the preset and the next smaller one.

    What the failed call held is let go before it returns, so that the next cell finds the memory free.

    Parameters
    ----------
    error
        As it was caught; where memory ran out it loses its traceback.
    plan
        Of the pipeline that raised it.
    """
    if not is_out_of_memory(error):
        return error
    said = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    smaller = f'Lab(memory="{plan.smaller}"), ' if plan.smaller is not None else ""
    # The frames of the failed call hold its activations; clearing them is not enough, as diffusers asks for locals(),
    # whose copy a frame keeps.
    held: BaseException | None = error
    while held is not None:
        held.__traceback__ = None
        held = held.__context__
    gc.collect()
    release_cached(plan.device)
    return GenerationError(
        f'out of memory with memory="{plan.preset}", {plan.placement} ({type(error).__name__}: {said}): use {smaller}'
        "a smaller image, or close what else holds memory."
    )
