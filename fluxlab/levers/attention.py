"""Attention backends by diffusers' names, and what each one asks of the machine."""

from __future__ import annotations

from dataclasses import dataclass

from fluxlab.errors import nearest

#: Torch's own scaled dot product attention, which is what a recipe without a backend gets.
NATIVE = "native"


@dataclass(frozen=True)
class AttentionBackend:
    """What a backend needs.

    Parameters
    ----------
    devices
        Kinds of device that it runs on.
    module
        The Python module that it comes with; ``None`` where torch has it.
    install
        How to get the module.
    half
        Whether it takes 16-bit numbers alone.
    """

    devices: tuple[str, ...] = ("cuda",)
    module: str | None = None
    install: str = ""
    half: bool = False


_ANY = ("cpu", "cuda", "mps", "xpu")
_FLASH = AttentionBackend(module="flash_attn", install="pip install 'flash-attn>=2.6.3'", half=True)
_FLASH_3 = AttentionBackend(module="flash_attn_interface", install="build FlashAttention 3 from source", half=True)
_HUB = AttentionBackend(module="kernels", install="pip install 'kernels>=0.12.3'", half=True)
_SAGE = AttentionBackend(module="sageattention", install="pip install 'sageattention>=2.1.1'", half=True)
#: Those of diffusers that FLUX can take: without a mask, in one process, and on a device that fluxlab knows.
BACKENDS: dict[str, AttentionBackend] = {
    NATIVE: AttentionBackend(devices=_ANY),
    "_native_math": AttentionBackend(devices=_ANY),
    "_native_efficient": AttentionBackend(),
    "_native_flash": AttentionBackend(devices=("cpu", "cuda")),
    "_native_cudnn": AttentionBackend(half=True),
    "flex": AttentionBackend(devices=("cpu", "cuda")),
    "flash": _FLASH,
    "flash_varlen": _FLASH,
    "flash_hub": _HUB,
    "flash_varlen_hub": _HUB,
    "_flash_3": _FLASH_3,
    "_flash_varlen_3": _FLASH_3,
    "_flash_3_hub": _HUB,
    "_flash_3_varlen_hub": _HUB,
    "flash_4_hub": _HUB,
    "sage": _SAGE,
    "sage_varlen": _SAGE,
    "sage_hub": _HUB,
    "sage_blackwell_hub": _HUB,
    "_sage_qk_int8_pv_fp8_cuda": _SAGE,
    "_sage_qk_int8_pv_fp8_cuda_sm90": _SAGE,
    "_sage_qk_int8_pv_fp16_cuda": _SAGE,
    "_sage_qk_int8_pv_fp16_triton": _SAGE,
    "xformers": AttentionBackend(module="xformers", install="pip install 'xformers>=0.0.29'"),
}


def check_attention(name: str) -> str:
    """The name itself, where there is such a backend; for a field of the recipe.

    Raises
    ------
    ValueError
        For a name that diffusers does not know, or that FLUX cannot use.
    """
    if name not in BACKENDS:
        raise ValueError(f"is no attention backend:{nearest(name, BACKENDS)} allowed are {', '.join(BACKENDS)}")
    return name


def attention_problem(name: str, *, device: str, dtype: str, installed: bool) -> str | None:
    """Why a backend cannot run, as the rest of a sentence; ``None`` where it can.

    Parameters
    ----------
    name
        One of `BACKENDS`.
    device
        Kind of device: ``"cpu"``, ``"cuda"``, ``"mps"`` or ``"xpu"``.
    dtype
        Precision of the model.
    installed
        Whether the backend's module is there.
    """
    backend = BACKENDS[name]
    if not installed:
        return (
            f"needs the package '{backend.module}', which is not installed: {backend.install}, or leave attention out"
        )
    if device not in backend.devices:
        return (
            f"runs on {' and '.join(backend.devices)}, and this machine computes on {device}: leave attention out, or "
            f"use one of {', '.join(n for n, b in BACKENDS.items() if device in b.devices)}"
        )
    if backend.half and dtype == "float32":
        return "takes 16-bit numbers, and this model runs in float32: leave attention out, or use a bfloat16 model"
    return None
