"""`SweepPanel`: any axes of any sweep, with what it costs before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from fluxlab.catalog.recipe_code import call
from fluxlab.engine import MODES
from fluxlab.errors import SweepError, brief
from fluxlab.panels import entries
from fluxlab.panels.axis_lines import AxisLines
from fluxlab.panels.code import sweep_code
from fluxlab.panels.cost import cost
from fluxlab.panels.panel import MODE_TOLD, Panel, button, choice, first_of
from fluxlab.panels.prompt_lines import as_lines, prompt_field, written
from fluxlab.sweep import Sweep
from fluxlab.sweep.axes import texts
from fluxlab.sweep.template import escape as as_template

if TYPE_CHECKING:
    from fluxlab.lab import Lab
    from fluxlab.recipe import Recipe

PROMPT = "a {red|blue} fox on a white background"
AXES = {"seed": "1..3", "guidance": "1.5, 3.5"}


class SweepPanel(Panel):
    """A prompt and axes, typed or chosen; the plan changes with every key, and *Run* makes what the catalog lacks.

    Parameters
    ----------
    lab
        What makes the images.
    prompt
        A template, several, or a `Sweep`. One whose axes advance together, or whose cells were chosen or drawn, is no
        form: it is shown and run as it is.
    **values
        Axes and fixed values, as `Sweep` takes them.

    Raises
    ------
    SweepError
        For values that a form cannot hold.
    """

    def __init__(self, lab: Lab, prompt: str | Sequence[str] | Sweep | None = None, **values: Any) -> None:
        given = prompt if isinstance(prompt, Sweep) else None
        if given is not None and values:
            raise SweepError(f"{brief(', '.join(values))} cannot be added to a whole sweep: give a prompt and values.")
        if isinstance(prompt, Sweep):
            templates, lines = _templates_of(prompt), entries.of_sweep(prompt)
        else:
            templates = texts("prompt", PROMPT if prompt is None else prompt)
            lines = entries.of_arguments(values) if values else AXES if prompt is None else {"seed": "1..3"}
        #: A sweep that no form can hold.
        self._fixed: Sweep | None = None
        self._prompt = prompt_field(templates)
        self._axes = AxisLines(lines.items(), lab.loras.names(), self.edited)
        self._mode = choice("mode", MODES, MODE_TOLD)
        run = button("Run", "Make the images that the catalog lacks", self._run, self, button_style="primary")
        form = [self._prompt, self._axes]
        if given is not None and not self._holds(given):
            self._fixed = given
            form = [widgets.HTML(f"<pre>{escape(repr(given))}</pre>")]
        super().__init__(lab, "sweep", [*form, widgets.HBox([self._mode, run])])

    def sweep(self) -> Sweep:
        """The sweep that the form describes.

        Raises
        ------
        FluxlabError
            Where the form cannot be understood.
        """
        return self._fixed or self._of_form()

    def code(self) -> str:
        """The Python that does the same."""
        if self._fixed is not None:
            sweep = call("Sweep.from_json", self._fixed.to_json())
            return f"sweep = {sweep}\ngrid = lab.run(sweep, mode={self._mode.value!r})\nlab.panel.grid(grid)"
        return sweep_code(first_of(written(self._prompt)), entries.read(self._axes.lines()), self._mode.value)

    def update(self) -> None:
        """Tell what the sweep costs."""
        sweep = self.sweep()
        axes = " × ".join(f"{name} ({len(values)})" for name, values in sweep.axes.items()) or "one image"
        self.say(f"<div><b>axes</b> <bdi>{escape(axes)}</bdi></div>{cost(self.lab, sweep, self._mode.value)}")

    def use(self, recipe: Recipe) -> None:
        """Take a recipe as the new base; the axes of the form stay as they are.

        Parameters
        ----------
        recipe
            Of an image.
        """
        if self._fixed is not None:
            raise SweepError("this sweep is no form, so it takes no other base: open lab.panel.sweep() for a new one.")
        varied = set(self.sweep().axes)
        kept = [(name, text) for name, text in self._axes.lines() if name in varied]
        if "prompt" not in varied:
            self._prompt.value = as_lines([as_template(recipe.prompt)])
        self._axes.put(
            [*kept, *((name, text) for name, text in entries.of_recipe(recipe).items() if name not in varied)]
        )

    def _run(self) -> None:
        self.begin(self._mode.value)

    def _holds(self, given: Sweep) -> bool:
        lines = self._axes.lines()
        try:
            # The same cells will do: of a seed that was drawn, or of files of wildcards, a form has what came of them.
            held = self._of_form()
            same = held == given or (held.axes == given.axes and held.cells() == given.cells())
            return same and entries.pairs(entries.lines(lines)) == lines
        except SweepError:
            return False

    def _of_form(self) -> Sweep:
        return Sweep(written(self._prompt), **entries.read(self._axes.lines()))


def _templates_of(sweep: Sweep) -> list[str]:
    """Templates that give the prompts of a sweep; wildcard files may have changed since, so it is those that it has."""
    prompts = entries.prompts(sweep)
    return (
        list(sweep.template) if not any("__" in text for text in sweep.template) else [as_template(p) for p in prompts]
    )
