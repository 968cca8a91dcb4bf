"""A transformer as the low-rank difference to another: small to ship, folded into plain weights when it is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

DIFFERENCE = "difference.safetensors"
UP, DOWN = ".up", ".down"


def fold(weights: Mapping[str, torch.Tensor], difference: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights of the whole transformer, in float32.

    Parameters
    ----------
    weights
        State of the transformer that the difference was made against.
    difference
        For a matrix ``W`` of shape (m, n), ``W.up`` of shape (m, r) and ``W.down`` of shape (r, n), whose product is
        added; any other tensor takes the place of the one of its name.

    Raises
    ------
    ValueError
        When the difference names a tensor that the weights do not have, half a pair, or does not fit in shape.
    """
    folded = {name: tensor.detach().float() for name, tensor in weights.items()}
    for name, tensor in difference.items():
        matrix = name.removesuffix(UP).removesuffix(DOWN)
        if matrix not in folded:
            raise ValueError(f"'{matrix}' is no tensor of the model that the difference was made against")
        if name.endswith(DOWN):
            if matrix + UP not in difference:
                raise ValueError(f"'{name}' lacks its other half, '{matrix + UP}'")
            continue
        new = tensor.float()
        if name.endswith(UP):
            if matrix + DOWN not in difference:
                raise ValueError(f"'{name}' lacks its other half, '{matrix + DOWN}'")
            new = new @ difference[matrix + DOWN].float()
        if new.shape != folded[matrix].shape:
            raise ValueError(f"'{name}' gives shape {tuple(new.shape)}, not {tuple(folded[matrix].shape)}")
        folded[matrix] = folded[matrix] + new if name.endswith(UP) else new
    return folded
