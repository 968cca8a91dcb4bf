"""`Trajectory`: how an image came out of the noise, step by step, and how straight its way was."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from fluxlab.catalog import pixel_hash
from fluxlab.engine.trajectory import trace
from fluxlab.grid.files import replacing
from fluxlab.grid.typeset import font, line_height
from fluxlab.recipe import Recipe

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

#: Longest side of a preview in a notebook and on a sheet.
_SIDE = 256
_ABREAST = 8
_GAP = 8


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The way of one image.

    Attributes
    ----------
    recipe : Recipe
        What was made.
    image : PIL.Image.Image
        What came out, the pixels of ``lab.generate`` for the same recipe.
    previews : tuple of PIL.Image.Image
        For each step the image that its velocity points at, decoded: what the model believed then.
    latents : numpy.ndarray
        Packed latents before the first step and after every step, float32, shape (steps + 1, tokens, channels).
    velocities : numpy.ndarray
        The velocity of every step (noise minus image), float32, shape (steps, tokens, channels).
    sigmas : numpy.ndarray
        Share of noise at the same places as ``latents``, from 1 down to 0.
    effective : dict
        What was read back from the pipeline.
    """

    recipe: Recipe
    image: Image.Image
    previews: tuple[Image.Image, ...]
    latents: NDArray[np.float32]
    velocities: NDArray[np.float32]
    sigmas: NDArray[np.float64]
    effective: dict[str, Any]

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.velocities)

    @property
    def pixel_hash(self) -> str:
        """Of ``image``, as in the catalog."""
        return pixel_hash(self.image)

    @property
    def straightness(self) -> float:
        """How straight the way was: 1 is a straight line at constant speed, and less is more bent.

        1 - S / |c|², where S is the straightness measure of Liu, Gong and Liu, "Flow straight and fast: learning to
        generate and transfer data with rectified flow" (ICLR 2023), section 2.2: the integral of |c - v(t)|² over the
        way, with the chord c = (x(1) - x(0)) and the velocity v. Their S is 0 for a straight flow and is an expectation
        over many ways; here it is one way, the integral is the sum over the steps weighted by their share of sigma, and
        the chord's length is divided out, so that images of any size can be compared.
        """
        return float(1 - (self._weights() * self._bend()).sum())

    def df(self) -> pd.DataFrame:
        """One row for each step.

        Columns: ``sigma`` and ``sigma_next``, the share of noise before and after the step; ``length``, root mean
        square of the change of the latents; ``velocity``, root mean square of the velocity; ``bend``, |c - v|² / |c|²
        (0 is along the chord c at its speed); ``cosine`` of the angle between velocity and chord; ``to_image``, root
        mean square of what still parts this step's preview from the final latents.
        """
        import numpy as np
        import pandas as pd

        moved = self._rms(self.latents[1:] - self.latents[:-1])
        chord = self._chord()
        towards = (self.velocities * chord).sum(axis=(1, 2), dtype=np.float64)
        lengths = np.sqrt(np.square(self.velocities, dtype=np.float64).sum(axis=(1, 2)) * np.square(chord).sum())
        estimates = self.latents[:-1] - self.sigmas[:-1, None, None] * self.velocities
        return pd.DataFrame(
            {
                "sigma": self.sigmas[:-1],
                "sigma_next": self.sigmas[1:],
                "length": moved,
                "velocity": self._rms(self.velocities),
                "bend": self._bend(),
                "cosine": towards / lengths,
                "to_image": self._rms(estimates - self.latents[-1]),
            },
            index=pd.RangeIndex(1, self.steps + 1, name="step"),
        )

    def contact_sheet(self, path: str | Path) -> Path:
        """Write the previews of all steps and the image as one PNG.

        Raises
        ------
        GridError
            For an ending other than ``.png``, or a place that cannot be written.
        """
        with replacing(path, (".png",), "contact_sheet") as temporary:
            self._sheet().save(temporary, "PNG")
        return Path(path)

    def __repr__(self) -> str:
        return f"<Trajectory of {self.steps} steps, straightness {self.straightness:.3f}>"

    def _repr_html_(self) -> str:
        pictures = "".join(
            f'<figure style="margin:0;max-width:{_SIDE}px"><img src="{_uri(image)}" alt="{escape(text)}" '
            f'style="max-width:100%"><figcaption><small>{escape(text)}</small></figcaption></figure>'
            for text, image in self._captioned()
        )
        head = f"{self.steps} steps, straightness {self.straightness:.3f} (1 is a straight line)"
        return f'<p>{escape(head)}</p><div style="display:flex;flex-wrap:wrap;gap:{_GAP}px">{pictures}</div>'

    def _captioned(self) -> list[tuple[str, Image.Image]]:
        steps = zip(self.sigmas.tolist(), self.previews, strict=False)
        shown = [(f"step {i}, sigma {sigma:.2f}", image) for i, (sigma, image) in enumerate(steps, start=1)]
        return [*shown, ("image", self.image)]

    def _sheet(self) -> Image.Image:
        shown = [(text, _small(image)) for text, image in self._captioned()]
        face = font(12)
        wide = max(image.width for _, image in shown) + _GAP
        high = max(image.height for _, image in shown) + line_height(face) + _GAP
        across = min(_ABREAST, len(shown))
        sheet = Image.new("RGB", (across * wide + _GAP, -(-len(shown) // across) * high + _GAP), "white")
        pen = ImageDraw.Draw(sheet)
        for place, (text, image) in enumerate(shown):
            left, top = _GAP + place % across * wide, _GAP + place // across * high
            sheet.paste(image, (left, top))
            pen.text((left, top + image.height), text, font=face, fill="black")
        return sheet

    def _chord(self) -> NDArray[np.float64]:
        """The constant velocity that would have led from the noise to the image."""
        import numpy as np

        way = (self.latents[0] - self.latents[-1]).astype(np.float64)
        return np.asarray(way / (self.sigmas[0] - self.sigmas[-1]))

    def _weights(self) -> NDArray[np.float64]:
        import numpy as np

        return np.asarray((self.sigmas[:-1] - self.sigmas[1:]) / (self.sigmas[0] - self.sigmas[-1]))

    def _bend(self) -> NDArray[np.float64]:
        import numpy as np

        chord = self._chord()
        away = np.square(self.velocities - chord).sum(axis=(1, 2))
        return np.asarray(away / np.square(chord).sum())

    @staticmethod
    def _rms(values: NDArray[Any]) -> NDArray[np.float64]:
        import numpy as np

        return np.asarray(np.sqrt(np.square(values, dtype=np.float64).mean(axis=(1, 2))))


def trajectory(recipe: Recipe, memory: str = "auto") -> Trajectory:
    """Make an image in exact mode and keep its way; nothing is recorded.

    Parameters
    ----------
    recipe
        A whole one.
    memory
        Memory preset, one of `fluxlab.models.memory.PRESETS`.

    Raises
    ------
    ModelError, LoraError
        When the model or a LoRA cannot be used.
    KeyboardInterrupt
        When it was stopped.
    """
    import numpy as np

    traced = trace(recipe, memory)
    return Trajectory(
        recipe=recipe,
        image=traced.image,
        previews=traced.previews,
        latents=traced.latents.numpy(),
        velocities=traced.velocities.numpy(),
        sigmas=np.asarray(traced.sigmas, dtype=np.float64),
        effective=traced.effective,
    )


def _small(image: Image.Image) -> Image.Image:
    small = image.convert("RGB")
    small.thumbnail((_SIDE, _SIDE))
    return small


def _uri(image: Image.Image) -> str:
    buffer = BytesIO()
    _small(image).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
