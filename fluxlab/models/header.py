"""The tensors of a single file, by name and shape, and what kind of FLUX transformer they are; no weight is read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fluxlab.errors import ModelError

SAFETENSORS, GGUF = ".safetensors", ".gguf"
SUFFIXES = (SAFETENSORS, GGUF)
#: Room for a hundred thousand tensors; a header beyond that is an attack on memory.
HEADER_MAX = 10_000_000
#: Programs that put a whole model into one file write the transformer's tensors under this prefix.
PREFIX = "model.diffusion_model."
CHANNELS = 64

_BFL = re.compile(
    r"(img_in|txt_in|final_layer\.(linear|adaLN_modulation\.1)|(time_in|vector_in|guidance_in)\.(in|out)_layer"
    r"|double_blocks\.\d+\.(img|txt)_(mod\.lin|attn\.(qkv|proj|norm\.(query|key)_norm)|mlp\.[02])"
    r"|single_blocks\.\d+\.(linear[12]|modulation\.lin|norm\.(query|key)_norm))\.(weight|bias|scale)"
)
_INSTALL = "pip install 'fluxlab[gguf]'"


@dataclass(frozen=True)
class Header:
    """A single file's transformer.

    Attributes
    ----------
    tensors : tuple of str
        Names as they are in the file.
    guidance_embeds : bool
        Whether it has a guidance embedding.
    inner : int
        Width of its blocks: 3072 for FLUX.1, 192 for nano.
    layers, single_layers : int
        How many double and single blocks it has.
    """

    tensors: tuple[str, ...]
    guidance_embeds: bool
    inner: int
    layers: int
    single_layers: int


def read_header(model: str, path: Path) -> Header:
    """What a ``.safetensors`` or ``.gguf`` file holds.

    Parameters
    ----------
    model
        Name of the model, for errors.
    path
        The file.

    Raises
    ------
    ModelError
        When it cannot be read, is damaged, or holds no transformer of FLUX.1.
    """
    stat = path.stat()
    try:
        return _read(str(path), stat.st_size, stat.st_mtime_ns)
    except ImportError:
        raise ModelError(f"model '{model}' is a GGUF file, which needs the package 'gguf': {_INSTALL}.") from None
    except _NotFluxError as error:
        raise ModelError(
            f"model '{model}' is no transformer of FLUX.1: {error}; take a file of FLUX.1-dev, FLUX.1-schnell or a "
            "fine-tune of them, in the layout of Black Forest Labs or of diffusers."
        ) from None
    except Exception as error:  # gguf's reader ends on damaged files with whatever comes first
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelError(f"model '{model}' is no readable {path.suffix} file ({reason}): download it again.") from error


class _NotFluxError(ValueError):
    """A sound file of something else."""


@lru_cache(maxsize=64)
def _read(path: str, size: int, changed: int) -> Header:  # noqa: ARG001  (the time of change is part of the cache's key)
    file = Path(path)
    shapes = _gguf(file) if file.suffix == GGUF else _safetensors(file, size)
    return _understood(shapes)


def _safetensors(path: Path, size: int) -> dict[str, tuple[int, ...]]:
    with path.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        if not 2 <= length <= min(HEADER_MAX, size - 8):
            raise ValueError("its header has no sensible length")
        header = json.loads(handle.read(length))
    header.pop("__metadata__", None)
    end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
    if size != 8 + length + end:
        raise ValueError(f"it has {size:,} bytes where its header says {8 + length + end:,}")
    return {name: tuple(entry["shape"]) for name, entry in header.items()}


def _gguf(path: Path) -> dict[str, tuple[int, ...]]:
    from gguf import GGUFReader

    with path.open("rb") as handle:
        if handle.read(4) != b"GGUF":
            raise ValueError("it does not begin like one")
    # GGUF counts dimensions from the innermost.
    return {t.name: tuple(int(n) for n in reversed(t.shape)) for t in GGUFReader(str(path)).tensors}


def _understood(shapes: Mapping[str, tuple[int, ...]]) -> Header:
    """Tell a FLUX.1 transformer from everything else by its names and its first layer."""
    own = [name for name in shapes if name.startswith(PREFIX)] or list(shapes)
    plain = {name.removeprefix(PREFIX): shapes[name] for name in own}
    if "double_blocks.0.img_attn.qkv.weight" in plain:
        # diffusers would leave what it does not know aside, scales of eight-bit weights included.
        strange = next((name for name in plain if not _BFL.fullmatch(name)), None)
        first, guidance = plain.get("img_in.weight"), any(name.startswith("guidance_in.") for name in plain)
    elif "transformer_blocks.0.attn.add_q_proj.weight" in plain and "x_embedder.weight" in plain:
        strange = next((name for name in plain if name.endswith((".scale_weight", ".scale_input", ".absmax"))), None)
        first = plain["x_embedder.weight"]
        guidance = any(name.startswith("time_text_embed.guidance_embedder.") for name in plain)
    else:
        raise _NotFluxError("it has none of its blocks")
    if strange is not None:
        raise _NotFluxError(f"it has a tensor '{strange[:80]}', which FLUX.1 has not")
    if first is None or len(first) != 2 or first[1] != CHANNELS:
        raise _NotFluxError(f"its first layer has shape {first} instead of taking {CHANNELS} channels")
    layers, single_layers = (
        len({name.split(".")[1] for name in plain if name.startswith(kinds)})
        for kinds in (("double_blocks.", "transformer_blocks."), ("single_blocks.", "single_transformer_blocks."))
    )
    return Header(tuple(own), guidance, first[0], layers, single_layers)
