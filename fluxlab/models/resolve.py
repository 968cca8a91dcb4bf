"""From what a person wrote to what the model takes: defaults filled, the ineffective refused, equals folded."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any

from fluxlab.errors import LoraError, ModelError, RecipeError, nearest
from fluxlab.models.files import is_gguf, model_sha256
from fluxlab.models.levers import check_levers, folded_levers
from fluxlab.models.loading import memory_plan
from fluxlab.models.lora_parts import check_parts
from fluxlab.models.loras import find_lora
from fluxlab.models.memory import check_preset
from fluxlab.models.quantization import check_installed, installed
from fluxlab.models.sizes import is_small
from fluxlab.models.spec import ModelSpec, get_spec
from fluxlab.recipe import FULL_PRECISION, Recipe, content_key, round_to


def complete(values: Mapping[str, Any]) -> Recipe:
    """Fill a model's defaults into partial values and check them against its capabilities.

    Raises
    ------
    RecipeError, ModelError, LoraError
        For unknown names, values out of range, and whatever the model would silently ignore.
    """
    unknown = next((name for name in values if name not in Recipe.fields()), None)
    if unknown is not None:
        raise RecipeError(
            f"unknown parameter '{unknown}':{nearest(unknown, Recipe.fields())} "
            f"Allowed are {', '.join(Recipe.fields())}."
        )
    given = {k: v for k, v in values.items() if v is not None}
    spec = get_spec(str(given.get("model", "nano")))
    defaults = {
        "steps": spec.steps, "guidance": spec.guidance, "width": spec.width, "height": spec.height,
        "max_sequence_length": spec.max_sequence_length,
    }  # fmt: skip
    # A model has one name in recipes, whichever of its names was written.
    recipe = Recipe(**{**defaults, **given, "model": spec.name})
    if recipe.guidance is not None and not spec.guidance_embeds:
        raise ModelError(
            f"guidance={recipe.guidance:g} has no effect on model '{spec.name}', which has no guidance embedding: "
            "leave guidance out, or use a model that has one."
        )
    if recipe.true_cfg_scale > 1 and not spec.true_cfg:
        raise ModelError(
            f"true_cfg_scale={recipe.true_cfg_scale:g} has no effect on model '{spec.name}', which takes no negative "
            "prompt: leave both out, or use a model that takes them."
        )
    if recipe.max_sequence_length > spec.max_tokens:
        raise RecipeError(
            f"max_sequence_length={recipe.max_sequence_length} is too long for model '{spec.name}': "
            f"use 1 to {spec.max_tokens}."
        )
    check_levers(recipe, spec)
    if recipe.quantization is not None and is_gguf(spec):
        raise ModelError(
            f"quantization='{recipe.quantization}' cannot be applied to model '{spec.name}', whose GGUF file is "
            "quantised already: leave quantization out, or use the model in its own precision."
        )
    if recipe.quantization not in {None, FULL_PRECISION, "fp8"} and spec.base is not None:
        raise ModelError(
            f"quantization='{recipe.quantization}' cannot be applied to model '{spec.name}', whose transformer comes "
            "apart from its other parts: use quantization='fp8'."
        )
    if recipe.quantization is not None:
        check_installed(recipe.quantization, installed())
    names: dict[str, str] = {}
    for use in recipe.loras:
        found = find_lora(use.name)
        check_parts(use, found, spec)
        adapter = found.adapter
        if adapter in names:
            raise LoraError(
                f"loras '{names[adapter]}' and '{use.name}' are the same file: keep one of them, with one strength."
            )
        names[adapter] = use.name
    return recipe


def effective(recipe: Recipe, spec: ModelSpec) -> Recipe:
    """Fold what makes no difference to this model, so that recipes of equal result become equal.

    - guidance is rounded to the model's precision, as the transformer does;
    - a LoRA of strength 0 is no LoRA (equal to the bit), and factors that are all 1 are none;
    - ``prompt_2`` that is empty or repeats ``prompt`` is none, as `FluxPipeline` reads it;
    - LoRAs keep their names, also where two names lead to the same file: adapters are summed in the order of their
      names, so that renaming one of several changes the last bits;
    - levers get one spelling, see `fluxlab.models.levers.folded_levers`.
    """
    changes = {
        "guidance": None if recipe.guidance is None else round_to(recipe.guidance, spec.dtype),
        "loras": [use.folded() for use in recipe.loras if use.acts],
        "prompt_2": None if recipe.prompt_2 in {"", recipe.prompt} else recipe.prompt_2,
        **folded_levers(recipe, spec),
    }
    return recipe.replace(**changes)


def files_of(recipe: Recipe, seen: dict[str, str] | None = None) -> dict[str, str]:
    """SHA-256 of the model (key ``"model"``) and of each LoRA that takes part, by name.

    Parameters
    ----------
    recipe
        What takes part in it.
    seen
        Hashes that need not be looked up again; those that are not there are added.
    """
    seen = {} if seen is None else seen
    model = f"model:{recipe.model}"
    if model not in seen:
        seen[model] = model_sha256(get_spec(recipe.model))
    hashes = {"model": seen[model]}
    for use in recipe.loras:
        if use.acts:
            lora = f"lora:{use.name}"
            if lora not in seen:
                seen[lora] = find_lora(use.name).sha256
            hashes[lora] = seen[lora]
    return hashes


class Resolver:
    """What a plan asks of the models: full recipes and their content keys.

    Parameters
    ----------
    model
        Taken where a cell names no model.
    memory
        Preset, one of `fluxlab.models.memory.PRESETS`; where it must lower the precision, recipes say so.

    Raises
    ------
    ModelError
        When the model is unknown or the preset cannot be met on this machine.
    """

    def __init__(self, model: str = "nano", memory: str = "auto") -> None:
        spec = get_spec(model)
        self.model = spec.name
        self.memory = check_preset(memory)
        self._seen: dict[str, str] | None = None
        self._precisions: dict[str, str | None] | None = None
        if memory not in {"auto", "cpu"}:  # these can always be tried; the others may ask for what is not there
            memory_plan(spec, memory)

    def recipe(self, values: Mapping[str, Any]) -> Recipe:
        """The full recipe for partial values; see `complete`."""
        given = {"model": self.model, **{k: v for k, v in values.items() if v is not None}}
        if "quantization" not in given and (precision := self._precision(str(given["model"]))) is not None:
            given["quantization"] = precision
        return complete(given)

    def _precision(self, model: str) -> str | None:
        """What the memory preset makes of a model, its own precision being ``None``."""
        seen = {} if self._precisions is None else self._precisions
        if model not in seen:
            spec = get_spec(model)
            seen[model] = None if is_small(spec) else memory_plan(spec, self.memory).quantization
        return seen[model]

    def key(self, recipe: Recipe) -> str:
        """The content key over effective values and file hashes."""
        return content_key(effective(recipe, get_spec(recipe.model)), files_of(recipe, self._seen))

    def at_once(self) -> Resolver:
        """The same for many recipes at one moment: it looks at every file no more than once, and is not to be kept."""
        other = copy(self)
        other._seen, other._precisions = {}, {}  # noqa: SLF001  (its own kind)
        return other
