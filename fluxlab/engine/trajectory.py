"""The way of one image from noise to picture: the latents before and after every step, and the velocities between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from fluxlab.engine.adapters import set_loras
from fluxlab.engine.cancel import Cancelled, CancelToken
from fluxlab.engine.decode import decode, to_image
from fluxlab.engine.denoise import denoise
from fluxlab.engine.kept_adapters import hold, release
from fluxlab.engine.runner import prompt_cache
from fluxlab.models import find_lora, load

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from fluxlab.recipe import Recipe


@dataclass(frozen=True)
class Traced:
    """One way.

    Attributes
    ----------
    latents
        Packed latents before the first step and after every step, float32, shape (steps + 1, tokens, channels).
    velocities
        What the scheduler was given at every step, float32, shape (steps, tokens, channels): noise minus image, with
        true classifier-free guidance already mixed.
    sigmas
        Share of noise before the first step and after every step, from 1 down to 0.
    image
        What came out.
    previews
        The image that each step's velocity points at: latents minus sigma times velocity, decoded.
    effective
        What was read back.
    """

    latents: torch.Tensor
    velocities: torch.Tensor
    sigmas: tuple[float, ...]
    image: Image.Image
    previews: tuple[Image.Image, ...]
    effective: dict[str, Any]


class _Path:
    """A track that keeps everything and changes nothing."""

    def __init__(self) -> None:
        self.start = 0
        self.latents: torch.Tensor | None = None
        self.guidance: tuple[float | None, ...] = ()
        self.states: list[torch.Tensor] = []
        self.velocities: list[torch.Tensor] = []

    def begin(self, scheduler: Any) -> None:
        """See `Track.begin`."""
        step: Callable[..., Any] = scheduler.step

        @wraps(step)
        def watched(velocity: torch.Tensor, timestep: Any, sample: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
            if not self.states:
                self.states.append(sample.clone())
            self.velocities.append(velocity.clone())
            return step(velocity, timestep, sample, *args, **kwargs)

        scheduler.step = watched

    def step_done(self, done: int, latents: torch.Tensor, guidance: Sequence[float | None]) -> None:
        """See `Track.step_done`."""
        del done, guidance
        self.states.append(latents.clone())


def trace(recipe: Recipe, memory: str = "auto") -> Traced:
    """Make an image in exact mode and keep its way; nothing is recorded.

    Parameters
    ----------
    recipe
        What to make.
    memory
        Memory preset, one of `fluxlab.models.memory.PRESETS`.

    Raises
    ------
    ModelError, LoraError
        When the model or a LoRA cannot be used.
    KeyboardInterrupt
        When it was stopped.
    """
    import torch

    loaded = load(recipe.model, recipe.quantization, memory)
    files = {use.name: find_lora(use.name) for use in recipe.loras}
    path = _Path()
    adapters = [] if recipe.compile else [files[use.name].adapter for use in recipe.loras if use.acts]
    with loaded.use():
        hold(loaded.pipe, adapters)
    try:
        denoised = denoise(
            loaded, prompt_cache(loaded), recipe, files, token=CancelToken(), on_step=lambda _: None, track=path
        )
    except Cancelled:
        raise KeyboardInterrupt from None
    finally:
        with loaded.use():
            set_loras(loaded.pipe, (), {})
            release(loaded.pipe, adapters)
    sigmas = tuple(denoised.effective["sigmas"])

    def picture(latents: torch.Tensor) -> Image.Image:
        return to_image(loaded, decode(loaded, latents, recipe.width, recipe.height))

    with loaded.use():
        previews = [
            picture((state.float() - sigma * velocity.float()).to(state.dtype))
            for state, velocity, sigma in zip(path.states, path.velocities, sigmas, strict=False)
        ]
        image = picture(denoised.latents)
    return Traced(
        latents=torch.cat(path.states).float().cpu(),
        velocities=torch.cat(path.velocities).float().cpu(),
        sigmas=sigmas,
        image=image,
        previews=tuple(previews),
        effective=denoised.effective,
    )
