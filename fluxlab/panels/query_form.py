"""`QueryForm`: which images of the catalog are meant, as fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets

from fluxlab.catalog.record import STATUSES
from fluxlab.catalog.selection import Selection
from fluxlab.errors import SweepError, brief
from fluxlab.panels.panel import WIDE, field
from fluxlab.sweep.ranges import parse_range

_STARS = [("any", 0), *((f"{'★' * stars} or more" if stars < 5 else "★" * 5, stars) for stars in range(1, 6))]
#: Fields that hold text, with what stands in them while they are empty.
_TEXTS = {
    "words": 'of the prompt: red fox, "red fox", fo*',
    "since": "7d, 12h, 2026-11-01",
    "model": "nano, or several",
    "seed": "1..4",
    "steps": "4, 8",
    "guidance": "2, 3.5",
    "LoRA": "ink, or ink = 0.5..1",
    "tags": "keeper, or several",
    "condition": 'in SQL: "seconds.total" > 3 and steps < 9',
}
#: Taken when they are finished: half of one is another question, or none.
_FINISHED = ("since", "LoRA", "condition")
_ALL = "all"


class QueryForm(widgets.HBox):  # type: ignore[misc]  # ipywidgets has no types
    """Fields that all have to hold; an empty one asks for nothing.

    Parameters
    ----------
    loras
        Names to offer.
    """

    def __init__(self, loras: Iterable[str]) -> None:
        self.texts = {name: field(name, "", told) for name, told in _TEXTS.items()}
        self.texts["LoRA"] = widgets.Combobox(
            options=list(loras), description="LoRA", placeholder=_TEXTS["LoRA"], ensure_option=False, style=WIDE,
            layout=widgets.Layout(width="24em"),
        )  # fmt: skip
        for name in _FINISHED:
            self.texts[name].continuous_update = False
        self.texts["condition"].layout.width = "48em"
        narrow = widgets.Layout(width="24em")
        self.stars = widgets.Dropdown(options=_STARS, value=0, description="stars", style=WIDE, layout=narrow)
        self.status = widgets.Dropdown(
            options=[*STATUSES, _ALL], value="ok", description="status", style=WIDE, layout=narrow
        )
        *most, condition = self.texts.values()
        super().__init__(
            [*most, self.stars, self.status, condition], layout=widgets.Layout(flex_flow="row wrap", width="100%")
        )

    def query(self) -> dict[str, Any]:
        """Keywords of `fluxlab.Catalog.df`.

        Raises
        ------
        FluxlabError
            For text that cannot be understood.
        """
        given = {name: text.value.strip() for name, text in self.texts.items()}
        lora, worn = _lora(given["LoRA"])
        found = {
            "prompt_has": given["words"] or None,
            "since": given["since"] or None,
            "model": _texts(given["model"]),
            "seed": _numbers("seed", given["seed"], whole=True),
            "steps": _numbers("steps", given["steps"], whole=True),
            "guidance": _numbers("guidance", given["guidance"], whole=False),
            **lora,
            "stars": _one(list(range(self.stars.value, 6))) if self.stars.value else None,
            "tags": _texts(given["tags"]),
            "where": _both(worn, given["condition"]),
        }
        asked = {name: value for name, value in found.items() if value is not None}
        if self.status.value == _ALL:
            asked["status"] = None
        elif self.status.value != "ok":
            asked["status"] = self.status.value
        return asked


def _one(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values or None


def _texts(text: str) -> Any:
    return _one([part for each in text.split(",") if (part := each.strip())])


def _numbers(name: str, text: str, *, whole: bool) -> Any:
    return _one(list(parse_range(text, field=name, whole=whole))) if text else None


def _lora(text: str) -> tuple[dict[str, Any], str]:
    """A filter for strengths, or the condition that the LoRA is worn at all."""
    if not text:
        return {}, ""
    if "=" not in text:
        name = text.replace('"', '""')
        return {}, f'"lora.{name}" <> 0'
    name, _, strengths = (each.strip() for each in text.partition("="))
    if not (name and strengths):
        raise SweepError(f"LoRA={brief(text)} is no LoRA and its strengths: write ink, or ink = 0.5..1.")
    return {f"lora.{name}": _numbers(f"lora {name}", strengths, whole=False)}, ""


def _both(worn: str, condition: str) -> str | None:
    if not (worn and condition):
        return worn or condition or None
    # Looked at alone, so that what a person wrote cannot reach out of its brackets.
    Selection({}, where=condition)
    return f"{worn} AND (\n{condition}\n)"
