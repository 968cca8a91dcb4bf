"""What this machine computes on: the accelerator, if it has one, and the memory there is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

GIB = 2**30
#: Memory that this process' control group may use, where there is one (version 2, then 1).
_LIMITS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
)


@dataclass(frozen=True)
class Device:
    """The facts that decide where a model goes.

    Parameters
    ----------
    kind
        ``"cuda"`` (NVIDIA and, by ROCm, AMD), ``"xpu"`` (Intel), ``"mps"`` (Apple) or ``"cpu"``.
    name
        As its maker calls it.
    total, free
        Bytes of its memory, and those that this process can have: free ones and those that it holds already. On a CPU
        they are the host's.
    host_total, host_free
        Bytes of the host's memory, within the limit of a container.
    capability
        CUDA's compute capability, such as ``(8, 9)``; ``None`` elsewhere.
    bfloat16
        Whether it computes in bfloat16.
    """

    kind: Literal["cuda", "xpu", "mps", "cpu"]
    name: str
    total: int
    free: int
    host_total: int
    host_free: int
    capability: tuple[int, int] | None = None
    bfloat16: bool = True

    def __str__(self) -> str:
        host = f"{self.host_free / GIB:.1f} of {self.host_total / GIB:.1f} GiB of the host's memory free"
        if self.kind == "cpu":
            return f"{self.name}, {host}"
        return f"{self.name}, {self.free / GIB:.1f} of {self.total / GIB:.1f} GiB free, {host}"


def find_device() -> Device:
    """The accelerator that torch would use, or the CPU, as it is at this moment."""
    import torch

    host_total, host_free = host_memory()
    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        return Device(
            "cuda",
            torch.cuda.get_device_name(),
            total,
            free + torch.cuda.memory_reserved(),
            host_total,
            host_free,
            torch.cuda.get_device_capability(),
            torch.cuda.is_bf16_supported(),
        )
    if torch.xpu.is_available():
        free, total = torch.xpu.mem_get_info()
        return Device(
            "xpu", torch.xpu.get_device_name(), total, free + torch.xpu.memory_reserved(), host_total, host_free
        )
    if torch.backends.mps.is_available():
        total = torch.mps.recommended_max_memory()
        # The memory is one with the host's: what others use there is gone here too.
        free = min(total, host_free + torch.mps.driver_allocated_memory())
        newer = torch.backends.mps.is_macos_or_newer(14, 0)
        return Device("mps", "Apple GPU", total, free, host_total, host_free, bfloat16=newer)
    return Device("cpu", "CPU", host_total, host_free, host_total, host_free)


def host_memory() -> tuple[int, int]:
    """Bytes of the host's memory in all, and free for this process; a container's limit counts."""
    import psutil

    memory = psutil.virtual_memory()
    total, free = int(memory.total), int(memory.available)
    for limit, used in _LIMITS:
        try:
            most = int(Path(limit).read_text(encoding="ascii"))  # "max" where there is no limit
            now = int(Path(used).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue
        if most < total:
            total, free = most, min(free, max(0, most - now))
    return total, free


def release_cached(device: str) -> None:
    """Give memory that torch keeps for later back to the accelerator.

    Parameters
    ----------
    device
        A torch device, such as ``"cuda"``; nothing happens for ``"cpu"``.
    """
    import torch

    module: Any = getattr(torch, device.partition(":")[0])
    if hasattr(module, "empty_cache"):
        module.empty_cache()
