"""`AxisLines`: the axes of a sweep as lines of a form, or typed as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets

from fluxlab.panels import entries
from fluxlab.panels.entries import NAMES

_FORM, _TEXT = "form", "text"
#: What a new line begins with, where there is something that most people mean.
_EXAMPLES = {"seed": "1..4", "scheduler": "euler, unipc", "strength": "0..1 (+0.25)", "lora": "ink, pixel"}


class AxisLines(widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """Lines of a name and its values; what is typed as text is the same lines.

    Parameters
    ----------
    lines
        Names and texts to begin with.
    loras
        Names of LoRAs that have a line ``lora:<name>`` to choose.
    changed
        Called with nothing when a line changed; must return at once.
    """

    def __init__(self, lines: Iterable[tuple[str, str]], loras: Iterable[str], changed: Any) -> None:
        self._names = [*NAMES, *(f"lora:{name}" for name in loras)]
        self._changed = changed
        style = {"description_width": "7.5em"}
        self._way = widgets.ToggleButtons(
            options=[_FORM, _TEXT],
            tooltips=["a line for each axis", "all axes as text"],
            style={"button_width": "6em"},
            layout=widgets.Layout(width="24em"),
        )
        self._way.observe(lambda _: self._turn(), names="value")
        self._rows = widgets.VBox()
        self._new = widgets.Combobox(
            options=self._names, placeholder="another axis", continuous_update=False, ensure_option=False,
            description="add", style=style, layout=widgets.Layout(width="24em"),
        )  # fmt: skip
        self._new.observe(lambda change: self._add(change["new"]), names="value")
        self._text = widgets.Textarea(
            description="axes", placeholder="seed = 1..4\nguidance = 2, 3.5\nlora:ink = 0..1 (+0.25)",
            style=style, layout=widgets.Layout(width="98%", height="9em"),
        )  # fmt: skip
        self._text.observe(lambda _: self._changed(), names="value")
        self.children: tuple[Any, ...]
        super().__init__([self._way, self._rows, self._new])
        self.put(lines)

    def lines(self) -> list[tuple[str, str]]:
        """Names and texts as they stand.

        Raises
        ------
        SweepError
            For text that is no line.
        """
        if self._way.value == _TEXT:
            return entries.pairs(self._text.value)
        return [(name.value, text.value) for name, text, _ in (row.children for row in self._rows.children)]

    def put(self, lines: Iterable[tuple[str, str]]) -> None:
        """Show other lines."""
        found = list(lines)
        self._text.value = entries.lines(found)
        self._rows.children = tuple(self._row(name, text) for name, text in found)
        self._changed()

    def _row(self, name: str, text: str) -> Any:
        label = widgets.Label(value=name, layout=widgets.Layout(width="10em", justify_content="flex-end"))
        values = widgets.Text(
            value=text, placeholder="values", tooltip=f"Values of {name}", layout=widgets.Layout(width="60%")
        )
        values.observe(lambda _: self._changed(), names="value")
        remove = widgets.Button(icon="times", tooltip=f"Take {name} away", layout=widgets.Layout(width="3em"))
        row = widgets.HBox([label, values, remove])
        remove.on_click(lambda _: self._remove(row))
        return row

    def _remove(self, row: Any) -> None:
        self._rows.children = tuple(each for each in self._rows.children if each is not row)
        self._changed()

    def _add(self, name: str) -> None:
        if name:
            self._rows.children = (*self._rows.children, self._row(name.strip(), _EXAMPLES.get(name.strip(), "")))
            self._new.value = ""
            self._changed()

    def _turn(self) -> None:
        """Show the same lines the other way; text that is no line stays to be mended."""
        if self._way.value == _TEXT:
            if self._text in self.children:
                return  # it could not be read as lines, and stayed
            rows = [(name.value, text.value) for name, text, _ in (row.children for row in self._rows.children)]
            self._text.value = entries.lines([(name, text) for name, text in rows if text.strip()])
            self.children = (self._way, self._text)
            return
        try:
            found = entries.pairs(self._text.value)
        except ValueError:
            self._way.value = _TEXT
            return
        self._rows.children = tuple(self._row(name, text) for name, text in found)
        self.children = (self._way, self._rows, self._new)
        self._changed()
