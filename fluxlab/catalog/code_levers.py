"""The levers of a generation as lines of a script: caches, attention, compiling, and guidance that changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fluxlab.catalog.record import Record
from fluxlab.errors import CatalogError
from fluxlab.levers import NATIVE, check_attention, parse_step_cache

_CONFIGS = {
    "first_block": "FirstBlockCacheConfig",
    "taylorseer": "TaylorSeerCacheConfig",
    "magcache": "MagCacheConfig",
    "pab": "PyramidAttentionBroadcastConfig",
}
_STEER = """

def steer(module, args, kwargs):
    given = kwargs["guidance"]
    kwargs["guidance"] = torch.full([1], guidance[step], device=given.device).expand(given.shape[0])
    return args, kwargs


def count(pipe, index, timestep, kwargs):
    global step
    step = min(index + 1, len(guidance) - 1)
    return kwargs


pipe.transformer.register_forward_pre_hook(steer, with_kwargs=True)"""


@dataclass
class Lines:
    """What levers add to a script: classes to import from diffusers, lines before the call, arguments of the call."""

    classes: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    arguments: list[tuple[str, str]] = field(default_factory=list)


def lever_lines(record: Record, dtype: str) -> Lines:
    """The lines for a record's levers; none for an exact one.

    Parameters
    ----------
    record
        A whole record of fluxlab's own.
    dtype
        Of the pipeline, a checked name.

    Raises
    ------
    CatalogError
        When the record does not say what a lever needs.
    """
    try:
        return _lines(record, dtype)
    except ValueError as error:  # somebody else's record may hold any text
        raise CatalogError(
            f"a lever of generation {record['uid'][:8]} {error}, so no script is written from its record."
        ) from None


def _lines(record: Record, dtype: str) -> Lines:
    recipe: Mapping[str, Any] = record["recipe"]
    lines = Lines()
    if recipe.get("step_cache") is not None:
        kind, arguments = _cache(record, dtype)
        lines.classes.append(kind)
        lines.before.append(f"pipe.transformer.enable_cache({kind}({arguments}))")
    attention = recipe.get("attention")
    if attention not in {None, NATIVE}:
        lines.before.append(f"pipe.transformer.set_attention_backend({check_attention(attention)!r})")
    if recipe.get("compile"):
        lines.before.append("pipe.transformer.compile_repeated_blocks(fullgraph=True, dynamic=False)")
    if recipe.get("guidance_schedule") is not None:
        values = _numbers(record, record["effective"].get("guidance_schedule"), "guidance of each step")
        lines.before += [f"guidance = {values!r}", f"step = 0{_STEER}"]
        lines.arguments.append(("callback_on_step_end", "count"))
    return lines


def _cache(record: Record, dtype: str) -> tuple[str, str]:
    """The class of the configuration, and its arguments."""
    cache = parse_step_cache(record["recipe"]["step_cache"])
    told = record["effective"].get("step_cache")
    if cache.name == "first_block":
        arguments = f"threshold={cache.settings['threshold']!r}"
    elif cache.name == "taylorseer":
        arguments = (
            f"cache_interval={cache.whole('interval')}, disable_cache_before_step={cache.whole('warmup')}, "
            f"max_order={cache.whole('order')}, taylor_factors_dtype=torch.{dtype}"
        )
    elif cache.name == "magcache":
        ratios = _numbers(record, told.get("ratios") if isinstance(told, Mapping) else None, "ratios of MagCache")
        arguments = (
            f"threshold={cache.settings['threshold']!r}, max_skip_steps={cache.whole('max_skip')}, "
            f"retention_ratio={cache.settings['retention']!r}, num_inference_steps={record['recipe']['steps']!r}, "
            f"mag_ratios={ratios!r}"
        )
    else:
        arguments = (
            f"spatial_attention_block_skip_range={cache.whole('every')}, spatial_attention_timestep_skip_range="
            f"({cache.whole('low')}, {cache.whole('high')}), current_timestep_callback=lambda: pipe.current_timestep"
        )
    return _CONFIGS[cache.name], arguments


def _numbers(record: Record, values: Any, what: str) -> list[float]:
    good = isinstance(values, list) and values and all(isinstance(v, (int, float)) and math.isfinite(v) for v in values)
    if not good:
        raise CatalogError(
            f"generation {record['uid'][:8]} does not say the {what}, so no script can make its pixels again."
        )
    return [float(value) for value in values]
