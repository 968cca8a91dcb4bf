"""A cell on its way through the transformer: its latents, its sampler, its prompts, its place among the steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fluxlab.engine.denoise import Denoised
from fluxlab.engine.levers import Levers
from fluxlab.engine.schedulers import make_scheduler
from fluxlab.engine.stopwatch import Less, Stopwatch
from fluxlab.engine.used import used
from fluxlab.levers import NATIVE

if TYPE_CHECKING:
    import torch

    from fluxlab.engine.compiled import Compiled
    from fluxlab.engine.prompts import Encoded
    from fluxlab.engine.wear import Wear
    from fluxlab.models import Loaded
    from fluxlab.recipe import Recipe
    from fluxlab.sweep import Cell


@dataclass(eq=False)
class Flight:
    """One cell between its noise and its latents.

    Attributes
    ----------
    latents
        Packed, shape (1, tokens, channels), after ``step`` steps.
    timesteps
        1000 times the noise level at which each step begins, shape (steps,).
    shares
        The time of each batch that it took part in, and its share of the rows.
    widest
        Cells in the largest of these batches.
    schedule
        Guidance of each step; ``None`` for a model without guidance embedding.
    guidances
        What was read back of it.
    seen
        The velocity of the last step, and the latents before it.
    """

    cell: Cell
    uid: str
    latents: torch.Tensor
    scheduler: Any
    timesteps: torch.Tensor
    positive: Encoded
    negative: Encoded | None
    wear: Wear
    schedule: tuple[float, ...] | None
    encode_seconds: float
    step: int = 0
    calls: int = 0
    shares: list[tuple[Stopwatch, float]] = field(default_factory=list)
    widest: int = 0
    guidances: list[float] = field(default_factory=list)
    seen: tuple[torch.Tensor, torch.Tensor] | None = None
    quantization: str | None = None
    attention: str = NATIVE
    compiled: Compiled | None = None
    compile_seconds: float = 0.0

    @property
    def recipe(self) -> Recipe:
        """What is made."""
        return self.cell.recipe

    @property
    def done(self) -> bool:
        """Whether the last step is behind it."""
        return self.step == len(self.timesteps)

    @property
    def rows(self) -> int:
        """Rows that it takes in a batch: classifier-free guidance asks the transformer twice."""
        return 1 if self.negative is None else 2

    @property
    def guidance(self) -> float:
        """What the guidance embedding gets in the next step, where the model has one."""
        return 0.0 if self.schedule is None else self.schedule[self.step]

    def advance(self, velocity: torch.Tensor) -> None:
        """One step of its own sampler.

        Parameters
        ----------
        velocity
            The transformer's answers, shape (``rows``, tokens, channels).
        """
        one = velocity[:1]
        if self.negative is not None:
            one = velocity[1:] + self.recipe.true_cfg_scale * (one - velocity[1:])
        self.seen = one, self.latents
        moved = self.scheduler.step(one, self.timesteps[self.step], self.latents, return_dict=False)[0]
        self.latents = moved.to(self.latents.dtype)
        self.step += 1
        self.calls += self.rows

    def denoised(self) -> Denoised:
        """What the transformer made of it, and what was really used."""
        return Denoised(
            self.latents,
            {
                "steps": self.step,
                "transformer_calls": self.calls,
                "image_tokens": self.latents.shape[1],
                "text_tokens": self.positive.prompt.shape[1],
                "loras": self.wear.used,
                "quantization": self.quantization,
                "batch_size": self.widest,
                **used(self.recipe, self.latents, self.scheduler, self.positive, self.guidances),
                **Levers(self.attention, self.compiled).report(self.step, self.calls),
            },
            {
                "encode": self.encode_seconds,
                "denoise": Less(_Sum(tuple(self.shares)), self.compile_seconds),
                **({} if self.compiled is None else {"compile": self.compile_seconds}),
            },
        )


@dataclass(frozen=True)
class _Sum:
    """Shares of several times, added when they are asked for."""

    shares: tuple[tuple[Stopwatch, float], ...]

    def __float__(self) -> float:
        return sum(float(watch) * share for watch, share in self.shares)


def image_ids(loaded: Loaded, recipe: Recipe, like: torch.Tensor) -> torch.Tensor:
    """Positions of the image's tokens, shape (tokens, 3)."""
    pipe = loaded.pipe
    # One token is a square of two by two latents.
    high, wide = (side // (2 * pipe.vae_scale_factor) for side in (recipe.height, recipe.width))
    ids: torch.Tensor = pipe._prepare_latent_image_ids(1, high, wide, like.device, like.dtype)  # noqa: SLF001  (the pipeline's own)
    return ids


def take_off(
    loaded: Loaded, recipe: Recipe, dtype: torch.dtype, device: torch.device
) -> tuple[torch.Tensor, Any, torch.Tensor]:
    """The noise, the sampler and its timesteps, as `FluxPipeline` prepares them for a lone call.

    Parameters
    ----------
    loaded
        The pipeline.
    recipe
        What is to be made.
    dtype
        Of the prompt's embeddings, in which the noise is drawn.
    device
        Where the transformer works.

    Returns
    -------
    tuple
        Packed latents (1, tokens, channels), a scheduler at its first step, timesteps (steps,).
    """
    import numpy as np
    import torch
    from diffusers.pipelines.flux.pipeline_flux import calculate_shift, retrieve_timesteps

    pipe = loaded.pipe
    scheduler = make_scheduler(recipe.scheduler, loaded.scheduler_config)
    generator = torch.Generator("cpu").manual_seed(recipe.seed)
    channels = pipe.transformer.config.in_channels // 4
    latents, _ = pipe.prepare_latents(1, channels, recipe.height, recipe.width, dtype, device, generator)
    config = scheduler.config
    names = ("base_image_seq_len", "max_image_seq_len", "base_shift", "max_shift")
    of_flux = (256, 4096, 0.5, 1.15)
    mu = calculate_shift(
        latents.shape[1], *(config.get(name, usual) for name, usual in zip(names, of_flux, strict=True))
    )
    sigmas = None if config.get("use_flow_sigmas") else np.linspace(1.0, 1 / recipe.steps, recipe.steps)
    timesteps, _ = retrieve_timesteps(scheduler, recipe.steps, device, sigmas=sigmas, mu=mu)
    scheduler.set_begin_index(0)
    return latents, scheduler, timesteps
