"""Parts of a pipeline on and off the device, as a plan says; a failure in the middle leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fluxlab.models.device import release_cached
from fluxlab.models.memory_plan import MemoryPlan, Phase
from fluxlab.models.sizes import COMPONENTS

if TYPE_CHECKING:
    from diffusers import FluxPipeline

#: Hooks of diffusers' group offload, by the names they are registered under.
_GROUP_HOOKS = ("group_offloading", "layer_execution_tracker", "lazy_prefetch_group_offloading")


def place(pipe: FluxPipeline, plan: MemoryPlan) -> None:
    """Set the hooks of a plan; parts that it moves whole wait in the host's memory for `turn`."""
    settle(pipe, plan)
    for name in plan.streamed & _modules(pipe).keys():
        # Blocks of the transformer alone: those of the others lie too deep for diffusers to find, which would take such
        # a part as a whole.
        by_block = name == "transformer" and plan.placement == "group_offload"
        _stream(getattr(pipe, name), plan, "block_level" if by_block else "leaf_level")


def settle(pipe: FluxPipeline, plan: MemoryPlan) -> None:
    """Tell the pipeline whether its parts can move; see `fluxlab.models.flux_pipeline`."""
    import torch

    pipe.settled_on = torch.device("cpu") if plan.device == "cpu" and not plan.streamed else None


def unplace(pipe: FluxPipeline) -> None:
    """Take every hook off and every part to the host's memory."""
    from diffusers.hooks import HookRegistry

    pipe.settled_on = None
    for module in _modules(pipe).values():
        registry = HookRegistry.check_if_exists_or_initialize(module)
        for name in _GROUP_HOOKS:
            registry.remove_hook(name, recurse=True)
        module.to("cpu")


def turn(pipe: FluxPipeline, plan: MemoryPlan, phase: Phase) -> None:
    """Bring the parts of a phase to the device, after those that must leave have left it.

    Nothing is remembered of where parts are: after a move that was cut short, the next turn sets them right.
    """
    if plan.device == "cpu":
        return
    wanted = plan.on_device(phase)
    parts = {name: module for name, module in _modules(pipe).items() if name not in plan.streamed}
    leaving = [module for name, module in parts.items() if name not in wanted and not _is_on(module, "cpu")]
    for module in leaving:
        module.to("cpu")
    if leaving:
        release_cached(plan.device)
    for name in wanted & parts.keys():
        if not _is_on(parts[name], plan.device):
            parts[name].to(plan.device)


def mend(pipe: FluxPipeline, plan: MemoryPlan) -> None:
    """Set the hooks anew after a failure inside a forward pass.

    Streamed groups learn the order of their layers from their first pass; one that is cut short would leave half of the
    order behind, and later passes would compute with weights that are not there yet.
    """
    if plan.streamed:
        unplace(pipe)
        place(pipe, plan)
    release_cached(plan.device)


@contextmanager
def ready_for_lora(pipe: FluxPipeline) -> Iterator[None]:
    """Let a LoRA be loaded whatever the transformer's weights are stored in.

    Into a layer that is stored in float8 PEFT would load the LoRA in float8 too: rounded, and in a type that nothing
    computes in. The stored weights stand aside meanwhile for empty ones of the type that the layer computes in.
    """
    import torch

    aside: list[tuple[Any, Any]] = []
    try:
        for layer in pipe.transformer.modules():
            registry = getattr(layer, "_diffusers_hook", None)
            casting = registry.get_hook("layerwise_casting") if registry is not None else None
            if casting is not None:
                weight = layer.weight
                aside.append((layer, weight))
                # One number that is seen as a whole matrix takes no memory.
                empty = torch.zeros(1, dtype=casting.compute_dtype, device=weight.device).expand(weight.shape)
                layer.weight = torch.nn.Parameter(empty, requires_grad=False)
        yield
    finally:
        for layer, weight in aside:
            layer.weight = weight


def _stream(module: Any, plan: MemoryPlan, kind: str) -> None:
    from diffusers.hooks import apply_group_offloading

    # A stream moves the next group while this one computes, from memory that the host cannot swap; the CPU has none.
    streams = plan.device in {"cuda", "xpu"} and plan.placement != "sequential_offload"
    apply_group_offloading(
        module,
        onload_device=plan.device,
        offload_type=kind,
        num_blocks_per_group=1,
        use_stream=streams,
        record_stream=streams,
    )


def _modules(pipe: FluxPipeline) -> dict[str, Any]:
    found = {name: getattr(pipe, name, None) for name in COMPONENTS}
    return {name: module for name, module in found.items() if module is not None}


def _is_on(module: Any, device: str) -> bool:
    """Whether every parameter and buffer is on a kind of device; a move that was cut short left some behind."""
    return all(tensor.device.type == device for tensor in (*module.parameters(), *module.buffers()))
