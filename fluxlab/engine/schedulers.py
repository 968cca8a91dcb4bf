"""Samplers by name, made anew for each cell from the model's own configuration.

Only those stand here that take FLUX's shifted sigmas and draw nothing from the global random state; see
`fluxlab.recipe.SCHEDULERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def make_scheduler(name: str, config: Mapping[str, Any]) -> Any:
    """Build a scheduler.

    Parameters
    ----------
    name
        One of `fluxlab.recipe.SCHEDULERS`.
    config
        Configuration of the model's own `FlowMatchEulerDiscreteScheduler`.
    """
    import diffusers

    if name == "unipc":
        return diffusers.UniPCMultistepScheduler.from_config(
            config, prediction_type="flow_prediction", use_flow_sigmas=True
        )
    if name == "dpm++2m":
        return diffusers.DPMSolverMultistepScheduler.from_config(
            config, prediction_type="flow_prediction", use_flow_sigmas=True, use_dynamic_shifting=True
        )
    spacing = {"euler-karras": "use_karras_sigmas", "euler-exponential": "use_exponential_sigmas"}
    extra = {spacing[name]: True} if name in spacing else {}
    return diffusers.FlowMatchEulerDiscreteScheduler.from_config(config, **extra)
