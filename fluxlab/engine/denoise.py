"""One cell through the transformer, by a lone `FluxPipeline` call up to its latents."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, SupportsFloat

from fluxlab.engine.adapters import set_loras
from fluxlab.engine.call import pipeline_arguments
from fluxlab.engine.cancel import Cancelled, CancelToken
from fluxlab.engine.hotswap import hot_loras
from fluxlab.engine.levers import levers
from fluxlab.engine.mag_ratios import mag_ratios
from fluxlab.engine.openings import Opening
from fluxlab.engine.prompts import PromptCache
from fluxlab.engine.schedulers import make_scheduler
from fluxlab.engine.stopwatch import Less, Stopwatch
from fluxlab.engine.track import Track
from fluxlab.engine.used import used as used_facts
from fluxlab.levers import parse_step_cache
from fluxlab.models.quantization import quantization_of

if TYPE_CHECKING:
    import torch

    from fluxlab.models import Loaded, LoraFile
    from fluxlab.recipe import Recipe


@dataclass(frozen=True)
class Denoised:
    """Packed latents of one image, shape (1, tokens, channels), with what was really used and the seconds it took.

    A timing is read with ``float``, which may wait for the device.
    """

    latents: torch.Tensor
    effective: dict[str, Any]
    timings: dict[str, SupportsFloat]


class _Witness:
    """Watches the transformer's calls, so that what is recorded is what it was given."""

    def __init__(self, transformer: Any, before: tuple[float | None, ...]) -> None:
        self.calls = 0
        #: Of every step, those before a fork included.
        self.guidance: list[float | None] = list(before)
        self.step = len(before)
        self.tokens: tuple[int, int] | None = None
        self._transformer = transformer
        self._handle: Any = None

    def look(self) -> None:
        """Begin to watch."""
        self._handle = self._transformer.register_forward_pre_hook(self._see, with_kwargs=True)

    def _see(self, _module: Any, _args: Any, kwargs: dict[str, Any]) -> None:
        hidden = kwargs["hidden_states"]
        given = kwargs.get("guidance")
        self.calls += 1
        value = None if given is None else float(given.to(hidden.dtype)[0])
        self.guidance[self.step :] = [value]
        self.tokens = (hidden.shape[1], kwargs["encoder_hidden_states"].shape[1])

    def remove(self) -> None:
        if self._handle is not None:
            self._handle.remove()


def denoise(
    loaded: Loaded,
    prompts: PromptCache,
    recipe: Recipe,
    files: Mapping[str, LoraFile],
    *,
    token: CancelToken,
    on_step: Callable[[int], None],
    track: Track | None = None,
    opening: Opening | None = None,
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
    track
        Looks on, and may begin at a later step.
    opening
        For an image that begins with its first step: what other images know of it.

    Raises
    ------
    Cancelled
        When the token was cancelled; the pipeline is clean afterwards.
    """
    import torch

    pipe = loaded.pipe
    with loaded.use():
        ratios, calibrate_seconds = _ratios(loaded, prompts, recipe, token)
        pipe.scheduler = make_scheduler(recipe.scheduler, loaded.scheduler_config)
        loras = (hot_loras if recipe.compile else set_loras)(pipe, recipe.loras, files)
        positive, negative, encode_seconds = prompts.encode(recipe)
        done = start = 0 if track is None else track.start
        witness = _Witness(pipe.transformer, () if track is None else track.guidance)

        def after_step(_pipe: Any, index: int, _timestep: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
            nonlocal done
            done = witness.step = start + index + 1
            if opening is not None:
                opening.close()
            used.step_done(done)
            if track is not None:
                track.step_done(done, kwargs["latents"], witness.guidance)
            on_step(done)
            if token.cancelled and done < recipe.steps:
                raise Cancelled(done)
            return kwargs

        loaded.turn("denoise")
        watch = Stopwatch(torch.device(loaded.plan.device))
        try:
            if token.cancelled:
                raise Cancelled(0)
            arguments = pipeline_arguments(recipe, positive, negative)
            if track is not None:
                track.begin(pipe.scheduler)
                arguments["latents"] = track.latents
            with (
                levers(loaded, recipe, ratios) as used,
                nullcontext() if opening is None else opening.of(pipe.transformer),
            ):
                used.step_done(done)
                # The last to look, so that it sees what the levers put in.
                witness.look()
                with watch:
                    latents = pipe(**arguments, callback_on_step_end=after_step).images
        except BaseException as error:
            # A call that ends well does it itself, and it takes as long as half a step of a small model.
            pipe.maybe_free_model_hooks()
            if isinstance(error, KeyboardInterrupt):
                raise Cancelled(done) from None
            raise
        finally:
            witness.remove()
        shared = 0 if opening is None else opening.shared
        effective = {
            "steps": done,
            "transformer_calls": witness.calls - shared,
            "image_tokens": witness.tokens[0] if witness.tokens else None,
            "text_tokens": witness.tokens[1] if witness.tokens else None,
            "loras": loras,
            "quantization": quantization_of(pipe.transformer),
            "batch_size": 1,
            **used_facts(recipe, latents, pipe.scheduler, positive, witness.guidance),
            **({} if start == 0 else {"forked_at": start}),
            **({} if shared == 0 else {"shared_calls": shared}),
            **used.report(done - start, witness.calls),
        }
        compile_seconds = 0.0 if used.compiled is None else used.compiled.seconds
        timings: dict[str, SupportsFloat] = {
            "encode": encode_seconds,
            "denoise": Less(watch, compile_seconds),
            **({} if used.compiled is None else {"compile": compile_seconds}),
            **({} if ratios is None else {"calibrate": calibrate_seconds}),
        }
        return Denoised(latents, effective, timings)


def _ratios(
    loaded: Loaded, prompts: PromptCache, recipe: Recipe, token: CancelToken
) -> tuple[tuple[float, ...] | None, float]:
    """What MagCache needs to know of the model, and the seconds that it took to find out; before LoRAs and levers."""
    if recipe.step_cache is None or parse_step_cache(recipe.step_cache).name != "magcache":
        return None, 0.0
    started = time.perf_counter()

    def after_step() -> None:
        if token.cancelled:
            raise Cancelled(0)

    try:
        ratios = mag_ratios(loaded, prompts, recipe, after_step)
    except KeyboardInterrupt:
        raise Cancelled(0) from None
    return ratios, time.perf_counter() - started
