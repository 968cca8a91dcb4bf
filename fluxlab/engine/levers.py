"""The levers of one image around its pipeline call: set before it, read back, and undone after it, however it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fluxlab.engine.attention import attention_backend
from fluxlab.engine.compiled import Compiled, compiled_blocks
from fluxlab.engine.guidance import scheduled_guidance
from fluxlab.engine.step_cache import CacheWitness, step_cache
from fluxlab.levers import NATIVE, parse_step_cache
from fluxlab.models.levers import guidance_steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from fluxlab.models import Loaded
    from fluxlab.recipe import Recipe


@dataclass
class Levers:
    """What is set for one image."""

    attention: str
    compiled: Compiled | None
    cache: CacheWitness | None = None
    _guidance_done: Callable[[int], None] = lambda _: None

    def step_done(self, done: int) -> None:
        """So many steps are done, those before a fork included."""
        self._guidance_done(done)
        if self.cache is not None:
            self.cache.step_done(done)

    def report(self, steps: int, calls: int) -> dict[str, Any]:
        """What was read back of the levers that are set; nothing of those that are not."""
        told: dict[str, Any] = {}
        if self.attention != NATIVE:
            told["attention"] = self.attention
        if self.compiled is not None:
            told["compile"] = {"blocks": self.compiled.blocks, "backend": self.compiled.backend}
        if self.cache is not None:
            told["step_cache"] = self.cache.report(steps, calls)
            told["computed_share"] = told["step_cache"]["computed"] / told["step_cache"]["of"]
        return told


@contextmanager
def levers(loaded: Loaded, recipe: Recipe, ratios: Sequence[float] | None = None) -> Iterator[Levers]:
    """Set the levers of a recipe inside the block.

    Parameters
    ----------
    loaded
        The pipeline, whose lock the caller holds.
    recipe
        Whose levers.
    ratios
        For MagCache.
    """
    pipe = loaded.pipe
    guidance = None if recipe.guidance_schedule is None else guidance_steps(recipe, loaded.spec)
    cache = None if recipe.step_cache is None else parse_step_cache(recipe.step_cache)
    with ExitStack() as stack:
        attention = stack.enter_context(attention_backend(pipe.transformer, recipe.attention))
        compiled = stack.enter_context(compiled_blocks(loaded, on=recipe.compile))
        hooks = stack.enter_context(step_cache(pipe, cache, recipe.steps, ratios))
        done = stack.enter_context(scheduled_guidance(pipe.transformer, guidance))
        yield Levers(attention, compiled, hooks, done)
