"""What an image was really made with, as far as a lone call and a batch know the same of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from fluxlab.engine.prompts import Encoded
    from fluxlab.recipe import Recipe


def used(
    recipe: Recipe, latents: torch.Tensor, scheduler: Any, positive: Encoded, guidance: Sequence[float | None]
) -> dict[str, Any]:
    """Facts for the record, read back from the parts that took part.

    Parameters
    ----------
    recipe
        What was asked for.
    latents
        Packed, after the last step.
    scheduler
        After the last step.
    positive
        The prompt's encoding.
    guidance
        Of every step, as the transformer got it.
    """
    return {
        "guidance": guidance[0] if len(set(guidance)) == 1 else None,
        "dtype": str(latents.dtype).removeprefix("torch."),
        "scheduler": {"class": type(scheduler).__name__, "config": _plain(scheduler.config)},
        "sigmas": [float(sigma) for sigma in scheduler.sigmas],
        "truncated": list(positive.truncated),
        **({} if recipe.guidance_schedule is None else {"guidance_schedule": list(guidance)}),
    }


def _plain(config: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration without diffusers' private bookkeeping."""
    return {name: value for name, value in dict(config).items() if not name.startswith("_")}
