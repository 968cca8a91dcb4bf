"""`InPage`: what a form needs of the page that shows it."""

from __future__ import annotations

import anywidget
import ipywidgets as widgets
import traitlets

from fluxlab.panels.assets import asset

_STYLE = """
.fluxlab-panel { color: var(--jp-ui-font-color1, var(--vscode-editor-foreground, #222)); }
.fluxlab-panel .widget-html-content, .fluxlab-panel .jupyter-widgets label { color: inherit; }
.fluxlab-panel pre { background: var(--jp-layout-color2, var(--vscode-textCodeBlock-background, #eee)); color: inherit;
  padding: 6px 8px; margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.fluxlab-panel [role=alert] { border-left: 4px solid var(--jp-error-color1, #b00020); padding: 4px 8px; }
.fluxlab-panel ul { margin: 0; padding-left: 1.4em; }
.fluxlab-panel table { border-collapse: collapse; color: inherit; }
.fluxlab-panel th, .fluxlab-panel td { text-align: left; padding: 2px 10px 2px 0; vertical-align: top; }
"""


class InPage(anywidget.AnyWidget):
    """The style sheet of a form, and what keeps its keys from the notebook; to be seen is nothing.

    JupyterLab takes the key B for a new cell, and M to make text of the cell that shows the form, whenever a button has
    the focus; the widgets of a form cannot forbid that themselves.

    Parameters
    ----------
    hides
        The rule that hides the HTML of the output while the form is shown.
    """

    _esm = asset("grid.js")
    _css = _STYLE
    form = traitlets.Bool(default_value=True).tag(sync=True)
    hides = traitlets.Unicode().tag(sync=True)

    def __init__(self, hides: str) -> None:
        super().__init__(hides=hides, layout=widgets.Layout(display="none"))
