"""Previews: the picture that an image is heading for, while it is being denoised."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

from fluxlab.engine.decode import Decoded, to_image

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from fluxlab.engine.track import Track
    from fluxlab.models import Loaded
    from fluxlab.models.memory_plan import MemoryPlan
    from fluxlab.recipe import Recipe

#: Larger latents are averaged down to this side: 32 of them are 256 pixels, and decoding costs by the area.
SIDE_MAX = 32
#: Seconds between two previews of an image; the first comes after the first step.
EVERY = 0.25


class Previews:
    """A track that decodes, now and then, what the last velocity points at; it changes nothing.

    On a straight path from noise to image the picture is ``latents - sigma * velocity`` at every step.

    Parameters
    ----------
    loaded
        The pipeline, inside its `use`.
    recipe
        What is made.
    tell
        Called with the number of steps done and the picture.
    inner
        Another track, which goes on as if it were alone.
    """

    def __init__(
        self, loaded: Loaded, recipe: Recipe, tell: Callable[[int, Image.Image], None], inner: Track | None = None
    ) -> None:
        self._loaded = loaded
        self._recipe = recipe
        self._tell = tell
        self._inner = inner
        self._scheduler: Any = None
        self._seen: tuple[torch.Tensor, torch.Tensor] | None = None
        self._last = float("-inf")
        self.start: int = 0 if inner is None else inner.start
        self.latents: torch.Tensor | None = None if inner is None else inner.latents
        self.guidance: tuple[float | None, ...] = () if inner is None else inner.guidance

    def begin(self, scheduler: Any) -> None:
        """See `Track.begin`."""
        if self._inner is not None:
            self._inner.begin(scheduler)
        self._scheduler = scheduler
        step: Callable[..., Any] = scheduler.step

        @wraps(step)
        def watched(velocity: torch.Tensor, timestep: Any, sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            self._seen = (velocity, sample)
            return step(velocity, timestep, sample, *args, **kwargs)

        scheduler.step = watched

    def step_done(self, done: int, latents: torch.Tensor, guidance: Sequence[float | None]) -> None:
        """See `Track.step_done`."""
        if self._inner is not None:
            self._inner.step_done(done, latents, guidance)
        now = time.monotonic()
        if self._seen is None or done == self._recipe.steps or now - self._last < EVERY:
            return
        velocity, sample = self._seen
        sigma = float(self._scheduler.sigmas[done - 1])
        heading = (sample.float() - sigma * velocity.float()).to(sample.dtype)
        self._tell(done, picture(self._loaded, heading, self._recipe.width, self._recipe.height))
        self._last = time.monotonic()


def can_preview(plan: MemoryPlan) -> bool:
    """Whether the autoencoder is where the latents are while the transformer works."""
    return plan.device == "cpu" or "vae" in plan.on_device("denoise")


def picture(loaded: Loaded, latents: torch.Tensor, width: int, height: int) -> Image.Image:
    """A small picture of packed latents, its longer side at most 256 pixels for FLUX's autoencoder.

    Parameters
    ----------
    loaded
        The pipeline, inside its `use`.
    latents
        Packed, shape (1, tokens, channels).
    width, height
        Of the whole image in pixels.
    """
    import torch
    from torch.nn.functional import adaptive_avg_pool2d

    pipe = loaded.pipe
    with torch.no_grad():
        unpacked = pipe._unpack_latents(latents, height, width, pipe.vae_scale_factor)  # noqa: SLF001  (the pipeline's own layout)
        high, wide = unpacked.shape[-2:]
        shrink = max(high, wide) / SIDE_MAX
        if shrink > 1:
            unpacked = adaptive_avg_pool2d(unpacked, (max(1, round(high / shrink)), max(1, round(wide / shrink))))
        scaled = unpacked / pipe.vae.config.scaling_factor + pipe.vae.config.shift_factor
        pixels = pipe.vae.decode(scaled, return_dict=False)[0]
    return to_image(loaded, Decoded(pixels, 0.0))
