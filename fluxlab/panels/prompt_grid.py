"""`PromptGrid`: variants of a prompt as rows, seeds as columns."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from fluxlab.engine import MODES
from fluxlab.grid.labels import clean, shorten
from fluxlab.models import count_tokens, get_spec, needs_download
from fluxlab.panels import entries
from fluxlab.panels.code import sweep_code
from fluxlab.panels.cost import cost, models_of
from fluxlab.panels.fields import Fields
from fluxlab.panels.hints import Meter, hints, meters
from fluxlab.panels.panel import MODE_TOLD, Panel, button, choice, first_of
from fluxlab.panels.prompt_lines import as_lines, prompt_field, written
from fluxlab.sweep import Sweep
from fluxlab.sweep.axes import texts
from fluxlab.sweep.template import escape as as_template

if TYPE_CHECKING:
    from fluxlab.lab import Lab
    from fluxlab.recipe import Recipe

#: Prompts whose tokens are counted at each keystroke.
COUNTED = 200
SHOWN = 3
TEMPLATE = "a {red|blue|green} fox on a white background"


class PromptGrid(Panel):
    """A prompt template and seeds; every variant of the prompt is a row, every seed a column.

    Parameters
    ----------
    lab
        What makes the images.
    prompt
        The template to begin with, or several.
    seed
        Seeds: a list, or a range string such as ``"1..4"``.
    **values
        What all images share: any field of `Recipe` that a form holds, such as ``steps=8``.
    """

    def __init__(self, lab: Lab, prompt: str | Sequence[str] = TEMPLATE, seed: Any = "1..4", **values: Any) -> None:
        self._prompt = prompt_field(texts("prompt", prompt))
        self._fields = Fields({"seed": seed, **values}, "scheduler = unipc\nlora:ink = 0.8")
        self._mode = choice("mode", MODES, MODE_TOLD)
        run = button("Run", "Make the images that the catalog lacks", self._run, self, button_style="primary")
        super().__init__(lab, "prompt grid", [self._prompt, self._fields, widgets.HBox([self._mode, run])])

    def sweep(self) -> Sweep:
        """The sweep that the form describes; each line of the prompt is a template of its own.

        Raises
        ------
        FluxlabError
            Where the form cannot be understood.
        """
        return Sweep(written(self._prompt), **self._fields.values())

    def code(self) -> str:
        """The Python that does the same."""
        return sweep_code(first_of(written(self._prompt)), self._fields.values(), self._mode.value)

    def update(self) -> None:
        """Tell how many prompts there are, how long, and what their images cost."""
        sweep = self.sweep()
        prompts = entries.prompts(sweep)
        apart = [text for text in _values_of(sweep, "prompt_2") if text]
        found = self._meters(sweep, prompts, apart)
        first = "".join(f"<li><bdi>{escape(shorten(clean(prompt), 120))}</bdi></li>" for prompt in prompts[:SHOWN])
        more = f"<li>… and {len(prompts) - SHOWN:,} more</li>" if len(prompts) > SHOWN else ""
        said = "".join(f"<li>{escape(hint)}</li>" for hint in hints(prompts, found, apart=bool(apart)))
        self.say(
            f"<div>{len(prompts):,} prompt{'' if len(prompts) == 1 else 's'} <ul>{first}{more}</ul></div>"
            f"<div>{_told(found)}</div>"
            f"{f'<div><b>⚠ hints</b><ul>{said}</ul></div>' if said else ''}"
            f"{cost(self.lab, sweep, self._mode.value)}"
        )

    def _meters(self, sweep: Sweep, prompts: Sequence[str], apart: Sequence[str]) -> list[Meter]:
        """The meters of the longest texts; none where the files of the first model are not on this machine.

        Of several models the first one's tokenizers count, and of several lengths the shortest is what all read.
        """
        model = models_of(self.lab, sweep)[0]
        if needs_download(model):
            return []
        clip, t5 = (sorted(found, key=len, reverse=True)[:COUNTED] for found in (prompts, apart))
        texts_read = [(prompt, t5[0] if t5 else None) for prompt in clip] + [(clip[0], prompt_2) for prompt_2 in t5[1:]]
        counts = [each for read in texts_read if (each := count_tokens(model, *read)) is not None]
        lengths = _values_of(sweep, "max_sequence_length") or [get_spec(model).max_sequence_length]
        return meters(counts, min(map(int, lengths))) if counts else []

    def use(self, recipe: Recipe) -> None:
        """Take a recipe as the new base: its prompt, and all its values but the seed.

        Parameters
        ----------
        recipe
            Of an image.
        """
        self._prompt.value = as_lines([as_template(recipe.prompt)])
        self._fields.put(entries.of_recipe(recipe))

    def _run(self) -> None:
        self.begin(self._mode.value)


def _values_of(sweep: Sweep, name: str) -> list[Any]:
    """What a parameter is in a sweep, varied or not; nothing where it is left to the model."""
    return [value for value in sweep.axes.get(name, (sweep.values.get(name),)) if value is not None]


def _told(found: Sequence[Meter]) -> str:
    """The meters as HTML; what is too long is told by a sign and a word too."""
    if not found:
        return "tokens are counted when the model is on this machine"
    return "".join(
        f'<span style="margin-right:1.5em">{escape(meter.encoder)} '
        f'<meter aria-label="{escape(meter.encoder)} tokens" min="0" max="{max(meter.most, meter.tokens)}" '
        f'high="{meter.most}" value="{meter.tokens}"></meter> '
        f"{meter.tokens} of {meter.most} tokens{' ✕ too long' if meter.over else ''}</span>"
        for meter in found
    )
