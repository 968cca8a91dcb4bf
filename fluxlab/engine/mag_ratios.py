"""MagCache's ratios: how the residual's length changes from step to step, measured on the model itself.

diffusers has ratios for FLUX.1 dev at 28 steps. They are wrong for another model, and only roughly right for another
number of steps, so fluxlab measures them once for each model, number of steps, scheduler and size: one image's time.
What they are measured on is fixed, so that a recipe gets the same ratios on every day.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fluxlab.engine.adapters import set_loras
from fluxlab.engine.call import pipeline_arguments
from fluxlab.engine.schedulers import make_scheduler
from fluxlab.engine.step_cache import cache_hooks
from fluxlab.recipe import Recipe

if TYPE_CHECKING:
    from fluxlab.engine.prompts import PromptCache
    from fluxlab.models import Loaded

PROMPT = "a photo of a red apple on a wooden table"
SEED = 0
_KEPT: WeakKeyDictionary[Loaded, dict[tuple[object, ...], tuple[float, ...]]] = WeakKeyDictionary()


def mag_ratios(
    loaded: Loaded, prompts: PromptCache, recipe: Recipe, after_step: Callable[[], None]
) -> tuple[float, ...]:
    """One ratio for each step; measured at the first call for this model, number of steps, scheduler and size.

    The caller holds the pipeline's lock; LoRAs are off afterwards, and the scheduler is another one.

    Parameters
    ----------
    loaded, prompts
        The pipeline and its encodings.
    recipe
        Whose number of steps, scheduler and size count.
    after_step
        Called after every step; may raise.
    """
    kept = _KEPT.setdefault(loaded, {})
    place = (recipe.steps, recipe.scheduler, recipe.width, recipe.height)
    if place not in kept:
        kept[place] = _measured(loaded, prompts, recipe, after_step)
    return kept[place]


def _measured(
    loaded: Loaded, prompts: PromptCache, recipe: Recipe, after_step: Callable[[], None]
) -> tuple[float, ...]:
    import diffusers

    pipe, spec = loaded.pipe, loaded.spec
    plain = Recipe(
        model=recipe.model, prompt=PROMPT, seed=SEED, steps=recipe.steps, guidance=spec.guidance,
        width=recipe.width, height=recipe.height, scheduler=recipe.scheduler,
        max_sequence_length=spec.max_sequence_length,
    )  # fmt: skip
    pipe.scheduler = make_scheduler(plain.scheduler, loaded.scheduler_config)
    set_loras(pipe, (), {})
    positive, _, _ = prompts.encode(plain)
    loaded.turn("denoise")
    ratios: list[float] = []
    # One step more than there are: at the end of the last one the hook would forget what it measured.
    config = diffusers.MagCacheConfig(calibrate=True, num_inference_steps=plain.steps + 1)

    def done(_pipe: Any, _index: int, _timestep: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        state = tail.state_manager._state_cache["cond"]  # noqa: SLF001  (the hook tells its ratios nowhere else)
        ratios[:] = state.calibration_ratios
        after_step()
        return kwargs

    try:
        with cache_hooks(pipe.transformer, config) as hooks:
            tail = next(hook for hook in hooks if getattr(hook, "is_tail", False))
            pipe(**pipeline_arguments(plain, positive, None), callback_on_step_end=done)
    finally:
        pipe.maybe_free_model_hooks()
    return tuple(ratios)
