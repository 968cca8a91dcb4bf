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

    from fluxlab.engine.flight import Flight
    from fluxlab.engine.track import Track
    from fluxlab.models import Loaded
    from fluxlab.models.memory_plan import MemoryPlan
    from fluxlab.recipe import Recipe
    from fluxlab.sweep import Cell

#: Larger latents are averaged down to this side: 32 of them are 256 pixels, and decoding costs by the area.
SIDE_MAX = 32
#: Seconds between two previews of an image; the first comes after the first step.
EVERY = 0.25


class Previews:
    """A track that decodes, now and then, what the last velocity points at; it changes nothing.

    On a straight path from noise to image the picture is that of ``latents - sigma * velocity`` at every step.

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
        heading = _heading(*self._seen, self._scheduler, done)
        (picture,) = pictures(self._loaded, heading, self._recipe.width, self._recipe.height)
        self._tell(done, picture)
        self._last = time.monotonic()


class BatchPreviews:
    """Decodes, now and then, what all cells of a batch are heading for.

    Parameters
    ----------
    loaded
        The pipeline, inside its `use`.
    tell
        Called with the cell, the number of its steps done and the picture.
    """

    def __init__(self, loaded: Loaded, tell: Callable[[Cell, int, Image.Image], None]) -> None:
        self._loaded = loaded
        self._tell = tell
        self._next = float("-inf")

    def step_done(self, flights: Sequence[Flight]) -> None:
        """These cells of one size have made a step."""
        import torch

        shown = [flight for flight in flights if not flight.done and flight.seen is not None]
        if not shown or time.monotonic() < self._next:
            return
        recipe = shown[0].recipe
        headings = [
            _heading(*flight.seen, flight.scheduler, flight.step) for flight in shown if flight.seen is not None
        ]
        made = pictures(self._loaded, torch.cat(headings), recipe.width, recipe.height)
        for flight, picture in zip(shown, made, strict=True):
            self._tell(flight.cell, flight.step, picture)
        # Many pictures take longer than one: their share of the time stays the same.
        self._next = time.monotonic() + EVERY * len(shown)


def _heading(velocity: torch.Tensor, sample: torch.Tensor, scheduler: Any, done: int) -> torch.Tensor:
    """The latents that the velocity of a step points at, when so many steps are done."""
    sigma = float(scheduler.sigmas[done - 1])
    return (sample.float() - sigma * velocity.float()).to(sample.dtype)


def can_preview(plan: MemoryPlan) -> bool:
    """Whether the autoencoder is where the latents are while the transformer works."""
    return plan.device == "cpu" or "vae" in plan.on_device("denoise")


def pictures(loaded: Loaded, latents: torch.Tensor, width: int, height: int) -> list[Image.Image]:
    """Small pictures of packed latents, their longer side at most 256 pixels for FLUX's autoencoder.

    Parameters
    ----------
    loaded
        The pipeline, inside its `use`.
    latents
        Packed, shape (images, tokens, channels).
    width, height
        Of the whole images in pixels.
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
    return [to_image(loaded, Decoded(one, 0.0)) for one in pixels.split(1)]
