"""What may look on while a recipe is denoised: a fork, which also begins in the middle, or a trajectory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch


class Track(Protocol):
    """Looks on, and says where denoising begins.

    Attributes
    ----------
    start
        Steps that are done already; 0 begins at the noise.
    latents
        Packed latents after them, shape (1, tokens, channels); ``None`` for ``start`` 0.
    guidance
        What was read back as the guidance of those steps.
    """

    start: int
    latents: torch.Tensor | None
    guidance: tuple[float | None, ...]

    def begin(self, scheduler: Any) -> None:
        """Denoising is about to begin with this scheduler."""
        ...

    def step_done(self, done: int, latents: torch.Tensor, guidance: Sequence[float | None]) -> None:
        """So many steps are done, with these latents, and the guidance of each."""
        ...


def begin_at(scheduler: Any, step: int) -> None:
    """Let an Euler scheduler begin at a later step of the same schedule, to the bit.

    The sigmas stay those of the whole way, which spacings such as Karras' depend on; only the steps before are left
    out.
    """
    set_timesteps: Callable[..., None] = scheduler.set_timesteps
    set_begin: Callable[[int], None] = scheduler.set_begin_index

    @wraps(set_timesteps)  # the pipeline looks at its signature
    def later(*args: Any, **kwargs: Any) -> None:
        set_timesteps(*args, **kwargs)
        scheduler.timesteps = scheduler.timesteps[step:]

    scheduler.set_timesteps = later
    scheduler.set_begin_index = lambda begin=0: set_begin(begin + step)
