"""Levers: how the texts of a recipe that trade the exact image for time, or steer its guidance, are written.

Grammar only: what a text means, what is allowed, and its one spelled-out form. Nothing here knows a model or torch.
"""

from fluxlab.levers.attention import BACKENDS, NATIVE, AttentionBackend, attention_problem, check_attention
from fluxlab.levers.guidance import GuidanceSchedule, check_guidance_schedule, parse_guidance_schedule
from fluxlab.levers.lossy import exact_values, lossy_levers
from fluxlab.levers.step_cache import CACHES, StepCache, check_step_cache, parse_step_cache

__all__ = [
    "BACKENDS",
    "CACHES",
    "NATIVE",
    "AttentionBackend",
    "GuidanceSchedule",
    "StepCache",
    "attention_problem",
    "check_attention",
    "check_guidance_schedule",
    "check_step_cache",
    "exact_values",
    "lossy_levers",
    "parse_guidance_schedule",
    "parse_step_cache",
]
