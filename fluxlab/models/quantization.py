"""The precisions that a transformer's weights can be held in below its own: what each takes, and how it is loaded.

They change the pixels, so that each has its place in the recipe; see `fluxlab.recipe.QUANTIZATIONS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fluxlab.errors import ModelError
from fluxlab.models.anatomy import anatomy

if TYPE_CHECKING:
    import torch

#: Bytes of one weight, with its share of the scales: one number in float32 for 64 weights of nf4.
BYTES: Mapping[str, float] = {"fp8": 1.0, "int8": 1.0, "fp8wo": 1.0, "nf4": 0.5 + 4 / 64}
#: The package that each needs beyond diffusers.
PACKAGES: Mapping[str, str] = {"int8": "torchao", "fp8wo": "torchao", "nf4": "bitsandbytes"}
#: What each is, for sentences.
MEANINGS: Mapping[str, str] = {
    "fp8": "weights stored in 8-bit floats and cast up layer by layer (diffusers)",
    "int8": "weights in 8-bit integers with a scale a row (torchao)",
    "fp8wo": "weights in 8-bit floats with a scale a row (torchao)",
    "nf4": "weights in 4-bit normal floats (bitsandbytes)",
}


def installed() -> frozenset[str]:
    """The optional packages that are here, found without importing them."""
    return frozenset(package for package in set(PACKAGES.values()) if find_spec(package) is not None)


def check_installed(quantization: str | None, packages: frozenset[str]) -> None:
    """Refuse a quantization whose package is missing.

    Raises
    ------
    ModelError
        With the command that installs it.
    """
    package = PACKAGES.get(quantization or "")
    if package is not None and package not in packages:
        raise ModelError(
            f"quantization='{quantization}' needs the package '{package}', which is not installed: run "
            f"'pip install {package}' and restart, or use quantization='fp8', which needs none."
        )


def loading_config(quantization: str | None, dtype: torch.dtype) -> dict[str, Any]:
    """Keyword arguments of `FluxPipeline.from_pretrained` that quantise the transformer while it is read.

    ``fp8`` needs none: `cast` acts on the loaded transformer.

    Parameters
    ----------
    quantization
        One of `BYTES`, or ``None``.
    dtype
        What the layers compute in.
    """
    if quantization is None or quantization == "fp8":
        return {}
    from diffusers import BitsAndBytesConfig, PipelineQuantizationConfig, TorchAoConfig

    config: Any
    if quantization == "nf4":
        config = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype)
    else:
        from torchao.quantization import Float8WeightOnlyConfig, Int8WeightOnlyConfig

        # diffusers takes the configuration object; the names that older versions took raise.
        config = TorchAoConfig(Int8WeightOnlyConfig() if quantization == "int8" else Float8WeightOnlyConfig())
    return {"quantization_config": PipelineQuantizationConfig(quant_mapping={"transformer": config})}


def cast(transformer: Any, dtype: torch.dtype) -> None:
    """Store a transformer's weights in float8 and compute in ``dtype``; norms and modulation stay as they are."""
    import torch

    transformer.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=dtype)


def quantization_of(transformer: Any) -> str | None:
    """Read back how a transformer's weights are held: one of `BYTES`, or ``None`` for its own precision."""
    import torch

    quantizer = getattr(transformer, "hf_quantizer", None)
    if quantizer is not None:
        config = quantizer.quantization_config
        kind = type(getattr(config, "quant_type", None)).__name__
        known = {"Int8WeightOnlyConfig": "int8", "Float8WeightOnlyConfig": "fp8wo"}
        return known.get(kind) or str(getattr(config, "bnb_4bit_quant_type", config.quant_method))
    for holder in anatomy(transformer).holders:
        # Not by `parameters`, which takes as long for all of a small model as one of its blocks.
        for weight in holder._parameters.values():  # noqa: SLF001
            if weight is not None and weight.dtype == torch.float8_e4m3fn:
                return "fp8"
    return None
