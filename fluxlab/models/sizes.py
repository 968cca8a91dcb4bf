"""How large a model's parts are: counted from the headers of its safetensors files, without reading a weight."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from fluxlab.errors import ModelError
from fluxlab.models.device import GIB
from fluxlab.models.files import folder_of, is_difference, is_gguf, lineage, single_file
from fluxlab.models.header import read_header
from fluxlab.models.quantization import BYTES
from fluxlab.models.spec import ModelSpec, get_spec

Component = Literal["transformer", "text_encoder", "text_encoder_2", "vae"]
COMPONENTS: tuple[Component, ...] = ("transformer", "text_encoder", "text_encoder_2", "vae")
ITEMSIZES = {"float32": 4, "float16": 2, "bfloat16": 2}
#: Modules that diffusers' layerwise casting leaves alone: its default patterns and those of FLUX's transformer.
_NOT_CAST = re.compile(r"pos_embed|patch_embed|norm|^proj_in$|^proj_out$")
_BLOCK = re.compile(r"^(?:[a-z_]+\.)*?[a-z_]+\.\d+(?=\.)")
#: A file as it was at one moment: path, size and time of its last change.
_Stamp = tuple[str, int, int]
_WEIGHTS = ("diffusion_pytorch_model.safetensors", "model.safetensors")


@dataclass(frozen=True)
class Part:
    """How many parameters a component has.

    Parameters
    ----------
    parameters
        All of them.
    linear
        Those in the weights of linear layers, which int8 and nf4 take.
    castable
        Those that fp8 takes: weights and biases of linear and convolution layers outside norms and modulation.
    block
        Those of its largest block, one of which is on the device at a time under group offload.
    rest
        Those outside all blocks.
    leaf
        Those of its largest tensor.
    """

    parameters: int
    linear: int
    castable: int
    block: int
    rest: int
    leaf: int


@dataclass(frozen=True)
class Sizes:
    """The components of a FLUX model, and the bytes of one parameter in its own precision."""

    transformer: Part
    text_encoder: Part
    text_encoder_2: Part
    vae: Part
    itemsize: int

    def bytes_of(self, component: Component, quantization: str | None = None) -> int:
        """Bytes of a component's weights; ``quantization`` acts on the transformer alone."""
        part: Part = getattr(self, component)
        return round(part.parameters * self.itemsize * self._share(component, quantization))

    def block_bytes(self, quantization: str | None = None) -> int:
        """Bytes of the transformer on the device under group offload: a block at work, the next one, and the rest."""
        part = self.transformer
        share = self._share("transformer", quantization)
        return round((2 * part.block * share + part.rest) * self.itemsize)

    def leaf_bytes(self, component: Component) -> int:
        """Bytes of a component's largest tensor."""
        part: Part = getattr(self, component)
        return part.leaf * self.itemsize

    def _share(self, component: Component, quantization: str | None) -> float:
        """Bytes of the quantised component as a share of its own precision's."""
        if component != "transformer" or quantization is None:
            return 1.0
        part = self.transformer
        taken = part.castable if quantization == "fp8" else part.linear
        kept = part.parameters - taken
        return (taken * BYTES[quantization] + kept * self.itemsize) / (part.parameters * self.itemsize)


def sizes_of(spec: ModelSpec) -> Sizes:
    """Count a model's parameters.

    Raises
    ------
    ModelError
        When a component has no readable safetensors file.
    """
    root = list(lineage(spec))[-1]
    folder = folder_of(root, transformer=root is spec)
    parts = {"transformer": _transformer(spec)}
    parts |= {component: _counted(spec, folder / component) for component in COMPONENTS if component not in parts}
    return Sizes(**parts, itemsize=ITEMSIZES[spec.dtype])


def _transformer(spec: ModelSpec) -> Part:
    """The transformer of a model, which may be one file, or the difference to another's."""
    if (file := single_file(spec)) is not None:
        if is_gguf(spec):
            header = read_header(spec.name, file)
            # Its weights stay as they are in the file, in as many precisions as it likes.
            whole = file.stat().st_size // ITEMSIZES[spec.dtype]
            block = whole // max(1, header.layers + header.single_layers)
            return Part(whole, 0, 0, 2 * block, 0, block)
        return _counted_files(spec, [file])
    if is_difference(spec):
        return _transformer(get_spec(str(spec.base)))
    return _counted(spec, folder_of(spec) / "transformer")


def _counted(spec: ModelSpec, folder: Path) -> Part:
    files = _files(folder)
    if not files:
        raise _unreadable(spec, f"no safetensors weights in '{folder.name}'")
    return _counted_files(spec, files)


def _counted_files(spec: ModelSpec, files: list[Path]) -> Part:
    stamps: list[_Stamp] = []
    for path in files:
        try:
            stat = path.stat()
            stamps.append((str(path), stat.st_size, stat.st_mtime_ns))
            _shapes(*stamps[-1])
        except (OSError, ValueError) as error:
            raise _unreadable(spec, f"'{path.parent.name}/{path.name}': {error}") from None
    return _counted_at(tuple(stamps))


@lru_cache(maxsize=64)
def _counted_at(stamps: tuple[_Stamp, ...]) -> Part:
    shapes: dict[str, tuple[int, ...]] = {}
    for stamp in stamps:
        shapes |= _shapes(*stamp)
    return count(shapes)


def is_small(spec: ModelSpec) -> bool:
    """Whether a model has less than half a GiB, so that no machine has reason to lower its precision."""
    sizes = sizes_of(spec)
    return sum(sizes.bytes_of(component) for component in COMPONENTS) < GIB // 2


def _unreadable(spec: ModelSpec, reason: str) -> ModelError:
    return ModelError(
        f"model '{spec.name}' could not be loaded from '{single_file(spec) or spec.folder}' ({reason[:300]}): "
        "check that the folder is a whole diffusers model with safetensors weights."
    )


def count(shapes: dict[str, tuple[int, ...]]) -> Part:
    """Count the parameters of one component.

    Parameters
    ----------
    shapes
        Name and shape of each tensor, as in its state dictionary.
    """
    numbers = {name: math.prod(shape) for name, shape in shapes.items()}
    # A linear layer's weight is a matrix and a convolution's has four dimensions or more; a norm's has one.
    layers = {
        name.removesuffix(".weight") for name, shape in shapes.items() if name.endswith(".weight") and len(shape) > 1
    }
    blocks: dict[str, int] = defaultdict(int)
    for name, number in numbers.items():
        if found := _BLOCK.match(name):
            blocks[found[0]] += number
    linear = sum(numbers[f"{layer}.weight"] for layer in layers if len(shapes[f"{layer}.weight"]) == 2)
    cast = [layer for layer in layers if not _NOT_CAST.search(layer)]
    castable = sum(numbers.get(f"{layer}.{kind}", 0) for layer in cast for kind in ("weight", "bias"))
    total = sum(numbers.values())
    return Part(
        parameters=total,
        linear=linear,
        castable=castable,
        block=max(blocks.values(), default=0),
        rest=total - sum(blocks.values()),
        leaf=max(numbers.values(), default=0),
    )


def _files(folder: Path) -> list[Path]:
    """The weight files of a component: those that its index names, or the one of the usual name, or all there are."""
    for name in _WEIGHTS:
        index = folder / f"{name}.index.json"
        if index.is_file():
            try:
                named = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
            except (ValueError, KeyError, AttributeError, OSError):
                break
            return sorted({folder / Path(str(file)).name for file in named})
        if (folder / name).is_file():
            return [folder / name]
    return sorted(folder.glob("*.safetensors"))


@lru_cache(maxsize=256)
def _shapes(path: str, size: int, changed: int) -> dict[str, tuple[int, ...]]:  # noqa: ARG001  (the time is part of the cache's key)
    """Names and shapes from a safetensors header: eight bytes of length, then JSON.

    Raises
    ------
    ValueError, OSError
        When it is none.
    """
    with Path(path).open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        if not 2 <= length <= size:
            raise ValueError("its header has no sensible length")
        header = json.loads(handle.read(length))
    try:
        return {name: tuple(map(int, entry["shape"])) for name, entry in header.items() if name != "__metadata__"}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"its header lacks shapes: {error}") from None
