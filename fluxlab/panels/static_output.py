"""`StaticOutput`: what a notebook keeps of a panel, so that it opens without a kernel."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any

from fluxlab.panels.redisplay import shown_by_this_cell

_WIDGET = "application/vnd.jupyter.widget-view+json"


class StaticOutput:
    """A part of a widget: its output holds HTML and text beside the widget, and is written again when it changed.

    A browser with a kernel shows the widget; without one, on code hosts and in nbconvert, it shows the HTML.
    """

    _output: str | None = None

    def static_html(self) -> str:
        """What is shown without a kernel."""
        raise NotImplementedError

    def _bundle(self) -> dict[str, Any]:
        html, text = self.static_html(), repr(self)
        data: dict[str, Any] = {"text/plain": text, "text/html": html}
        if (model := getattr(self, "model_id", None)) is not None:
            data[_WIDGET] = {"version_major": 2, "version_minor": 0, "model_id": model}
        return data

    def _ipython_display_(self) -> None:
        """Show it, under an id by which the output can be written again."""
        from IPython.display import display

        widget: Any = self
        shown_by_this_cell(widget)
        self._output = f"fluxlab-{secrets.token_hex(8)}"
        display(self._bundle(), raw=True, display_id=self._output)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """For hosts that do not ask for the display above."""
        return self._bundle(), {}

    def refresh(self) -> None:
        """Write the output again with what is there now; callable from any thread."""
        from IPython.display import update_display

        if self._output is not None:
            with suppress(Exception):  # outside a notebook there is no output
                update_display(self._bundle(), raw=True, display_id=self._output)


def let_go(widget: Any) -> None:
    """Close a widget and the ones that style it, which ipywidgets would keep."""
    for part in ("layout", "style"):
        own = getattr(widget, part, None)
        if own is not None:
            own.close()
    widget.close()
