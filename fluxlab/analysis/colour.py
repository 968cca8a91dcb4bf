"""Colour spaces: from stored sRGB to linear light, and from there to CIELAB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image

Array = NDArray[np.float32]

#: Rec. 709 luma weights, for measures that are defined on encoded values.
_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
#: sRGB primaries to XYZ, rows divided by the white point D65, so that white becomes (1, 1, 1).
_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]],
    dtype=np.float64,
)
_TO_WHITE_XYZ = (_TO_XYZ / _TO_XYZ.sum(axis=1, keepdims=True)).astype(np.float32)
_CODES = np.arange(256, dtype=np.float64) / 255.0
#: An 8-bit code has 256 linear values, so that a table replaces a power for every pixel.
_LINEAR: Array = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4).astype(np.float32)


def codes(image: Image.Image) -> NDArray[np.uint8]:
    """The stored 8-bit sRGB codes, shape (height, width, 3)."""
    return np.asarray(image.convert("RGB"), dtype=np.uint8)


def luma(image: Image.Image) -> Array:
    """Rec. 709 luma of the stored codes, 0 to 255, shape (height, width)."""
    return np.asarray(codes(image).astype(np.float32) @ _LUMA)


def linear(image: Image.Image) -> Array:
    """Linear light, 0 to 1, shape (height, width, 3)."""
    return np.asarray(_LINEAR[codes(image)])


def lab(light: Array) -> Array:
    """CIELAB (D65) of linear sRGB light: L* from 0 to 100, a* and b* around 0."""
    xyz = light @ _TO_WHITE_XYZ.T
    # The cube root has an infinite slope at black; CIE replaces it by a line below (6/29)^3.
    curve = np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * (24389 / 27 / 116) + 16 / 116)
    x, y, z = curve[..., 0], curve[..., 1], curve[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)
