"""Whether a model, on this machine, can take the levers of a recipe, and the one spelling of those that it can."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from typing import Any

from fluxlab.errors import ModelError, RecipeError
from fluxlab.levers import BACKENDS, NATIVE, attention_problem, parse_guidance_schedule, parse_step_cache
from fluxlab.models.spec import ModelSpec
from fluxlab.recipe import Recipe, round_to


def check_levers(recipe: Recipe, spec: ModelSpec) -> None:
    """Refuse what this model would ignore, or this machine cannot run.

    Raises
    ------
    RecipeError, ModelError
        With the field, its value, what is missing and what to do.
    """
    if recipe.guidance_schedule is not None:
        if not spec.guidance_embeds:
            raise ModelError(
                f"guidance_schedule={recipe.guidance_schedule[:60]!r} has no effect on model '{spec.name}', which has "
                "no guidance embedding: leave it out, or use a model that has one."
            )
        guidance_steps(recipe, spec)
    if recipe.attention not in {None, NATIVE}:
        backend = BACKENDS[recipe.attention]
        installed = backend.module is None or find_spec(backend.module) is not None
        problem = attention_problem(recipe.attention, device=_device(), dtype=spec.dtype, installed=installed)
        if problem is not None:
            raise ModelError(f"attention={recipe.attention!r} {problem}.")
    if recipe.compile:
        problem = compile_problem(
            _device(),
            compiler=any(map(shutil.which, (os.environ.get("CXX") or "c++", "g++", "clang++", "cl"))),
            triton=find_spec("triton") is not None,
        )
        if problem is not None:
            raise ModelError(f"compile=True {problem}.")


def compile_problem(device: str, *, compiler: bool, triton: bool) -> str | None:
    """Why ``torch.compile`` cannot work, as the rest of a sentence; ``None`` where it can.

    Parameters
    ----------
    device
        Kind of device: ``"cpu"``, ``"cuda"``, ….
    compiler
        Whether there is a compiler for C++.
    triton
        Whether the package triton is installed.
    """
    if not compiler:
        return "needs a compiler for C++, which was not found: install g++ or clang++, or leave compile out"
    if device == "cuda" and not triton:
        return "needs the package 'triton', which is not installed: pip install triton, or leave compile out"
    return None


def guidance_steps(recipe: Recipe, spec: ModelSpec) -> tuple[float, ...] | None:
    """The guidance of every step as the model's precision holds it; ``None`` on a model without guidance.

    Raises
    ------
    RecipeError
        For a schedule that does not fit the number of steps.
    """
    guidance = spec.guidance if recipe.guidance is None else recipe.guidance
    if guidance is None:
        return None
    values: tuple[float, ...] = (guidance,) * recipe.steps
    if recipe.guidance_schedule is not None:
        try:
            values = parse_guidance_schedule(recipe.guidance_schedule).at(recipe.steps, guidance)
        except ValueError as error:
            raise RecipeError(f"guidance_schedule={recipe.guidance_schedule[:60]!r} {error}.") from None
    return tuple(round_to(value, spec.dtype) for value in values)


def folded_levers(recipe: Recipe, spec: ModelSpec) -> dict[str, Any]:
    """Changes that give levers of equal effect one spelling.

    - a schedule becomes the list of what every step gets, beside which ``guidance`` says nothing; one that is the same
      number all the way is plain ``guidance``;
    - a step cache gets all its settings written out;
    - native attention is none.
    """
    changes: dict[str, Any] = {}
    if recipe.guidance_schedule is not None:
        values = guidance_steps(recipe, spec) or ()
        constant = len(set(values)) == 1
        changes["guidance"] = values[0] if constant else None
        changes["guidance_schedule"] = None if constant else ", ".join(_decimal(value) for value in values)
    if recipe.step_cache is not None:
        changes["step_cache"] = str(parse_step_cache(recipe.step_cache))
    if recipe.attention == NATIVE:
        changes["attention"] = None
    return changes


def _decimal(value: float) -> str:
    """The number without an exponent, and without trailing zeros."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return text or "0"


def _device() -> str:
    """The kind of device that models run on here."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
