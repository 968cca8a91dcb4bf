"""Guidance that changes from step to step, put into the transformer's call in place of the pipeline's one number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def scheduled_guidance(transformer: Any, values: Sequence[float] | None) -> Iterator[Callable[[int], None]]:
    """Give every step its own guidance inside the block.

    Parameters
    ----------
    transformer
        Of the pipeline.
    values
        One for each step; ``None`` leaves the pipeline's number.

    Yields
    ------
    callable
        To be told how many steps are done. Calls are not counted, because true classifier-free guidance has two a step.
    """
    if values is None:
        yield lambda _: None
        return
    import torch

    step = 0

    def see(_module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        given = kwargs["guidance"]
        # Made as the pipeline makes its own, so that the bits are those of a call with this number.
        mine = torch.full([1], values[step], device=given.device, dtype=torch.float32).expand(given.shape[0])
        return args, {**kwargs, "guidance": mine}

    def done(steps: int) -> None:
        nonlocal step
        step = min(steps, len(values) - 1)

    handle = transformer.register_forward_pre_hook(see, with_kwargs=True)
    try:
        yield done
    finally:
        handle.remove()
