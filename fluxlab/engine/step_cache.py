"""Step caches of diffusers for one image: hooks put on before it, counted, and taken off whole after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fluxlab.errors import GenerationError

if TYPE_CHECKING:
    from fluxlab.levers import StepCache

#: What the hooks of a cache sit on.
UNITS = {"first_block": "blocks", "magcache": "blocks", "taylorseer": "attention layers", "pab": "attention layers"}


class CacheWitness:
    """Counts the work that a cache let through, step by step."""

    def __init__(self, cache: StepCache, ratios: Sequence[float] | None) -> None:
        self.units = 0
        self._cache = cache
        self._ratios = ratios
        self._step = 0
        self._computed: Counter[int] = Counter()

    def step_done(self, done: int) -> None:
        """The next computations belong to another step."""
        self._step = done

    def watch(self, hook: Any) -> Callable[[], None]:
        """Count what a hook computes rather than takes from its cache; returns what ends that."""
        reference = hook.fn_ref
        original = reference.original_forward

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._computed[self._step] += 1
            return original(*args, **kwargs)

        def restore() -> None:
            reference.original_forward = original

        reference.original_forward = counted
        self.units += 1
        return restore

    def report(self, steps: int, calls: int) -> dict[str, Any]:
        """What was computed of what there was; steps are counted from 1.

        Parameters
        ----------
        steps, calls
            Steps that were made, and calls of the transformer in them.
        """
        each = self.units * (calls // steps if steps else 0)
        computed = sum(self._computed.values())
        return {
            "setting": str(self._cache),
            "unit": UNITS[self._cache.name],
            "computed": computed,
            "of": each * steps,
            "shortened_steps": [step + 1 for step in range(steps) if self._computed[step] < each],
            **({} if self._ratios is None else {"ratios": [float(ratio) for ratio in self._ratios]}),
        }


@contextmanager
def step_cache(
    pipe: Any, cache: StepCache | None, steps: int, ratios: Sequence[float] | None = None
) -> Iterator[CacheWitness | None]:
    """Let a cache skip work inside the block.

    The hooks are new for every image and go with it, so that nothing of one image can reach the next, however it ends.

    Parameters
    ----------
    pipe
        The pipeline, whose lock the caller holds.
    cache
        Which; ``None`` for none.
    steps
        Number of steps, which MagCache must know ahead.
    ratios
        For MagCache; see `fluxlab.engine.mag_ratios`.

    Raises
    ------
    GenerationError
        When the cache found nothing to sit on.
    """
    if cache is None:
        yield None
        return
    witness = CacheWitness(cache, ratios)
    with cache_hooks(pipe.transformer, cache_config(pipe, cache, steps, ratios)) as hooks:
        ends = [witness.watch(hook) for hook in hooks]
        try:
            if not ends:
                raise GenerationError(f"step_cache='{cache}' finds no blocks in this model: leave step_cache out.")
            yield witness
        finally:
            for end in ends:
                end()


@contextmanager
def cache_hooks(transformer: Any, config: Any) -> Iterator[list[Any]]:
    """Put a cache's hooks on inside the block; gives them, and leaves the transformer as it was."""
    before = set(map(id, _hooks(transformer)))
    try:
        transformer.enable_cache(config)
        yield [hook for hook in _hooks(transformer) if id(hook) not in before]
    finally:
        # Said again, because enabling may have been cut short with some of the hooks in place.
        transformer._cache_config = config  # noqa: SLF001  (what disable_cache looks at)
        transformer.disable_cache()
        for module in transformer.modules():
            _own_forward(module)


def cache_config(pipe: Any, cache: StepCache, steps: int, ratios: Sequence[float] | None) -> Any:
    """The configuration of a cache, as diffusers takes it."""
    import diffusers

    settings = cache.settings
    if cache.name == "first_block":
        return diffusers.FirstBlockCacheConfig(threshold=settings["threshold"])
    if cache.name == "taylorseer":
        return diffusers.TaylorSeerCacheConfig(
            cache_interval=cache.whole("interval"),
            disable_cache_before_step=cache.whole("warmup"),
            max_order=cache.whole("order"),
            # In the model's own precision, so that the cache rounds nothing that the model does not round.
            taylor_factors_dtype=pipe.transformer.dtype,
        )
    if cache.name == "magcache":
        return diffusers.MagCacheConfig(
            threshold=settings["threshold"],
            max_skip_steps=cache.whole("max_skip"),
            retention_ratio=settings["retention"],
            num_inference_steps=steps,
            mag_ratios=None if ratios is None else list(ratios),
        )
    return diffusers.PyramidAttentionBroadcastConfig(
        spatial_attention_block_skip_range=cache.whole("every"),
        spatial_attention_timestep_skip_range=(cache.whole("low"), cache.whole("high")),
        current_timestep_callback=lambda: pipe.current_timestep,
    )


def _hooks(transformer: Any) -> list[Any]:
    registries = [getattr(module, "_diffusers_hook", None) for module in transformer.modules()]
    return [hook for registry in registries if registry is not None for hook in registry.hooks.values()]


def _own_forward(module: Any) -> None:
    """Removing a hook leaves a copy of the class's method in the object, which compiling would take for another one."""
    left = vars(module).get("forward")
    if getattr(left, "__func__", None) is type(module).forward:
        del module.forward
