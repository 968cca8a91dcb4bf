"""What the engine asks of whoever keeps its results; the lab answers with the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from PIL import Image

    from fluxlab.recipe import Recipe

Kept = TypeVar("Kept")
Kept_co = TypeVar("Kept_co", covariant=True)


@dataclass(frozen=True)
class Attempt:
    """All that is known of an image before it is made.

    Parameters
    ----------
    recipe, key
        What is asked for, and its content key.
    files
        SHA-256 of the model and of the LoRAs that take part.
    environment
        Versions and hardware.
    pipeline
        How to load the same pipeline again.
    mode
        ``"exact"``: the pixels of a lone pipeline call. ``"fast"``: made in batches with other cells.
    run
        The run it belongs to.
    coords
        Its place in the run's sweep.
    """

    recipe: Recipe
    key: str
    files: dict[str, str]
    environment: dict[str, Any]
    pipeline: dict[str, Any]
    mode: str
    run: str
    coords: dict[str, Any] | None


class Recorder(Protocol[Kept_co]):
    """Keeps attempts; methods may be called from any thread, and all but `begin` return when the record is safe."""

    def begin(self, attempt: Attempt) -> str:
        """Record that an attempt begins; returns its uid. The record may still be on its way to the disk."""
        ...

    def complete(
        self, uid: str, image: Image.Image, effective: Mapping[str, Any], timings: Mapping[str, float]
    ) -> Kept_co:
        """Keep the image with what was really used and the seconds of each phase."""
        ...

    def fail(self, uid: str, error: BaseException) -> Kept_co:
        """Record why there is no image."""
        ...

    def interrupt(self, uid: str, step: int) -> Kept_co:
        """Record that the attempt was cut after ``step`` steps."""
        ...
