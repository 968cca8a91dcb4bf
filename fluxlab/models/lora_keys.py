"""What the keys of a LoRA file say: its format, the modules it is for, ranks and alphas; no weight is read.

The names follow the conversions of diffusers 0.42 for FLUX, and what these leave out is counted, because diffusers only
logs it.
"""

from __future__ import annotations

import json
import re
import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from fluxlab.blocks import Part, part_of

#: A module by component and name inside it: ``("transformer", "transformer_blocks.0.attn.to_q")``.
Module = tuple[str, str]

_QKV = ("attn.to_q", "attn.to_k", "attn.to_v")
_TEXT_QKV = ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")
#: Modules of Black Forest Labs' own code, dots written as underscores, and what they are called in diffusers.
_DOUBLE = {
    "img_attn_proj": ("attn.to_out.0",), "img_attn_qkv": _QKV, "img_mlp_0": ("ff.net.0.proj",),
    "img_mlp_2": ("ff.net.2",), "img_mod_lin": ("norm1.linear",), "txt_attn_proj": ("attn.to_add_out",),
    "txt_attn_qkv": _TEXT_QKV, "txt_mlp_0": ("ff_context.net.0.proj",), "txt_mlp_2": ("ff_context.net.2",),
    "txt_mod_lin": ("norm1_context.linear",),
}  # fmt: skip
_SINGLE = {"linear1": (*_QKV, "proj_mlp"), "linear2": ("proj_out",), "modulation_lin": ("norm.linear",)}
_XLABS_DOUBLE = {
    "qkv_lora1": _QKV, "qkv_lora2": _TEXT_QKV, "proj_lora1": ("attn.to_out.0",), "proj_lora2": ("attn.to_add_out",)
}  # fmt: skip
_XLABS_SINGLE = {"qkv_lora": _QKV, "proj_lora": ("proj_out",)}

_MATRIX = re.compile(
    r"(.+?)\.(?:processor\.)?(lora_A|lora_B|lora_down|lora_up|lora\.down|lora\.up)(?:\.default)?\.weight"
)
_XLABS = re.compile(r"(?:diffusion_model\.)?(double|single)_blocks\.(\d+)\.processor\.(\w+)\.(down|up)\.weight")
_BFL = re.compile(r"(?:lora_unet_|base_model\.model\.)?(double|single)_blocks[._](\d+)[._](.+)")
_CLIP = re.compile(r"lora_te1?_text_model_encoder_layers_(\d+)_(self_attn|mlp)_(\w+)")
_KOHYA_DIFFUSERS = re.compile(r"(transformer_blocks|single_transformer_blocks)_(\d+)_attn_(\w+)")
_HOLDERS = {"double": "transformer_blocks", "single": "single_transformer_blocks"}
_DOWN = ("lora_A", "lora_down", "lora.down")
#: Keys with which diffusers overwrites weights of the model itself, for good.
_NORMS = ("norm_q", "norm_k", "norm_added_q", "norm_added_k", "query_norm.scale", "key_norm.scale")
_SCALARS = {"F64": "<d", "F32": "<f", "F16": "<e", "I64": "<q", "I32": "<i"}


@dataclass(frozen=True)
class LoraKeys:
    """What is known of a LoRA from its file's header.

    Parameters
    ----------
    format
        Whose names the keys are: ``"diffusers"``, ``"kohya"``, ``"kohya, diffusers names"``, ``"xlabs"``,
        ``"fal kontext"``, ``"bfl control"`` or ``"unknown"``.
    modules
        The modules that diffusers turns the keys into, and the columns of their first matrix.
    total
        Modules that the file is for, those that are left out included.
    ranks, alphas
        All that occur, sorted; no alpha stands for one that equals the rank.
    left_out
        What diffusers leaves out of this file, in words.
    overwrites
        Whether loading it would change weights of the model itself.
    halves
        Those of the modules, by their names in the file, that have one of their two matrices only.
    """

    format: str
    modules: Mapping[Module, int]
    total: int
    ranks: tuple[int, ...]
    alphas: tuple[float, ...]
    left_out: tuple[str, ...]
    overwrites: bool
    halves: tuple[str, ...]

    @property
    def parts(self) -> Counter[Part]:
        """How many modules there are in each part of the model."""
        return Counter(part_of(*module) for module in self.modules)


@lru_cache(maxsize=256)
def _read(path: str, size: int, changed: int) -> LoraKeys:  # noqa: ARG001  (size and time are the cache's key)
    with Path(path).open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(length))
        scalars: dict[str, float] = {}
        for key, entry in header.items():
            if key.endswith(".alpha") and entry["dtype"] in {*_SCALARS, "BF16"} and entry["shape"] in ([], [1]):
                file.seek(8 + length + entry["data_offsets"][0])
                scalars[key] = _scalar(entry["dtype"], file.read(8))
    metadata = header.pop("__metadata__", None) or {}
    return lora_keys({key: tuple(entry["shape"]) for key, entry in header.items()}, scalars, metadata)


def read_keys(path: Path) -> LoraKeys:
    """The keys of a safetensors file that was checked; see `lora_keys`."""
    stat = path.stat()
    return _read(str(path.resolve()), stat.st_size, stat.st_mtime_ns)


def lora_keys(
    shapes: Mapping[str, tuple[int, ...]], alphas: Mapping[str, float], metadata: Mapping[str, str]
) -> LoraKeys:
    """Read keys.

    Parameters
    ----------
    shapes
        Of each tensor.
    alphas
        The values of keys that end in ``.alpha``.
    metadata
        The texts in the file's header.
    """
    kind = _format(shapes)
    downs, ups = _matrices(shapes)
    modules: dict[Module, int] = {}
    lost: Counter[str] = Counter()
    ranks: set[int] = set()
    for name, shape in sorted(downs.items()):
        ranks.add(shape[0] if shape else 0)
        found, reason = _modules(kind, name)
        modules |= dict.fromkeys(found, shape[1] if len(shape) > 1 else 0)
        if reason:
            lost[reason] += 1
    left_out = [f"{count} {'module' if count == 1 else 'modules'} {reason}" for reason, count in sorted(lost.items())]
    dora = sum("dora_scale" in key for key in shapes)
    if dora:
        left_out.append(f"the dora_scale of {dora} modules")
    if kind == "diffusers" and any(".lora_down." in key for key in shapes) and alphas:
        left_out.append(f"the alpha of {len(alphas)} modules")
    if any(key.endswith((".diff_b", ".diff")) for key in shapes):
        left_out.append("differences of biases and norms")
    return LoraKeys(
        format=kind,
        modules=modules,
        total=len(modules) + sum(lost.values()),
        ranks=tuple(sorted(ranks)),
        alphas=tuple(sorted({*alphas.values(), *_told_alphas(metadata)})),
        left_out=tuple(left_out),
        overwrites=any(norm in key and "lora" not in key for key in shapes for norm in _NORMS),
        halves=tuple(name for name in sorted(downs.keys() ^ ups) if _modules(kind, name)[0]),
    )


def _format(keys: Iterable[str]) -> str:
    """The branch that diffusers takes, which asks in this order."""
    names = list(keys)
    if any(".lora_down.weight" in key for key in names):
        if any(key.startswith("transformer.") for key in names):
            return "diffusers"
        return "kohya, diffusers names" if any(key.startswith("lora_transformer_") for key in names) else "kohya"
    for mark, kind in (("processor", "xlabs"), ("query_norm.scale", "bfl control"), ("base_model", "fal kontext")):
        if any(mark in key for key in names):
            return kind
    return "diffusers" if any(key.startswith(("transformer.", "text_encoder.")) for key in names) else "unknown"


def _matrices(shapes: Mapping[str, tuple[int, ...]]) -> tuple[dict[str, tuple[int, ...]], set[str]]:
    """The first matrix of each module, by the module's name in the file; and the modules that have a second."""
    downs: dict[str, tuple[int, ...]] = {}
    ups: set[str] = set()
    for key, shape in shapes.items():
        if xlabs := _XLABS.fullmatch(key):
            name, first = key.removesuffix(f".{xlabs[4]}.weight"), xlabs[4] == "down"
        elif match := _MATRIX.fullmatch(key):
            name, first = match[1], match[2] in _DOWN
        else:
            continue
        if first:
            downs[name] = shape
        else:
            ups.add(name)
    return downs, ups


def _modules(kind: str, name: str) -> tuple[list[Module], str]:
    """The modules of diffusers that a name in the file stands for; or none, and why they are left out."""
    if kind == "xlabs" and (match := _XLABS.fullmatch(f"{name}.down.weight")):
        stream, block, rest, _ = match.groups()
        return _inside(stream, block, (_XLABS_DOUBLE if stream == "double" else _XLABS_SINGLE).get(rest, ()))
    if kind == "diffusers" or kind in {"unknown", "xlabs"}:
        component, _, path = name.partition(".")
        if component in {"transformer", "text_encoder"} and path:
            return [(component, path)], ""
        return [], "of T5" if component == "text_encoder_2" else "without the prefix 'transformer.'"
    plain = name.replace("diffusion_model.", "lora_unet_").replace("text_encoders.clip_l.transformer.", "lora_te_")
    plain = plain if kind == "fal kontext" else plain.replace(".", "_")
    if plain.startswith(("text_encoders_t5xxl", "lora_te2_", "lora_te3_")):
        return [], "of T5"
    if match := _CLIP.fullmatch(plain):
        return [("text_encoder", f"text_model.encoder.layers.{match[1]}.{match[2]}.{match[3]}")], ""
    if kind == "kohya, diffusers names":
        rest = plain.removeprefix("lora_transformer_")
        if match := _KOHYA_DIFFUSERS.fullmatch(rest):
            return [("transformer", f"{match[1]}.{match[2]}.attn.{match[3].replace('_0', '.0')}")], ""
        return [], "outside of attention"
    if match := _BFL.fullmatch(plain):
        stream, block, rest = match.groups()
        return _inside(stream, block, (_DOUBLE if stream == "double" else _SINGLE).get(rest.replace(".", "_"), ()))
    if kind in {"fal kontext", "bfl control"}:
        return (
            ([("transformer", "proj_out")], "") if plain.endswith("final_layer.linear") else ([], "outside of blocks")
        )
    return [], "outside of blocks"


def _inside(stream: str, block: str, names: tuple[str, ...]) -> tuple[list[Module], str]:
    if not names:
        return [], "of unknown name"
    return [("transformer", f"{_HOLDERS[stream]}.{block}.{name}") for name in names], ""


def _scalar(kind: str, raw: bytes) -> float:
    if kind == "BF16":
        return float(struct.unpack("<f", b"\0\0" + raw[:2])[0])
    return float(struct.unpack(_SCALARS[kind], raw[: struct.calcsize(_SCALARS[kind])])[0])


def _told_alphas(metadata: Mapping[str, str]) -> set[float]:
    """Alphas in the configuration that diffusers writes into the header."""
    try:
        told = json.loads(metadata.get("lora_adapter_metadata", "{}"))
    except ValueError:
        return set()
    values = told.values() if isinstance(told, dict) else ()
    alphas = [value for key, value in told.items() if key.endswith(".lora_alpha")] if values else []
    return {float(alpha) for alpha in alphas if isinstance(alpha, (int, float)) and not isinstance(alpha, bool)}
