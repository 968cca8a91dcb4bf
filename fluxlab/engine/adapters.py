"""LoRAs in the pipeline: loaded once, never fused, strengths set absolutely, modules counted.

What diffusers offers beside `set_adapters` is not used: fusing leaves the model changed after unfusing, a ``scale`` in
``joint_attention_kwargs`` resets strengths, and factors by block are matched by any part of a module's name.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fluxlab.blocks import COMPONENTS, Part, factor, part_of
from fluxlab.errors import LoraError
from fluxlab.models.anatomy import anatomy, forget
from fluxlab.models.hashes import file_sha256
from fluxlab.models.placement import ready_for_lora
from fluxlab.models.quiet import quiet

if TYPE_CHECKING:
    from diffusers import FluxPipeline

    from fluxlab.models import LoraFile
    from fluxlab.recipe import Lora

#: For each pipeline the adapters that were set last, and the state that every layer had then.
_LEFT: WeakKeyDictionary[FluxPipeline, tuple[object, ...]] = WeakKeyDictionary()


def layers(pipe: FluxPipeline) -> Iterator[tuple[Part, Any]]:
    """The modules of the pipeline that can carry LoRA weights, and the part of the model that each stands in."""
    for component in COMPONENTS:
        module = getattr(pipe, component, None)
        if module is not None:
            for path, layer in anatomy(module).adaptable:
                yield part_of(component, path), layer


def count_modules(pipe: FluxPipeline, adapter: str) -> int:
    """How many modules of the pipeline carry weights of an adapter."""
    return sum(adapter in layer.scaling for _, layer in layers(pipe))


def matching(pipe: FluxPipeline, lora: LoraFile) -> int:
    """How many of a LoRA's modules the pipeline has; counted on the adapter where it is loaded."""
    if lora.adapter in loaded_adapters(pipe):
        return count_modules(pipe, lora.adapter)
    here = {
        (component, path.removeprefix("text_model.").removesuffix(".base_layer"))
        for component in COMPONENTS
        if getattr(pipe, component, None) is not None
        for path, _ in getattr(pipe, component).named_modules()
    }
    return sum((component, path.removeprefix("text_model.")) in here for component, path in lora.keys.modules)


def loaded_adapters(pipe: FluxPipeline) -> set[str]:
    """Names of all adapters in the pipeline."""
    return {adapter for names in pipe.get_list_adapters().values() for adapter in names}


def load_adapter(pipe: FluxPipeline, lora: LoraFile) -> int:
    """Load a LoRA unless it is there already; returns the number of modules it acts on.

    Warns
    -----
    UserWarning
        When some of its modules match nothing, or diffusers leaves a part of the file out.

    Raises
    ------
    LoraError
        When it cannot be loaded, would change the model itself, or matches no module (diffusers would only log it).
    """
    refuse_fused(pipe, lora)
    if lora.adapter in loaded_adapters(pipe):
        return count_modules(pipe, lora.adapter)
    _load(pipe, lora)
    count = count_modules(pipe, lora.adapter)
    if count == 0:
        delete_adapters(pipe, [lora.adapter])
        raise unmatched(lora)
    warn_of_rest(lora, count)
    return count


def _load(pipe: FluxPipeline, lora: LoraFile) -> None:
    refuse_changes(pipe, lora)
    try:
        with quiet(), ready_for_lora(pipe), warnings.catch_warnings():
            # peft warns of a second adapter, which is what is wanted here.
            warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)
            pipe.load_lora_weights(
                str(lora.path.parent),
                weight_name=lora.path.name,
                adapter_name=lora.adapter,
                local_files_only=True,
            )
        if file_sha256(lora.path) != lora.sha256:
            raise LoraError(f"lora={lora.name!r} was changed while it was loaded: run it again.")
    except BaseException as error:
        # Also after Ctrl-C: half of it in place would be taken for the whole next time.
        delete_adapters(pipe, [lora.adapter])
        if isinstance(error, LoraError) or not isinstance(error, Exception):
            raise
        raise unfitting(lora, error) from error


def unmatched(lora: LoraFile) -> LoraError:
    """The error for a LoRA that acts on nothing."""
    return LoraError(
        f"lora={lora.name!r} matches no module of this model: its keys belong to another model or lack their "
        "'transformer.' prefix; use a LoRA trained for this model."
    )


def unfitting(lora: LoraFile, error: Exception) -> LoraError:
    """The error for a LoRA that diffusers could not load."""
    if type(error).__name__ == "NoMatchingPeftModuleError":  # of newer versions of peft alone
        return unmatched(lora)
    reason = " ".join(str(error).split())[:300]
    return LoraError(
        f"lora={lora.name!r} does not fit this model ({type(error).__name__}: {reason}; its keys are in the format "
        f"'{lora.keys.format}'): use a LoRA trained for it."
    )


def delete_adapters(pipe: FluxPipeline, adapters: Iterable[str]) -> None:
    """Take adapters out of the pipeline, those that are in it."""
    with warnings.catch_warnings():
        # peft tells that it chooses another adapter; which ones act is set before every image.
        warnings.filterwarnings("ignore", ".*was active which is now deleted", UserWarning)
        for adapter in loaded_adapters(pipe) & set(adapters):
            pipe.delete_adapters(adapter)
    for component in COMPONENTS:
        if (module := getattr(pipe, component, None)) is not None:  # the transformer of a pipeline that sleeps is not
            forget(module)


def warn_of_rest(lora: LoraFile, count: int) -> None:
    """Say once, when it is loaded, what of a LoRA has no effect."""
    reasons = [f"{count} of its {lora.keys.total} modules match this model"] if count != lora.keys.total else []
    if lora.keys.left_out:
        reasons.append(f"diffusers leaves out {', '.join(lora.keys.left_out)}")
    if reasons:
        warnings.warn(f"lora={lora.name!r} acts in part: {'; '.join(reasons)}.", stacklevel=4)


def refuse_changes(pipe: FluxPipeline, lora: LoraFile) -> None:
    """Refuse what would overwrite or enlarge weights of the model itself, for every image that follows."""
    refuse_fused(pipe, lora)
    if lora.keys.overwrites:
        raise LoraError(
            f"lora={lora.name!r} would overwrite norms of the model itself, as control LoRAs do, for all later images "
            "too: use a LoRA without norms."
        )
    if lora.keys.halves:
        many = len(lora.keys.halves)
        raise LoraError(
            f"lora={lora.name!r} is not whole: {many} of its modules {'has' if many == 1 else 'have'} only one of two "
            f"matrices, such as '{lora.keys.halves[0][:120]}'; download or save it again."
        )
    transformer = pipe.transformer
    for (component, path), columns in lora.keys.modules.items():
        if component != "transformer":
            continue
        try:
            module = transformer.get_submodule(path)
        except AttributeError:
            continue
        inputs = getattr(module, "in_features", columns)
        if inputs != columns:
            raise LoraError(
                f"lora={lora.name!r} does not fit this model: it gives '{path}' {columns} inputs, and the model has "
                f"{inputs}; use a LoRA trained for it."
            )


def refuse_fused(pipe: FluxPipeline, lora: LoraFile) -> None:
    """Refuse a model with fused projections, which would pass a part of the LoRA over without a word."""
    if any(getattr(layer, "fused_projections", False) for layer in anatomy(pipe.transformer).attentions):
        raise LoraError(
            f"lora={lora.name!r} would act in part only, because the model's attention projections are fused: call "
            "unfuse_qkv_projections() on its transformer."
        )


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
        For each LoRA by name, see `used`.
    """
    active = [use for use in loras if use.acts]
    for use in active:
        load_adapter(pipe, files[use.name])
    _switch(pipe, on=bool(active))
    if not active:
        return {}
    asked = tuple((files[use.name].adapter, use.strength, use.blocks) for use in active)
    # Setting them takes as long as a step of a small model, and a look at every layer shows that all is as it was left.
    if _LEFT.get(pipe) != (asked, _state(pipe)):
        pipe.set_adapters([adapter for adapter, _, _ in asked], [strength for _, strength, _ in asked])
        for adapter, strength, blocks in asked:
            if blocks:
                for part, layer in layers(pipe):
                    layer.set_scale(adapter, strength * factor(blocks, part))
        _LEFT[pipe] = (asked, _state(pipe))
    return {use.name: used(pipe, use, files[use.name], files[use.name].adapter) for use in active}


def _switch(pipe: FluxPipeline, *, on: bool) -> None:
    """Let adapters act or rest; those that were set before rest and act again as they were."""
    for _, layer in layers(pipe):
        if layer.disable_adapters is on:
            layer.enable_adapters(enabled=on)


def _state(pipe: FluxPipeline) -> tuple[object, ...]:
    """What acts in every layer, and how strongly."""
    return tuple(
        None
        if layer.disable_adapters
        else tuple(
            (adapter, float(layer.scaling[adapter])) for adapter in layer.active_adapters if adapter in layer.scaling
        )
        for _, layer in layers(pipe)
    )


def used(pipe: FluxPipeline, use: Lora, lora: LoraFile, adapter: str) -> dict[str, Any]:
    """What acts of a LoRA, read back from the modules.

    Returns
    -------
    dict
        ``strength``; ``modules`` that carry it and ``targets`` that the file is for; the different ``scalings`` that
        the modules use, which are strength x alpha / rank; the file's ``sha256``; with factors also ``parts``, the
        scalings of each part of the model; and ``left_out``, where diffusers leaves out something of the file.
    """
    scalings: dict[str, set[float]] = {}
    modules = 0
    for part, layer in layers(pipe):
        if carries(layer, adapter):
            modules += 1
            if adapter in layer.active_adapters and not layer.disable_adapters:
                scalings.setdefault(str(part), set()).add(float(layer.scaling[adapter]))
    found: dict[str, Any] = {
        "strength": use.strength,
        "modules": modules,
        "targets": lora.keys.total,
        "scalings": sorted(set().union(*scalings.values())),
        "sha256": lora.sha256,
    }
    if use.blocks:
        found["parts"] = {part: sorted(values) for part, values in sorted(scalings.items())}
    if lora.keys.left_out:
        found["left_out"] = list(lora.keys.left_out)
    return found


def carries(layer: Any, adapter: str) -> bool:
    """Whether a module carries weights of an adapter; after a hot swap those that the new file lacks are zero."""
    if adapter not in layer.scaling:
        return False
    return not _is_tensor(layer.scaling[adapter]) or bool(layer.lora_B[adapter].weight.any())


def _is_tensor(scaling: Any) -> bool:
    return hasattr(scaling, "fill_")


def encoder_state(pipe: FluxPipeline) -> tuple[tuple[str, float], ...]:
    """Which LoRAs act on the text encoder, and how strongly; empty where none does."""
    return tuple(
        sorted(
            {
                (adapter, float(layer.scaling[adapter]))
                for part, layer in layers(pipe)
                if part.component == "text_encoder" and not layer.disable_adapters
                for adapter in layer.active_adapters
                if adapter in layer.scaling
            }
        )
    )
