"""How far an image made with lossy levers is from the exact one: plain numbers over the pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from fluxlab.analysis.colour import codes
from fluxlab.errors import GridError

if TYPE_CHECKING:
    from PIL import Image

#: Changes with the definition of any of the numbers below.
VERSION = "1"


def mean_difference(image: Image.Image, exact: Image.Image) -> float:
    """Mean absolute difference of the RGB codes, 0 (the same pixels) to 255.

    Raises
    ------
    GridError
        For images of different sizes.
    """
    return float(np.abs(_gap(image, exact)).mean())


def psnr(image: Image.Image, exact: Image.Image) -> float:
    """Peak signal-to-noise ratio of the RGB codes in decibels: 20 log10(255 / RMSE); infinite for the same pixels.

    About 20 dB is another picture, 30 dB visibly changed, and from 40 dB on hardly seen.

    Raises
    ------
    GridError
        For images of different sizes.
    """
    rmse = math.sqrt(float(np.square(_gap(image, exact)).mean()))
    return math.inf if rmse == 0 else 20 * math.log10(255 / rmse)


def _gap(image: Image.Image, exact: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    if image.size != exact.size:
        raise GridError(
            f"an image of {image.width} x {image.height} pixels cannot be compared with an exact one of "
            f"{exact.width} x {exact.height}: compare images of one size."
        )
    return codes(image).astype(np.float64) - codes(exact).astype(np.float64)
