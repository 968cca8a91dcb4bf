"""Latents to images, by the steps that `FluxPipeline` takes after its last denoising step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, SupportsFloat

from fluxlab.engine.stopwatch import Stopwatch
from fluxlab.errors import GenerationError

if TYPE_CHECKING:
    import torch
    from PIL import Image

    from fluxlab.models import Loaded

#: Images that are decoded at once in fast mode; more gain nothing and take memory.
AT_ONCE = 4


@dataclass(frozen=True)
class Decoded:
    """Pixels of one image on the device, shape (1, 3, height, width), about -1 to 1, and the seconds they took."""

    pixels: torch.Tensor
    seconds: SupportsFloat


def decode(loaded: Loaded, latents: torch.Tensor, width: int, height: int) -> Decoded:
    """Decode one image, with the pixels of a lone call.

    Parameters
    ----------
    loaded
        The pipeline, inside its `use`: with offloaded weights decoding moves other parts out.
    latents
        Packed, shape (1, tokens, channels).
    width, height
        In pixels.
    """
    watch = Stopwatch(latents.device)
    with watch:
        pixels = _pixels(loaded, latents, width, height)
    return Decoded(pixels, watch)


def decode_many(loaded: Loaded, latents: Sequence[torch.Tensor], width: int, height: int) -> Iterator[Decoded]:
    """Decode images of one size, several at once where that changes no more than the last bits.

    In float32 a batch differs from a lone call by about 1e-5; in half precision whole pixels would change, so there
    every image is decoded alone.

    Parameters
    ----------
    loaded, width, height
        As for `decode`.
    latents
        Of each image.
    """
    import torch

    together = AT_ONCE if latents[0].dtype == torch.float32 else 1
    for start in range(0, len(latents), together):
        part = latents[start : start + together]
        watch = Stopwatch(part[0].device)
        with watch:
            pixels = _pixels(loaded, torch.cat(list(part)), width, height)
        for one in pixels.split(1):
            yield Decoded(one, _Part(watch, len(part)))


def to_image(loaded: Loaded, decoded: Decoded) -> Image.Image:
    """The image of decoded pixels; waits for the device, and may run in any thread.

    Raises
    ------
    GenerationError
        For pixels that are no numbers, which Pillow would draw black.
    """
    if not bool(decoded.pixels.isfinite().all()):
        raise GenerationError(
            "the model gave values that are no numbers (NaN), as a damaged LoRA or a precision that is too low does: "
            "leave its LoRAs out one by one, or use another precision."
        )
    image: Image.Image = loaded.pipe.image_processor.postprocess(decoded.pixels, output_type="pil")[0]
    return image


@dataclass(frozen=True)
class _Part:
    """An equal part of a time."""

    whole: SupportsFloat
    of: int

    def __float__(self) -> float:
        return float(self.whole) / self.of


def _pixels(loaded: Loaded, latents: torch.Tensor, width: int, height: int) -> torch.Tensor:
    import torch

    pipe = loaded.pipe
    loaded.turn("decode")
    with torch.no_grad():
        unpacked = pipe._unpack_latents(latents, height, width, pipe.vae_scale_factor)  # noqa: SLF001  (the pipeline's own layout)
        scaled = unpacked / pipe.vae.config.scaling_factor + pipe.vae.config.shift_factor
        pixels: torch.Tensor = pipe.vae.decode(scaled, return_dict=False)[0]
    return pixels
