"""Two generations against each other: what differs in recipe, files and environment, and how far the pixels do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from html import escape
from typing import TYPE_CHECKING, Any

from PIL import ImageChops

from fluxlab.blocks import absent, flat_loras
from fluxlab.catalog.encoding import dump
from fluxlab.catalog.generation import Generation
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    import pandas as pd


class _Unknown(Enum):
    NOT_RECORDED = "not recorded"

    def __repr__(self) -> str:
        return str(self.value)

    __str__ = __repr__


#: Stands where one of the two says nothing, and equals no text: imported images tell what their program wrote.
NOT_RECORDED = _Unknown.NOT_RECORDED
_LORA = "lora:"
_TEXT_MAX = 200
_CELL = "text-align:left;vertical-align:top;padding:2px 12px 2px 0;color:inherit;background:transparent"

#: Of how a pipeline was loaded, what changes pixels; where it came from is in the files' hashes.
_PIPELINE = ("class", "device", "dtype")


@dataclass(frozen=True)
class Difference:
    """One field in which two generations differ.

    Parameters
    ----------
    part
        ``"recipe"``, ``"effective"``, ``"files"``, ``"environment"``, ``"pipeline"`` or ``"mode"``.
    field
        Its name; those of nested values are joined by dots.
    a, b
        The two values.
    """

    part: str
    field: str
    a: Any
    b: Any

    @property
    def one_sided(self) -> bool:
        """Whether one of the two does not say."""
        return self.a is NOT_RECORDED or self.b is NOT_RECORDED


@dataclass(frozen=True)
class Comparison:
    """What differs between two generations; shows itself in a notebook.

    Parameters
    ----------
    a, b
        The generations.
    differences
        Every field that differs: recipe, effective values, files, environment, pipeline, mode.
    same_pixels
        Whether the images are equal bit for bit; ``None`` where one has none.
    largest
        The largest difference of a channel of a pixel, 0 to 255; ``None`` where the images cannot be compared.
    pixels_note
        Why they cannot, else empty.
    """

    a: Generation
    b: Generation
    differences: tuple[Difference, ...]
    same_pixels: bool | None
    largest: int | None
    pixels_note: str = ""

    @property
    def factors(self) -> tuple[str, ...]:
        """What was changed on purpose or by a file: recipe fields, and files of the same name with another content."""
        recipe = [d.field for d in self.differences if d.part == "recipe" and not d.one_sided]
        files = [f"the file of {d.field}" for d in self.differences if d.part == "files" and not d.one_sided]
        return (*recipe, *(file for file in files if file != "the file of model" or "model" not in recipe))

    @property
    def verdict(self) -> str:
        """What the difference can be put down to, in sentences."""
        return " ".join(sentence for sentence in (self._factors(), self._unknown(), self._pixels()) if sentence)

    def df(self) -> pd.DataFrame:
        """One row for each field that differs: ``part``, ``field``, ``a``, ``b``."""
        import pandas as pd

        rows = [(d.part, d.field, d.a, d.b) for d in self.differences]
        table = pd.DataFrame(rows, columns=["part", "field", "a", "b"], dtype=object)
        return table.astype({"part": "string", "field": "string"})

    def __repr__(self) -> str:
        width = max((len(f"{d.part} {d.field}") for d in self.differences), default=0)
        lines = [f"  {f'{d.part} {d.field}':<{width}}  {_shown(d.a)} → {_shown(d.b)}" for d in self.differences]
        return "\n".join([f"<Comparison of {self.a.uid[:8]} and {self.b.uid[:8]}: {self.verdict}>", *lines])

    def _repr_html_(self) -> str:
        head = "".join(
            f'<th scope="col" style="{_CELL}">{escape(text)}</th>' for text in ("", "", self.a.uid[:8], self.b.uid[:8])
        )
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td style="{_CELL}"><bdi>{escape(text)}</bdi></td>'
                for text in (d.part, d.field, _shown(d.a), _shown(d.b))
            )
            + "</tr>"
            for d in self.differences
        )
        return (
            f'<table style="color:inherit;background:transparent;border-collapse:collapse;overflow-wrap:anywhere">'
            f'<caption style="{_CELL};font-weight:bold;caption-side:top">{escape(self.verdict)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _factors(self) -> str:
        factors, count = self.factors, len(self.factors)
        around = self._around(recipe_changed=bool(count))
        if count > 1:
            return f"{count} factors changed: {', '.join(factors)}; the difference cannot be put down to one."
        if count == 1:
            also = f", and beside the recipe {', '.join(around)}: it may be either" if around else ""
            return f"One factor changed: {factors[0]}{also}."
        if around:
            return f"The recipe is the same; beside it {', '.join(around)} changed."
        return "" if any(d.one_sided for d in self.differences) else "Recipe, files and environment are the same."

    def _around(self, *, recipe_changed: bool) -> list[str]:
        """What can change pixels and is in no recipe; effective values follow a recipe that changed."""
        parts = {"environment", "mode"} if recipe_changed else {"environment", "mode", "effective"}
        return [
            d.field
            for d in self.differences
            if not d.one_sided and (d.part in parts or (d.part == "pipeline" and d.field in _PIPELINE))
        ]

    def _unknown(self) -> str:
        fields = [d.field for d in self.differences if d.one_sided and d.part == "recipe"]
        return f"Of one of them is not recorded: {', '.join(fields)}." if fields else ""

    def _pixels(self) -> str:
        if self.same_pixels:
            return "The pixels are the same."
        if self.largest is None:
            return self.pixels_note
        return f"The pixels differ by at most {self.largest} of 255."


def compare(a: Generation, b: Generation) -> Comparison:
    """Compare two generations.

    Parameters
    ----------
    a, b
        Any two, also imported ones.
    """
    parts: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
        "recipe": _recipes(a, b),
        "effective": (a.effective, b.effective),
        "files": (a.files, b.files),
        "environment": (a.environment, b.environment),
        "pipeline": (a.pipeline, b.pipeline),
        "mode": ({"mode": a.mode}, {"mode": b.mode}),
    }
    differences = tuple(
        Difference(part, field, one.get(field, NOT_RECORDED), other.get(field, NOT_RECORDED))
        for part, (one, other) in ((part, (flat(one), flat(other))) for part, (one, other) in parts.items())
        for field in dict.fromkeys((*one, *other))
        # As text, because NaN is not equal to itself.
        if field not in one or field not in other or dump(one[field]) != dump(other[field])
    )
    same = None if a.pixel_hash is None or b.pixel_hash is None else a.pixel_hash == b.pixel_hash
    largest, note = (0, "") if same else _largest(a, b)
    return Comparison(a, b, differences, same, largest, note)


def _recipes(a: Generation, b: Generation) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of both recipes, each LoRA as one of them."""
    one, other = _recipe(a), _recipe(b)
    loras = [name for name in (*one, *other) if name.startswith(_LORA)]
    for fields, generation in ((one, a), (other, b)):
        if generation.imported is None:
            # A LoRA that a recipe does not name has no effect; of an imported image nobody knows.
            for name in loras:
                fields.setdefault(name, absent(name.removeprefix(_LORA)))
    return one, other


def _recipe(generation: Generation) -> dict[str, Any]:
    told = dict(generation.parameters)
    loras = flat_loras(told.pop("loras", None))
    return {**told, **{f"{_LORA}{name}": strength for name, strength in loras.items()}}


def flat(values: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested values under names joined by dots."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            out |= flat(value, f"{before}{name}.")
        else:
            out[f"{before}{name}"] = value
    return out


def _largest(a: Generation, b: Generation) -> tuple[int | None, str]:
    try:
        one, other = a.image, b.image
    except CatalogError as error:
        return None, str(error)
    if one.size != other.size:
        return None, f"The sizes differ: {one.width} x {one.height} and {other.width} x {other.height} pixels."
    mode = "RGBA" if "A" in one.mode + other.mode else "RGB"
    channels = ImageChops.difference(one.convert(mode), other.convert(mode)).split()
    return max(int(channel.getextrema()[1]) for channel in channels), ""  # type: ignore[arg-type]  # a single channel


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value) if value is NOT_RECORDED else dump(value)
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= _TEXT_MAX else text[: _TEXT_MAX - 1] + "…"
