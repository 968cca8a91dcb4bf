"""The quantization of a generation as lines of a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: How a transformer's weights are quantised while they are read: class, arguments, and the import that these need.
_WHILE_READ = {
    "int8": ("TorchAoConfig", "Int8WeightOnlyConfig()", ["from torchao.quantization import Int8WeightOnlyConfig"]),
    "fp8wo": ("TorchAoConfig", "Float8WeightOnlyConfig()", ["from torchao.quantization import Float8WeightOnlyConfig"]),
    "nf4": (
        "BitsAndBytesConfig",
        'load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.{}',
        [],
    ),
}
NAMES = ("fp8", *_WHILE_READ)


@dataclass
class Quantized:
    """What it adds: classes to import from diffusers, further imports, an argument of loading, lines after LoRAs."""

    classes: list[str] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    argument: str = ""
    after: list[str] = field(default_factory=list)


def quantized_lines(recipe: Mapping[str, Any], dtype: str) -> Quantized:
    """The lines for a recipe's quantization.

    Parameters
    ----------
    recipe
        With a ``quantization`` among `NAMES`, or none.
    dtype
        Of the pipeline, a checked name.
    """
    name = recipe.get("quantization")
    if name == "fp8":
        casting = f"storage_dtype=torch.float8_e4m3fn, compute_dtype=torch.{dtype}"
        return Quantized(after=[f"pipe.transformer.enable_layerwise_casting({casting})"])
    if name not in _WHILE_READ:
        return Quantized()
    kind, arguments, imports = _WHILE_READ[name]
    mapping = f'quant_mapping={{"transformer": {kind}({arguments.format(dtype)})}}'
    return Quantized(
        [kind, "PipelineQuantizationConfig"],
        imports,
        f"\n    quantization_config=PipelineQuantizationConfig({mapping}),",
    )
