"""`Fields`: what all images of a form share, as fields for what everybody needs and lines for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ipywidgets as widgets

from fluxlab.panels import entries
from fluxlab.panels.panel import WIDE, field

#: Fields that everybody needs, and what stands in them while they are empty.
NAMES = {"seed": "drawn", "steps": "the model's", "guidance": "the model's", "size": "the model's"}


class Fields(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Seed, steps, guidance and size, and any other value on lines of their own.

    Parameters
    ----------
    values
        Keywords of `fluxlab.Sweep` to begin with.
    example
        What stands in the empty lines.

    Raises
    ------
    SweepError
        For values that a form cannot hold.
    """

    def __init__(self, values: Mapping[str, Any], example: str) -> None:
        lines = entries.of_arguments(values)
        self.of = {name: field(name, lines.pop(name, ""), told) for name, told in NAMES.items()}
        self.more = widgets.Textarea(
            value=entries.lines(lines.items()),
            description="more",
            placeholder=example,
            style=WIDE,
            layout=widgets.Layout(width="98%", height="4em"),
        )
        row = widgets.HBox(list(self.of.values()), layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__([row, self.more])

    def values(self) -> dict[str, Any]:
        """Keywords of `fluxlab.Sweep`.

        Raises
        ------
        SweepError
            For text that cannot be understood.
        """
        lines = [(name, text.value) for name, text in self.of.items()]
        return entries.read([*lines, *entries.pairs(self.more.value)])

    def put(self, lines: Mapping[str, str]) -> None:
        """Show other values; the seeds stay.

        Parameters
        ----------
        lines
            Texts by name.
        """
        left = {name: text for name, text in lines.items() if name != "seed"}
        for name, text in self.of.items():
            if name != "seed":
                text.value = left.pop(name, "")
        self.more.value = entries.lines(left.items())
