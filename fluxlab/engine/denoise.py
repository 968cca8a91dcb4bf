"""One cell through the transformer and out of the decoder, with the same arithmetic as a lone `FluxPipeline` call."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fluxlab.engine.adapters import set_loras
from fluxlab.engine.cancel import Cancelled, CancelToken
from fluxlab.engine.prompts import PromptCache
from fluxlab.engine.schedulers import make_scheduler
from fluxlab.models.quantization import quantization_of

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from fluxlab.models import Loaded, LoraFile
    from fluxlab.recipe import Recipe


@dataclass(frozen=True)
class Denoised:
    """Packed latents of one image, shape (1, tokens, channels), with what was really used and the seconds it took."""

    latents: torch.Tensor
    effective: dict[str, Any]
    timings: dict[str, float]


class _Witness:
    """Watches the transformer's calls, so that what is recorded is what it was given."""

    def __init__(self, transformer: Any) -> None:
        self.calls = 0
        self.guidance: float | None = None
        self.tokens: tuple[int, int] | None = None
        self._handle = transformer.register_forward_pre_hook(self._see, with_kwargs=True)

    def _see(self, _module: Any, _args: Any, kwargs: dict[str, Any]) -> None:
        hidden = kwargs["hidden_states"]
        given = kwargs.get("guidance")
        self.calls += 1
        self.guidance = None if given is None else float(given.to(hidden.dtype)[0])
        self.tokens = (hidden.shape[1], kwargs["encoder_hidden_states"].shape[1])

    def remove(self) -> None:
        self._handle.remove()


def denoise(
    loaded: Loaded,
    prompts: PromptCache,
    recipe: Recipe,
    files: Mapping[str, LoraFile],
    *,
    token: CancelToken,
    on_step: Callable[[int], None],
) -> Denoised:
    """Run one recipe through the pipeline up to its latents.

    Parameters
    ----------
    loaded
        The pipeline; its lock is held meanwhile.
    prompts
        Cache of its encodings.
    recipe
        What to make.
    files
        The LoRA files by name.
    token
        Looked at after every step.
    on_step
        Called with the number of steps done.

    Raises
    ------
    Cancelled
        When the token was cancelled; the pipeline is clean afterwards.
    """
    import torch

    pipe = loaded.pipe
    with loaded.use():
        pipe.scheduler = make_scheduler(recipe.scheduler, loaded.scheduler_config)
        loras = set_loras(pipe, recipe.loras, files)
        positive, negative, encode_seconds = prompts.encode(recipe)
        done = 0

        def after_step(_pipe: Any, index: int, _timestep: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
            nonlocal done
            done = index + 1
            on_step(done)
            if token.cancelled and done < recipe.steps:
                raise Cancelled(done)
            return kwargs

        loaded.turn("denoise")
        witness = _Witness(pipe.transformer)
        started = time.perf_counter()
        try:
            if token.cancelled:
                raise Cancelled(0)
            latents = pipe(
                prompt_embeds=positive.prompt,
                pooled_prompt_embeds=positive.pooled,
                negative_prompt_embeds=None if negative is None else negative.prompt,
                negative_pooled_prompt_embeds=None if negative is None else negative.pooled,
                true_cfg_scale=recipe.true_cfg_scale,
                width=recipe.width,
                height=recipe.height,
                num_inference_steps=recipe.steps,
                **({} if recipe.guidance is None else {"guidance_scale": recipe.guidance}),
                generator=torch.Generator("cpu").manual_seed(recipe.seed),
                max_sequence_length=recipe.max_sequence_length,
                callback_on_step_end=after_step,
                output_type="latent",
            ).images
        except KeyboardInterrupt:
            raise Cancelled(done) from None
        finally:
            witness.remove()
            pipe.maybe_free_model_hooks()
        seconds = time.perf_counter() - started
        effective = {
            "steps": done,
            "transformer_calls": witness.calls,
            "guidance": witness.guidance,
            "image_tokens": witness.tokens[0] if witness.tokens else None,
            "text_tokens": witness.tokens[1] if witness.tokens else None,
            "dtype": str(latents.dtype).removeprefix("torch."),
            "scheduler": {"class": type(pipe.scheduler).__name__, "config": _plain(pipe.scheduler.config)},
            "sigmas": [float(s) for s in pipe.scheduler.sigmas],
            "loras": loras,
            "truncated": list(positive.truncated),
            "quantization": quantization_of(pipe.transformer),
            "batch_size": 1,
        }
        return Denoised(latents, effective, {"encode": encode_seconds, "denoise": seconds})


def decode(loaded: Loaded, latents: torch.Tensor, recipe: Recipe) -> Image.Image:
    """Latents to an image, by the steps that the pipeline takes after its last denoising step.

    It may run while the pipeline denoises the next cell, where the memory plan leaves the autoencoder in its place; the
    grad mode is this thread's own.
    """
    import torch

    pipe = loaded.pipe
    with loaded.decoding(), torch.no_grad():
        unpacked = pipe._unpack_latents(latents, recipe.height, recipe.width, pipe.vae_scale_factor)  # noqa: SLF001  (the pipeline's own layout)
        scaled = unpacked / pipe.vae.config.scaling_factor + pipe.vae.config.shift_factor
        pixels = pipe.vae.decode(scaled, return_dict=False)[0]
        image: Image.Image = pipe.image_processor.postprocess(pixels, output_type="pil")[0]
    return image


def _plain(config: Any) -> dict[str, Any]:
    """A configuration without diffusers' private bookkeeping."""
    return {k: v for k, v in dict(config).items() if not k.startswith("_")}
