"""Numbers that describe one image, or the difference of two, without any heavy model."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from fluxlab.analysis.colour import Array, codes, lab, linear, luma
from fluxlab.errors import GridError, nearest

if TYPE_CHECKING:
    from PIL import Image

    from fluxlab.catalog import Generation

#: The coarsest level of `distance` has at least this many pixels on its shorter side.
COARSEST = 8
#: Numbers remembered before the oldest are forgotten.
REMEMBERED = 50_000


def sharpness(image: Image.Image) -> float:
    """Variance of the Laplacian of the luma: how much fine detail, edges and noise there is.

    A focus measure compared by Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy" (ICPR 2000). It
    grows with noise as well as with detail, and images of different sizes cannot be compared by it.

    Returns
    -------
    float
        0 for a flat image; in squared codes (0 to 255).
    """
    y = luma(image)
    if min(y.shape) < 3:
        return 0.0
    inner = y[1:-1, 1:-1]
    return float(np.var(y[:-2, 1:-1] + y[2:, 1:-1] + y[1:-1, :-2] + y[1:-1, 2:] - 4 * inner))


def colourfulness(image: Image.Image) -> float:
    """Spread and strength of the colours: 0 is grey, about 15 slight, 45 quite, and above 80 very colourful.

    The metric M3 of Hasler and Süsstrunk, "Measuring colourfulness in natural images" (SPIE 2003).
    """
    rgb = codes(image).astype(np.float32)
    red_green = rgb[..., 0] - rgb[..., 1]
    yellow_blue = (rgb[..., 0] + rgb[..., 1]) / 2 - rgb[..., 2]
    spread = np.hypot(red_green.std(), yellow_blue.std())
    strength = np.hypot(red_green.mean(), yellow_blue.mean())
    return float(spread + 0.3 * strength)


def lightness(image: Image.Image) -> float:
    """Mean CIELAB lightness L*, 0 (black) to 100 (white)."""
    return float(lab(linear(image))[..., 0].mean())


def contrast(image: Image.Image) -> float:
    """Standard deviation of the CIELAB lightness L*: 0 is flat, 50 half black and half white."""
    return float(lab(linear(image))[..., 0].std())


def distance(image: Image.Image, baseline: Image.Image) -> float:
    """How different two images of the same size look: a multi-scale colour difference.

    Both images are halved again and again in linear light until the shorter side would fall below 8 pixels. At every
    level, the root mean square over the pixels of the CIELAB difference (CIE76, one unit is about the smallest
    difference that is seen) is taken; the distance is the root mean square over the levels.

    The idea of comparing colours after blurring, as the eye does, is that of S-CIELAB (Zhang and Wandell, "A spatial
    extension of CIELAB for digital color image reproduction", SID 1996); that of averaging over scales is from
    MS-SSIM (Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality assessment", 2003). So
    noise and a shift by a pixel weigh less, and another colour or another object more, than in a plain pixel RMSE.
    It knows nothing of meaning: two good pictures of different cats are far apart.

    Returns
    -------
    float
        0 exactly where all pixels are equal; 100 for black against white.

    Raises
    ------
    GridError
        For images of different sizes.
    """
    if image.size != baseline.size:
        raise GridError(
            f"distance between images of {image.width} x {image.height} and {baseline.width} x {baseline.height} "
            "pixels is not defined: compare images of one size."
        )
    one, two = linear(image), linear(baseline)
    levels = [float(np.mean(np.sum((lab(one) - lab(two)) ** 2, axis=-1)))]
    while min(one.shape[:2]) >= 2 * COARSEST:
        one, two = _halved(one), _halved(two)
        levels.append(float(np.mean(np.sum((lab(one) - lab(two)) ** 2, axis=-1))))
    return float(np.sqrt(np.mean(levels)))


def _halved(light: Array) -> Array:
    """Means over blocks of 2 x 2 pixels; an odd last row or column is left out."""
    height, width = (side // 2 * 2 for side in light.shape[:2])
    even = light[:height, :width]
    return np.asarray((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4, dtype=np.float32)


@dataclass(frozen=True)
class Measure:
    """A measure of one image: its function, what it says in words, and its unit."""

    function: Callable[[Image.Image], float]
    title: str
    unit: str


#: Measures of a single image; `distance` needs a second one and stands beside them.
MEASURES: dict[str, Measure] = {
    "sharpness": Measure(sharpness, "sharpness", "variance of the Laplacian"),
    "colourfulness": Measure(colourfulness, "colourfulness", "Hasler-Süsstrunk M3"),
    "lightness": Measure(lightness, "mean lightness", "L*"),
    "contrast": Measure(contrast, "contrast", "standard deviation of L*"),
}

_memory: OrderedDict[tuple[str, ...], float] = OrderedDict()
_lock = Lock()


def measure(generation: Generation, name: str) -> float:
    """A measure of a generation's image, remembered by the hash of its pixels.

    Parameters
    ----------
    generation
        A generation with an image.
    name
        One of `MEASURES`.

    Raises
    ------
    GridError
        For an unknown measure.
    """
    if name not in MEASURES:
        raise GridError(f"measure '{name}' is unknown:{nearest(name, MEASURES)} Allowed are {', '.join(MEASURES)}.")
    return _remembered((name, generation.pixel_hash or ""), lambda: MEASURES[name].function(generation.image))


def distance_between(generation: Generation, baseline: Generation) -> float:
    """`distance` of two generations, remembered by the hashes of their pixels; NaN where their sizes differ."""
    one, two = generation.pixel_hash or "", baseline.pixel_hash or ""
    if one and one == two:
        return 0.0

    def compute() -> float:
        image, other = generation.image, baseline.image
        return distance(image, other) if image.size == other.size else float("nan")

    return _remembered(("distance", *sorted((one, two))) if one and two else ("distance", ""), compute)


def _remembered(key: tuple[str, ...], compute: Callable[[], float]) -> float:
    """Look a number up, or compute and keep it; a key that ends in an empty hash is never kept."""
    if not key[-1]:
        return compute()
    with _lock:
        if key in _memory:
            _memory.move_to_end(key)
            return _memory[key]
    # Outside the lock: two threads may compute the same number, none waits for another's image.
    value = compute()
    with _lock:
        _memory[key] = value
        while len(_memory) > REMEMBERED:
            _memory.popitem(last=False)
    return value
