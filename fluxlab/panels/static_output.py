"""`StaticOutput`: what a notebook keeps of a panel, so that it opens without a kernel."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any

from fluxlab.panels.redisplay import shown_by_this_cell

_WIDGET = "application/vnd.jupyter.widget-view+json"


class StaticOutput:
    """A part of a widget that leaves HTML in the notebook beside it, for those who open it without its kernel.

    The HTML is an output of its own. JupyterLab shows an error in the place of a widget that is gone, whatever else the
    same output holds; and an output that is written again would draw the widget anew. While the widget is there, its
    style sheet (`hidden_css`) hides the HTML.
    """

    _static: str | None = None
    _output: str | None = None

    def static_html(self) -> str:
        """What is shown without a kernel."""
        raise NotImplementedError

    @property
    def _static_class(self) -> str:
        if self._static is None:
            self._static = f"fluxlab-static-{secrets.token_hex(8)}"
        return self._static

    def hidden_css(self) -> str:
        """The rule that hides the HTML while the widget is shown."""
        name = self._static_class
        return f".{name}, .jp-OutputArea-child:has(.{name}) {{ display: none; }}"

    def _widget_data(self) -> dict[str, Any]:
        # Hosts without widgets show the text of this output above the HTML of the other one: it has none.
        data: dict[str, Any] = {"text/plain": ""}
        if (model := getattr(self, "model_id", None)) is not None:
            data[_WIDGET] = {"version_major": 2, "version_minor": 0, "model_id": model}
        return data

    def _static_data(self) -> dict[str, Any]:
        return {"text/plain": repr(self), "text/html": f'<div class="{self._static_class}">{self.static_html()}</div>'}

    def _ipython_display_(self) -> None:
        """Show the widget, and the HTML under an id by which it can be written again."""
        from IPython.display import display

        widget: Any = self
        shown_by_this_cell(widget)
        self._output = f"fluxlab-{secrets.token_hex(8)}"
        display(self._widget_data(), raw=True)
        display(self._static_data(), raw=True, display_id=self._output)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """For hosts that do not ask for the display above: all in one output."""
        return {**self._widget_data(), **self._static_data()}, {}

    def refresh(self) -> None:
        """Write the HTML again with what is there now; callable from any thread."""
        from IPython.display import update_display

        if self._output is not None:
            with suppress(Exception):  # outside a notebook there is no output
                update_display(self._static_data(), raw=True, display_id=self._output)


def let_go(widget: Any) -> None:
    """Close a widget and the ones that style it, which ipywidgets would keep."""
    for part in ("layout", "style"):
        own = getattr(widget, part, None)
        if own is not None:
            own.close()
    widget.close()
