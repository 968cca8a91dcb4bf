"""Which LoRAs a cell wears, and many cells of different wear in one batch: every row with its own strengths.

A LoRA layer adds ``B(A(x)) * scaling``. In a batch the scaling becomes a tensor with one number a row, so that cells of
different strengths share one call of the transformer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fluxlab.engine.adapters import encoder_state, layers, set_loras

if TYPE_CHECKING:
    import torch
    from diffusers import FluxPipeline

    from fluxlab.models import LoraFile
    from fluxlab.recipe import Lora


@dataclass(frozen=True, eq=False)
class Wear:
    """What a set of LoRAs does to the transformer, as read back from it.

    Attributes
    ----------
    used
        For the record, see `fluxlab.engine.adapters.set_loras`.
    scalings
        By module, the scaling of each adapter that acts there.
    on_text
        Whether any of it acts on the text encoder, so that prompts must be encoded under it.
    """

    used: dict[str, Any]
    scalings: dict[Any, dict[str, float]]
    on_text: bool

    @property
    def adapters(self) -> frozenset[str]:
        """Names of the adapters that act on the transformer."""
        return frozenset(name for acting in self.scalings.values() for name in acting)

    def is_on(self, pipe: FluxPipeline) -> bool:
        """Whether the pipeline still has these very layers with these adapters."""
        here = set(_of_transformer(pipe))
        return all(layer in here and acting.keys() <= layer.scaling.keys() for layer, acting in self.scalings.items())


def put_on(pipe: FluxPipeline, loras: Sequence[Lora], files: Mapping[str, LoraFile]) -> Wear:
    """Make these LoRAs act, as for a lone call, and note the scaling of every layer.

    Parameters
    ----------
    pipe
        The pipeline, whose lock the caller holds.
    loras, files
        As for `fluxlab.engine.adapters.set_loras`.
    """
    used = set_loras(pipe, loras, files)
    found = {
        layer: {adapter: float(layer.scaling[adapter]) for adapter in layer.active_adapters if adapter in layer.scaling}
        for layer in _of_transformer(pipe)
        if not layer.disable_adapters
    }
    return Wear(used, {layer: acting for layer, acting in found.items() if acting}, bool(encoder_state(pipe)))


def _of_transformer(pipe: FluxPipeline) -> Iterator[Any]:
    return (layer for part, layer in layers(pipe) if part.component == "transformer")


class Rows:
    """Gives every row of a batch the scalings of its own wear, while it is entered with `worn`.

    Parameters
    ----------
    pipe
        The pipeline, whose lock the caller holds.
    """

    def __init__(self, pipe: FluxPipeline) -> None:
        self._pipe = pipe

    @contextmanager
    def worn(self, wears: Sequence[Wear]) -> Iterator[None]:
        """Inside, row ``i`` of the transformer's input is under ``wears[i]``; afterwards no LoRA acts."""
        union = tuple(sorted(frozenset().union(*(wear.adapters for wear in wears))))
        if not union:
            set_loras(self._pipe, (), {})
            yield
            return
        self._pipe.enable_lora()
        self._pipe.set_adapters(list(union), [1.0] * len(union))
        handles = []
        floats: list[tuple[dict[str, Any], dict[str, float]]] = []
        made: dict[tuple[float, ...], _Column] = {}
        try:
            for layer in _of_transformer(self._pipe):
                acting = [adapter for adapter in layer.active_adapters if adapter in layer.scaling]
                if not acting:
                    continue
                columns = {}
                for adapter in acting:
                    values = tuple(wear.scalings.get(layer, {}).get(adapter, 0.0) for wear in wears)
                    columns[adapter] = made.setdefault(values, _Column(values))
                floats.append((layer.scaling, {adapter: layer.scaling[adapter] for adapter in acting}))
                handles.append(layer.register_forward_pre_hook(_giver(columns)))
            yield
        finally:
            for handle in handles:
                handle.remove()
            for scaling, before in floats:
                scaling.update(before)
            self._pipe.disable_lora()


class _Column:
    """One number a row, in the shape that multiplies inputs of two or three dimensions."""

    def __init__(self, values: tuple[float, ...]) -> None:
        self._values = values
        self._shaped: dict[tuple[int, Any], torch.Tensor] = {}

    def shaped(self, x: torch.Tensor) -> torch.Tensor:
        import torch

        of = (x.ndim, x.device)
        if of not in self._shaped:
            # In float32 also where the model runs in bfloat16: a strength is not rounded, as in a lone call.
            column = torch.tensor(self._values, dtype=torch.float32, device=x.device)
            self._shaped[of] = column.view(-1, *[1] * (x.ndim - 1))
        return self._shaped[of]


def _giver(columns: Mapping[str, _Column]) -> Any:
    def give(layer: Any, inputs: tuple[Any, ...]) -> None:
        for adapter, column in columns.items():
            layer.scaling[adapter] = column.shaped(inputs[0])

    return give
