"""The error that carries an image which could not be kept as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fluxlab.catalog.generation import Generation
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from PIL import Image


class NotRecordedError(CatalogError):
    """An image was made, but could not be kept as it should be; the error carries it.

    Parameters
    ----------
    message
        What happened and what to do.
    generation
        The generation with its image.
    """

    def __init__(self, message: str, generation: Generation) -> None:
        super().__init__(message)
        self.generation = generation

    @property
    def image(self) -> Image.Image:
        """The image that was made."""
        return self.generation.image
