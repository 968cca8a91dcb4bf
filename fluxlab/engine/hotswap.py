"""LoRAs of a compiled pipeline: files take turns in slots and strengths are tensors, so that nothing is compiled again.

The slots are as wide as the widest LoRA, which changes the last bits: cells that are not compiled never use them.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from fluxlab.blocks import factor
from fluxlab.engine.adapters import (
    delete_adapters,
    layers,
    loaded_adapters,
    refuse_changes,
    unfitting,
    unmatched,
    used,
    warn_of_rest,
)
from fluxlab.errors import LoraError
from fluxlab.models.hashes import file_sha256
from fluxlab.models.quiet import quiet

if TYPE_CHECKING:
    from diffusers import FluxPipeline

    from fluxlab.models import LoraFile
    from fluxlab.recipe import Lora

SLOT = "slot_"


@dataclass
class _Weights:
    """A LoRA file as diffusers converted it: tensors, alphas and the configuration in its header."""

    state: dict[str, Any]
    alphas: Any
    metadata: Any

    @property
    def modules(self) -> frozenset[str]:
        return frozenset(key.partition(".lora_")[0] for key in self.state)


@dataclass
class _Slots:
    """The slots of one pipeline.

    Attributes
    ----------
    rank
        Width of every slot.
    weights
        Files that were read, by hash.
    worn
        Hash of the file in each slot.
    modules
        What each slot was made for; another file may fill a part of it.
    base
        The scaling of each module at strength 1, by slot.
    """

    rank: int
    weights: dict[str, _Weights] = field(default_factory=dict)
    worn: dict[str, str] = field(default_factory=dict)
    modules: dict[str, frozenset[str]] = field(default_factory=dict)
    base: dict[str, dict[Any, float]] = field(default_factory=dict)


#: By transformer: one that was dropped and read again has none.
_SLOTS: WeakKeyDictionary[Any, _Slots] = WeakKeyDictionary()


def prepare_hotswap(pipe: FluxPipeline, worn: Iterable[Sequence[LoraFile]]) -> None:
    """Read the LoRAs of a run, each once, and make as many slots as are worn at once, as wide as the widest.

    A pipeline whose slots suffice keeps them; more or wider ones are compiled once more.

    Parameters
    ----------
    pipe
        The pipeline, whose lock the caller holds.
    worn
        The files of each image; those of other runs are forgotten, and read again when these go on.

    Raises
    ------
    LoraError
        For a LoRA that does not fit, or that acts on the text encoder, which cannot be swapped.
    """
    sets = [tuple(loras) for loras in worn if loras]
    files = {lora.sha256: lora for loras in sets for lora in loras}
    if not files:
        return
    rank = max(max(lora.keys.ranks, default=1) for lora in files.values())
    slots = _SLOTS.get(pipe.transformer)
    if slots is None or slots.rank < rank:
        if slots is not None:
            delete_adapters(pipe, slots.worn)
        slots = _SLOTS[pipe.transformer] = _Slots(rank)
    slots.weights = {sha256: slots.weights.get(sha256) or _read(pipe, lora) for sha256, lora in files.items()}
    # Made for the LoRA with most modules, so that the others find theirs among them.
    first = max(files.values(), key=lambda lora: len(slots.weights[lora.sha256].modules))
    for name in _names(max(len(loras) for loras in sets)):
        if name not in slots.worn:
            _put(pipe, slots, name, first)


def hot_loras(pipe: FluxPipeline, loras: Sequence[Lora], files: Mapping[str, LoraFile]) -> dict[str, Any]:
    """Like `fluxlab.engine.adapters.set_loras`, for a compiled pipeline.

    Without a LoRA the slots are switched off, which is one more graph; strengths and files make none.
    """
    active = [use for use in loras if use.acts]
    if not active:
        if loaded_adapters(pipe):
            pipe.disable_lora()
        return {}
    wanted = [files[use.name] for use in active]
    slots = _SLOTS.get(pipe.transformer)
    # Since the run was prepared another one may have had its turn, or the transformer been dropped and read again.
    if slots is None or not {lora.sha256 for lora in wanted} <= slots.weights.keys():
        prepare_hotswap(pipe, [wanted])
        slots = _SLOTS[pipe.transformer]
    names = _names(len(active))
    for name, use in zip(names, active, strict=True):
        if slots.worn.get(name) != files[use.name].sha256:
            _put(pipe, slots, name, files[use.name])
    found = list(layers(pipe))
    for part, layer in found:
        # Only where it is needed: every change of these is another graph.
        if list(layer.active_adapters) != names:
            layer.set_adapter(names)
        if layer.disable_adapters:
            layer.enable_adapters(enabled=True)
        for name, use in zip(names, active, strict=True):
            if layer in slots.base[name]:
                layer.scaling[name].fill_(slots.base[name][layer] * use.strength * factor(use.blocks, part))
    return {use.name: used(pipe, use, files[use.name], name) for name, use in zip(names, active, strict=True)}


def _names(count: int) -> list[str]:
    return [f"{SLOT}{place}" for place in range(count)]


def _read(pipe: FluxPipeline, lora: LoraFile) -> _Weights:
    refuse_changes(pipe, lora)
    if any(component != "transformer" for component, _ in lora.keys.modules):
        raise LoraError(
            f"lora={lora.name!r} acts on the text encoder, which a compiled model cannot swap: leave compile out."
        )
    try:
        with quiet():
            state, alphas, metadata = pipe.lora_state_dict(
                str(lora.path.parent),
                weight_name=lora.path.name,
                local_files_only=True,
                return_alphas=True,
                return_lora_metadata=True,
            )
    except Exception as error:
        raise unfitting(lora, error) from error
    if file_sha256(lora.path) != lora.sha256:
        raise LoraError(f"lora={lora.name!r} was changed while it was loaded: run it again.")
    known = {f"transformer.{path.replace('.base_layer', '')}" for path, _ in pipe.transformer.named_modules()}
    weights = _Weights({key: value for key, value in state.items() if ".lora_" in key}, alphas, metadata)
    matched = len(weights.modules & known)
    if matched == 0:
        raise unmatched(lora)
    warn_of_rest(lora, matched)
    return weights


def _put(pipe: FluxPipeline, slots: _Slots, name: str, lora: LoraFile) -> None:
    """A file into a slot: into its tensors where it fits, else the slot is made anew and compiled again."""
    weights = slots.weights[lora.sha256]
    slots.worn.pop(name, None)
    if name in loaded_adapters(pipe) and weights.modules <= slots.modules.get(name, frozenset()):
        try:
            _load(pipe, name, weights, hotswap=True)
        except Exception:  # noqa: BLE001  (alphas by module, for one, are no fault of the file)
            _new_slot(pipe, slots, name, lora)
    else:
        _new_slot(pipe, slots, name, lora)
    slots.worn[name] = lora.sha256
    slots.base[name] = {layer: float(layer.scaling[name]) for _, layer in layers(pipe) if name in layer.scaling}


def _new_slot(pipe: FluxPipeline, slots: _Slots, name: str, lora: LoraFile) -> None:
    # The preparation widens every adapter of the model: those of cells that are not compiled must not be among them.
    others = loaded_adapters(pipe) - set(slots.worn)
    delete_adapters(pipe, {*others, name})
    pipe.transformer.enable_lora_hotswap(target_rank=slots.rank, check_compiled="ignore")
    try:
        _load(pipe, name, slots.weights[lora.sha256], hotswap=False)
    except BaseException as error:
        delete_adapters(pipe, [name])
        if not isinstance(error, Exception):
            raise
        raise unfitting(lora, error) from error
    slots.modules[name] = slots.weights[lora.sha256].modules


def _load(pipe: FluxPipeline, name: str, weights: _Weights, *, hotswap: bool) -> None:
    with quiet(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Already found a `peft_config`", UserWarning)
        pipe.load_lora_into_transformer(
            dict(weights.state),
            network_alphas=weights.alphas,
            transformer=pipe.transformer,
            adapter_name=name,
            metadata=weights.metadata,
            _pipeline=pipe,
            hotswap=hotswap,
        )
