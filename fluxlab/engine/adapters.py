"""LoRAs in the pipeline: loaded once, never fused, strengths set absolutely, modules counted."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fluxlab.errors import LoraError
from fluxlab.models.placement import ready_for_lora
from fluxlab.models.quiet import quiet

if TYPE_CHECKING:
    from diffusers import FluxPipeline

    from fluxlab.models import LoraFile
    from fluxlab.recipe import Lora

COMPONENTS = ("transformer", "text_encoder")


def _layers(pipe: FluxPipeline, component: str) -> Iterator[Any]:
    """The modules of a component that carry LoRA weights."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    module = getattr(pipe, component, None)
    if module is not None:
        yield from (layer for layer in module.modules() if isinstance(layer, BaseTunerLayer))


def count_modules(pipe: FluxPipeline, adapter: str) -> int:
    """How many modules of the pipeline carry weights of an adapter."""
    return sum(adapter in layer.scaling for name in COMPONENTS for layer in _layers(pipe, name))


def loaded_adapters(pipe: FluxPipeline) -> set[str]:
    """Names of all adapters in the pipeline."""
    return {adapter for names in pipe.get_list_adapters().values() for adapter in names}


def load_adapter(pipe: FluxPipeline, lora: LoraFile) -> int:
    """Load a LoRA unless it is there already; returns the number of modules it acts on.

    Raises
    ------
    LoraError
        When it cannot be loaded, or matches no module (diffusers would only log a warning).
    """
    if lora.adapter not in loaded_adapters(pipe):
        try:
            with quiet(), ready_for_lora(pipe), warnings.catch_warnings():
                # peft warns of a second adapter, which is what is wanted here.
                warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)
                pipe.load_lora_weights(
                    str(lora.path.parent), weight_name=lora.path.name, adapter_name=lora.adapter, local_files_only=True
                )
        except Exception as error:
            if lora.adapter in loaded_adapters(pipe):
                pipe.delete_adapters(lora.adapter)
            raise LoraError(
                f"lora={lora.name!r} does not fit this model ({type(error).__name__}: {str(error)[:300]}): "
                "use a LoRA trained for it."
            ) from error
    count = count_modules(pipe, lora.adapter)
    if count == 0:
        if lora.adapter in loaded_adapters(pipe):
            pipe.delete_adapters(lora.adapter)
        raise LoraError(
            f"lora={lora.name!r} matches no module of this model: its keys belong to another model or lack their "
            "'transformer.' prefix; use a LoRA trained for this model."
        )
    return count


def set_loras(pipe: FluxPipeline, loras: Sequence[Lora], files: Mapping[str, LoraFile]) -> dict[str, Any]:
    """Make exactly these LoRAs act, at their strengths, and read back what does.

    Strength 0 is left out, which is equal to the bit. The order stays the recipe's, which is canonical: sums in another
    order differ in their last bits.

    Parameters
    ----------
    pipe
        The pipeline, whose lock the caller holds.
    loras
        Names and strengths.
    files
        The file of each name, as it was when the run began: what is loaded from it stays, whatever becomes of the file.

    Returns
    -------
    dict
        For each LoRA by name: strength, number of modules and the scalings that the modules really use.
    """
    active = {use.name: use.strength for use in loras if use.strength != 0}
    for name in active:
        load_adapter(pipe, files[name])
    if not active:
        if loaded_adapters(pipe):
            pipe.disable_lora()
        return {}
    pipe.enable_lora()
    pipe.set_adapters([files[n].adapter for n in active], [active[n] for n in active])
    used: dict[str, Any] = {}
    for name, strength in active.items():
        lora = files[name]
        scalings = {
            float(layer.scaling[lora.adapter])
            for component in COMPONENTS
            for layer in _layers(pipe, component)
            if lora.adapter in layer.scaling and lora.adapter in layer.active_adapters and not layer.disable_adapters
        }
        used[name] = {
            "strength": strength,
            "modules": count_modules(pipe, lora.adapter),
            "scalings": sorted(scalings),
            "sha256": lora.sha256,
        }
    return used


def encoder_state(pipe: FluxPipeline) -> tuple[tuple[str, float], ...]:
    """Which LoRAs act on the text encoder, and how strongly; empty where none does."""
    return tuple(
        sorted(
            {
                (adapter, float(layer.scaling[adapter]))
                for layer in _layers(pipe, "text_encoder")
                if not layer.disable_adapters
                for adapter in layer.active_adapters
                if adapter in layer.scaling
            }
        )
    )
