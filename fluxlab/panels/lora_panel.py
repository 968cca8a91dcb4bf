"""`LoraPanel`: LoRAs by strength, with the curve of what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from fluxlab.catalog.recipe_code import call
from fluxlab.engine import MODES
from fluxlab.errors import SweepError, brief
from fluxlab.grid import Grid
from fluxlab.grid.labels import clean, value_text
from fluxlab.lora_axes import NAME
from fluxlab.panels import entries
from fluxlab.panels.code import sweep_code
from fluxlab.panels.cost import cost
from fluxlab.panels.effect import effect_html, strength_axis
from fluxlab.panels.fields import Fields
from fluxlab.panels.panel import MODE_TOLD, WIDE, Panel, button, choice, field, first_of
from fluxlab.panels.prompt_lines import as_lines, prompt_field, written
from fluxlab.panels.service import ASIDE
from fluxlab.sweep import Sweep
from fluxlab.sweep.axes import texts
from fluxlab.sweep.ranges import parse_range
from fluxlab.sweep.template import escape as as_template

if TYPE_CHECKING:
    from fluxlab.lab import Lab
    from fluxlab.recipe import Recipe
    from fluxlab.started_run import StartedRun

PROMPT = "a fox on a white background"
STRENGTHS = "0..1 (+0.25)"
_ALWAYS = "Strength 0 is always among them: the others are compared with it."


class LoraPanel(Panel):
    """LoRAs × strengths × prompts × seeds; when a run has ended, the curve of its effect stands below the images.

    Parameters
    ----------
    lab
        What makes the images.
    prompt
        A template, or several.
    lora
        Names of LoRAs, paths of files or ids of the hub to begin with; left out, the first that has a name.
    strength
        Strengths: a number, a list, or a range string such as ``"0..1 (+0.25)"``, which they are where they are left
        out. 0 is added where it is missing.
    seed
        Seeds: a number, a list or a range string.
    **values
        What all images share, as in `fluxlab.Sweep`.

    Raises
    ------
    SweepError
        For values that a form cannot hold.
    """

    def __init__(
        self,
        lab: Lab,
        prompt: str | Sequence[str] = PROMPT,
        lora: str | Iterable[str] | None = None,
        strength: Any = None,
        seed: Any = "1..2",
        **values: Any,
    ) -> None:
        names = lab.loras.names()
        asked = list(names[:1]) if lora is None else _names(lora)
        self._prompt = prompt_field(texts("prompt", prompt))
        self._names = widgets.SelectMultiple(
            options=names,
            value=[name for name in asked if name in names],
            description="LoRAs",
            rows=min(8, max(3, len(names))),
            style=WIDE,
        )
        # Taken when it is finished: half an id of the hub would be looked up.
        self._files = widgets.Textarea(
            value="\n".join(name for name in asked if name not in names),
            description="files",
            placeholder="style.safetensors, or owner/name of the hub; one a line",
            continuous_update=False,
            style=WIDE,
            layout=widgets.Layout(width="60%", height="4em"),
        )
        strengths = entries.of_arguments({"strength": STRENGTHS if strength is None else strength})
        self._strength = field("strength", strengths["strength"], STRENGTHS)
        self._fields = Fields({"seed": seed, **values}, "scheduler = unipc\nlora:pixel = 0.5")
        self._mode = choice("mode", MODES, MODE_TOLD)
        self._curve = widgets.HTML()
        run = button("Run", "Make the images that the catalog lacks", self._run, self, button_style="primary")
        wrap = widgets.Layout(flex_flow="row wrap")
        form = [
            self._prompt,
            widgets.HBox([self._names, self._files], layout=wrap),
            widgets.HBox([self._strength, widgets.Label(_ALWAYS)], layout=wrap),
            self._fields,
            widgets.HBox([self._mode, run]),
        ]
        super().__init__(lab, "LoRAs", form)
        self.children = (*self.children, self._curve)

    def sweep(self) -> Sweep:
        """The sweep that the form describes.

        Raises
        ------
        FluxlabError
            Where the form cannot be understood.
        """
        return Sweep(written(self._prompt), **self._values())

    def code(self) -> str:
        """The Python that does the same, the curve included."""
        sweep = self.sweep()
        hue = {"hue": NAME} if NAME in sweep.axes else {}
        lines = sweep_code(first_of(written(self._prompt)), self._values(), self._mode.value).splitlines()
        curve = call("curve = grid.plot", x=strength_axis(sweep.axes), y="distance", **hue)
        return "\n".join([*lines[:-1], curve, lines[-1]])

    def update(self) -> None:
        """Tell which strengths are made, and what the sweep costs."""
        sweep = self.sweep()
        numbers = ", ".join(value_text(number) for number in dict.fromkeys(self._numbers()))
        worn = ", ".join(clean(name) for name in self._worn())
        self.say(
            f"<div><b>LoRAs</b> <bdi>{escape(worn)}</bdi> at strength {escape(numbers)}</div>"
            f"{cost(self.lab, sweep, self._mode.value)}"
        )

    def use(self, recipe: Recipe) -> None:
        """Take a recipe as the new base: its prompt, and all its values but the seed and the LoRAs of the form.

        Parameters
        ----------
        recipe
            Of an image.
        """
        lines = entries.of_recipe(recipe)
        for name in self._worn():
            lines.pop(f"lora:{name}", None)
        self._prompt.value = as_lines([as_template(recipe.prompt)])
        self._fields.put(lines)

    def show(self, shown: Grid | StartedRun) -> None:
        """Show a grid or a run below the form, and its curve when it is there.

        Parameters
        ----------
        shown
            As in `Panels.grid`.
        """
        self._curve.value = ""
        super().show(shown)
        if isinstance(shown, Grid):
            self._draw(shown)

    def ended(self, run: StartedRun) -> None:
        """Draw the curve of what is there now; whichever run it was, the grid has its images."""
        # More seeds of one image, or any other grid above this one, say nothing of strengths.
        if self.grid is not None and strength_axis(self.grid.axes) is not None:
            self._draw(self.grid, run.hold())

    def static_html(self) -> str:
        """What is shown without a kernel."""
        return f"{super().static_html()}{self._curve.value}"

    def _draw(self, grid: Grid, shown: Callable[[], None] = lambda: None) -> None:
        ASIDE.put(partial(self._try, partial(self._drawn, grid, shown)))

    def _drawn(self, grid: Grid, shown: Callable[[], None]) -> None:
        try:
            self._curve.value = effect_html(grid)
            self.refresh()
        finally:
            shown()

    def _run(self) -> None:
        self.begin(self._mode.value)

    def _worn(self) -> list[str]:
        typed = [line.strip() for line in self._files.value.splitlines() if line.strip()]
        names = list(dict.fromkeys((*self._names.value, *typed)))
        if not names:
            raise SweepError("no LoRA is chosen: choose a name, or write a file or an id of the hub.")
        return names

    def _numbers(self) -> tuple[float, ...]:
        """The strengths with 0, the first of them where it was not typed."""
        numbers = parse_range(self._strength.value, field="strength")
        if not any(numbers):
            raise SweepError(
                f"strength={brief(self._strength.value)} has nothing to compare with strength 0: write one such as 1."
            )
        return tuple(float(number) for number in (numbers if 0 in numbers else (0, *numbers)))

    def _values(self) -> dict[str, Any]:
        values = self._fields.values()
        if "strength" in values or isinstance(values.get("lora"), list | str):
            raise SweepError("lora and strength have fields of their own: fix another LoRA with lora:<name> = 0.5.")
        if "lora" in values:
            values["loras"] = values.pop("lora")
        numbers = self._numbers()
        typed = self._strength.value.strip()
        plain = [int(number) if number.is_integer() else number for number in numbers]
        strength = typed if 0 in parse_range(typed, field="strength") else plain
        return {"lora": self._worn(), "strength": strength, **values}


def _names(lora: Any) -> list[str]:
    if isinstance(lora, Mapping):
        raise SweepError(f"lora={brief(lora)} has strengths of its own: give names, and strength=[0, 0.5, 1] for all.")
    return texts("lora", lora)
