"""`replay`: make a recorded image again, say whether it is the same to the last bit, and name what is not as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from fluxlab.catalog import Generation, pixel_hash
from fluxlab.catalog.compare import flat
from fluxlab.engine import Run
from fluxlab.errors import CatalogError, GenerationError, LoraError
from fluxlab.models import Resolver, added_loras, as_recorded, bundled_loras, find_lora
from fluxlab.sweep import Cell

if TYPE_CHECKING:
    from PIL import Image

    from fluxlab.engine.recorder import Attempt

_SHOWN = 12


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was: ``field`` such as ``"environment.packages.torch"``, its value then and now."""

    field: str
    then: Any
    now: Any

    def __str__(self) -> str:
        return f"{self.field}: {_short(self.then)} then, {_short(self.now)} now"


@dataclass(frozen=True, eq=False)
class Replay:
    """An image made again from its record.

    Attributes
    ----------
    generation : Generation
        The record it was made from.
    image : PIL.Image.Image
        The image as it comes out now.
    pixel_hash : str
        Of ``image``.
    same : bool
        Whether every pixel is the same.
    differences : tuple of Difference
        Mode, files (models, LoRAs), environment and effective values that are not as they were; also where the pixels
        are the same.
    largest : int or None
        The largest difference of one channel of one pixel, 0 to 255; ``None`` where there is nothing to compare with:
        see ``unseen``.
    changed : float or None
        Share of pixels that are not the same, 0 to 1.
    unseen : str or None
        Why the original file was not compared with, as a sentence: it is gone, was changed, or has another size. The
        hash of its pixels, which the record keeps, still says whether the image is the same.
    """

    generation: Generation
    image: Image.Image
    pixel_hash: str
    same: bool
    differences: tuple[Difference, ...]
    largest: int | None
    changed: float | None
    unseen: str | None = None

    def __str__(self) -> str:
        return self._told() if self.unseen is None else f"{self._told()} Only hashes were compared: {self.unseen}"

    def _told(self) -> str:
        name = self.generation.uid[:8]
        if self.same:
            head = f"{name}: the same image, bit for bit"
        elif self.unseen is not None:
            head = f"{name}: not the same image"
        else:
            head = (
                f"{name}: not the same image: {self.changed:.1%} of its pixels differ, by {self.largest} of 255 at most"
            )
        if not self.differences:
            return f"{head}; files, environment and effective values are as they were."
        listed = "; ".join(str(each) for each in self.differences[:_SHOWN])
        more = f"; and {len(self.differences) - _SHOWN} more" if len(self.differences) > _SHOWN else ""
        return f"{head}. Not as it was: {listed}{more}."

    def _repr_html_(self) -> str:
        return f"<p>{escape(str(self))}</p>"


class _Memory:
    """A recorder that keeps nothing: what was attempted and what came out stay in memory."""

    def __init__(self) -> None:
        self.attempt: Attempt | None = None
        self.effective: dict[str, Any] = {}

    def begin(self, attempt: Attempt) -> str:
        self.attempt = attempt
        return "replay"

    def complete(
        self, uid: str, image: Image.Image, effective: Mapping[str, Any], timings: Mapping[str, float]
    ) -> Image.Image | None:
        del uid, timings
        self.effective = dict(effective)
        return image

    def fail(self, uid: str, error: BaseException) -> None:
        """The run's report holds the error."""

    def interrupt(self, uid: str, step: int) -> None:
        """The run's report holds the cut."""


def replay(generation: Generation, memory: str = "auto") -> Replay:
    """Make an image again from its record, in exact mode, without recording it.

    Parameters
    ----------
    generation
        A finished one that fluxlab made.
    memory
        Memory preset, one of `fluxlab.models.memory.PRESETS`; it changes no pixel.

    Raises
    ------
    CatalogError
        When the generation has no image, or was imported.
    ModelError, LoraError
        When the model or a LoRA is not to be had any more.
    GenerationError
        When it could not be made.
    KeyboardInterrupt
        When it was stopped.
    """
    if generation.imported is not None:
        raise CatalogError(
            f"generation {generation.uid[:8]} was imported from '{generation.source}': no recipe is known that "
            "makes its pixels again; see generation.parameters for what it says of itself."
        )
    if generation.pixel_hash is None:
        raise CatalogError(
            f"generation {generation.uid[:8]} has no image: it is '{generation.status}', so there is nothing to "
            "compare with; make it with lab.generate()."
        )
    # A LoRA that took no part need not be there any more.
    recipe = generation.recipe.replace(loras=[use for use in generation.recipe.loras if use.acts])
    kept = _Memory()
    with as_recorded(_places_of_loras(generation)):
        key = Resolver(recipe.model).key(recipe)
        report = Run((Cell(0, {}, recipe, key),), kept, memory=memory).execute()
    if key in report.failed:
        raise GenerationError(f"generation {generation.uid[:8]} could not be made again: {report.failed[key]}")
    image = report.made.get(key)
    if image is None or kept.attempt is None:
        raise KeyboardInterrupt
    found = pixel_hash(image)
    largest, changed, unseen = _compared(generation, image)
    now = {
        "mode": kept.attempt.mode,
        "files": kept.attempt.files,
        "environment": kept.attempt.environment,
        "effective": kept.effective,
    }
    then = {
        "mode": generation.mode,
        "files": generation.files,
        "environment": generation.environment,
        "effective": generation.effective,
    }
    differences = tuple(_differences(then, now))
    return Replay(generation, image, found, found == generation.pixel_hash, differences, largest, changed, unseen)


def _places_of_loras(generation: Generation) -> dict[str, str]:
    """Where the LoRAs are that do not answer to their names any more: the very file first, else what stands there now.

    A short name lives as long as the process that gave it, and a path may lead to another file by now.
    """
    recorded = generation.pipeline.get("loras") or {}
    places: dict[str, str] = {}
    for use in generation.recipe.loras:
        if not use.acts:
            continue
        wanted = generation.files.get(f"lora:{use.name}")
        source = str((recorded.get(use.name) or {}).get("source") or "")
        known = _sha256(use.name)
        if known is not None and known == wanted:
            continue
        others = (*added_loras(), *bundled_loras())
        found = next((place for place in (source, *others) if place and _sha256(place) == wanted), None)
        if found is None and known is None:
            if not source or _sha256(source) is None:
                raise LoraError(
                    f"lora={use.name!r} of generation {generation.uid[:8]} is not at '{source or 'an unknown place'}' "
                    f"any more: bring the file back, or name it with lab.loras.add(path, name={use.name!r})."
                )
            found = source
        if found is not None:
            places[use.name] = find_lora(found).source
    return places


def _sha256(place: str) -> str | None:
    try:
        return find_lora(place).sha256
    except LoraError:
        return None


def _compared(generation: Generation, image: Image.Image) -> tuple[int | None, float | None, str | None]:
    import numpy as np

    try:
        original = generation.image
    except CatalogError as error:
        return None, None, str(error)
    if (original.size, original.mode) != (image.size, image.mode):
        kinds = (f"{each.width}x{each.height} pixels in {each.mode}" for each in (original, image))
        return None, None, "the original file has {}, and the image made now {}.".format(*kinds)
    gap = np.abs(np.asarray(original, dtype=np.int16) - np.asarray(image, dtype=np.int16))
    pixels = gap.reshape(image.height, image.width, -1).max(axis=2)
    return int(pixels.max()), float((pixels > 0).mean()), None


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    """The leaves that differ, by their dotted names."""
    before, after = flat(then), flat(now)
    for field in sorted({*before, *after}):
        # As text, because NaN is not equal to itself.
        if repr(before.get(field)) != repr(after.get(field)):
            yield Difference(field, before.get(field), after.get(field))


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= 60 else text[:59] + "…"
