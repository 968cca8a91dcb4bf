"""The pipeline's arguments for a recipe, in one place for every call of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fluxlab.engine.prompts import Encoded
    from fluxlab.recipe import Recipe


def pipeline_arguments(recipe: Recipe, positive: Encoded, negative: Encoded | None) -> dict[str, Any]:
    """Keyword arguments of a `FluxPipeline` call that ends with packed latents."""
    import torch

    return {
        "prompt_embeds": positive.prompt,
        "pooled_prompt_embeds": positive.pooled,
        "negative_prompt_embeds": None if negative is None else negative.prompt,
        "negative_pooled_prompt_embeds": None if negative is None else negative.pooled,
        "true_cfg_scale": recipe.true_cfg_scale,
        "width": recipe.width,
        "height": recipe.height,
        "num_inference_steps": recipe.steps,
        **({} if recipe.guidance is None else {"guidance_scale": recipe.guidance}),
        "generator": torch.Generator("cpu").manual_seed(recipe.seed),
        "max_sequence_length": recipe.max_sequence_length,
        "output_type": "latent",
    }
