"""`Panel`: what all forms have in common: a place for errors, the Python that does the same, and one grid of images."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from fluxlab.errors import FluxlabError, told
from fluxlab.panels.image_grid import ImageGrid
from fluxlab.panels.in_page import InPage
from fluxlab.panels.service import SERVICE, STARTS
from fluxlab.panels.static_output import StaticOutput, let_go

if TYPE_CHECKING:
    from fluxlab.engine import Mode
    from fluxlab.grid import Grid
    from fluxlab.lab import Lab
    from fluxlab.recipe import Recipe
    from fluxlab.started_run import StartedRun
    from fluxlab.sweep import Sweep

WIDE = {"description_width": "7.5em"}
_BEFORE = "What follows is from before the error that is told below it."
MODE_TOLD = "exact: the pixels of a lone call; fast: cells share batches, and the last bits differ"


class Panel(StaticOutput, widgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A form, what it costs, a grid of images.

    Whatever a person does in the form is looked at in a thread of fluxlab's own: callbacks only enqueue.

    Parameters
    ----------
    lab
        What makes the images.
    title
        Heading of the output that is shown without a kernel.
    form
        The widgets above the images.
    """

    _shown: ImageGrid | None = None
    #: What the form came to when it was understood last.
    _said = ""
    _ready = False

    def __init__(self, lab: Lab, title: str, form: list[widgets.Widget]) -> None:
        self.lab = lab
        self._title = title
        self._message = widgets.HTML()
        self._status = widgets.HTML()
        self._code = widgets.HTML(layout=widgets.Layout(display="none"))
        self.children: tuple[Any, ...]
        # An accordion cannot be opened by keys.
        python = widgets.ToggleButton(description="Python that does the same", layout=widgets.Layout(width="auto"))
        python.observe(self._show_code, "value")
        super().__init__([InPage(self.hidden_css()), *form, self._status, self._message, python, self._code])
        self.add_class("fluxlab-panel")
        self._listen(form)
        self._ready = True
        self._update()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.lab!r}>" + ("" if self.grid is None else f"\n{self.grid!r}")

    @property
    def grid(self) -> Grid | None:
        """What is shown below the form; ``None`` before anything is."""
        return None if self._shown is None else self._shown.grid

    def sweep(self) -> Sweep:
        """The sweep that the form describes.

        Raises
        ------
        FluxlabError
            Where the form cannot be understood.
        """
        raise NotImplementedError

    def code(self) -> str:
        """The Python that does the same."""
        raise NotImplementedError

    def update(self) -> None:
        """Tell what the form comes to: costs and hints."""
        raise NotImplementedError

    def start(self, mode: Mode = "exact") -> StartedRun:
        """Make the images of the form, in the background; what a press on *Run* does.

        Parameters
        ----------
        mode
            As in `Lab.run`.

        Raises
        ------
        FluxlabError
            Where the form cannot be understood.
        """
        run = self.lab.start(self.sweep(), mode=mode, previews=True)
        self.show(run)
        return run

    def begin(self, mode: Mode = "exact") -> None:
        """Like `start`, without waiting for the plan, which may fetch a model or look at many thousand cells.

        Parameters
        ----------
        mode
            As in `Lab.run`.
        """
        self._message.value = "<div role='status'>preparing the run…</div>"
        STARTS.put(partial(self._try, partial(self._begin, mode)))

    def _begin(self, mode: Mode) -> None:
        self.start(mode)
        self.tell(None)

    def show(self, shown: Grid | StartedRun) -> None:
        """Show a grid or a run below the form.

        Parameters
        ----------
        shown
            As in `Panels.grid`.
        """
        if self._shown is None:
            self._shown = ImageGrid(self.lab, shown)
            self._shown.on_base(self.use)
            self._shown.on_ended(self._ended)
            self.children = (*self.children, self._shown)
        else:
            self._shown.show(shown)
        self.refresh()

    def use(self, recipe: Recipe) -> None:
        """Take a recipe as the new base of the form.

        Parameters
        ----------
        recipe
            Of an image.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the widgets; what is running goes on, and is in the catalog."""
        if not self._ready:
            return
        self._ready = False
        for child in _all(self.children):
            let_go(child)
        self.layout.close()
        super().close()

    def ended(self, run: StartedRun) -> None:
        """Called when a run has ended; for panels that show more than its grid."""

    def static_html(self) -> str:
        """What is shown without a kernel."""
        shown = "" if self.grid is None else self.grid._repr_html_()
        return (
            f"<p><b>{escape(self._title)}</b></p>{self._status.value}{self._message.value}"
            f"<pre>{escape(self._current_code())}</pre>{shown}"
        )

    def guarded(self, task: Callable[[], Any]) -> None:
        """Do what a person asked for, in a thread of fluxlab's own; an error is shown in the panel.

        Parameters
        ----------
        task
            What to do.
        """
        SERVICE.put(partial(self._try, task))

    def tell(self, error: BaseException | None) -> None:
        """Show an error as a sentence, the traceback folded below it; ``None`` takes it away."""
        self._message.value = "" if error is None else _alert(error)

    def say(self, html: str) -> None:
        """Show what the form comes to.

        Parameters
        ----------
        html
            Escaped by the caller.
        """
        self._said = self._status.value = html

    def _try(self, task: Callable[[], Any]) -> None:
        try:
            task()
        except Exception as error:  # noqa: BLE001  (errors of callbacks are lost unless they are shown here)
            self.tell(error)

    def _listen(self, form: list[widgets.Widget]) -> None:
        for widget in _all(form):
            if isinstance(widget, widgets.Button | widgets.HTML) or not widget.has_trait("value"):
                continue
            widget.observe(lambda _: self.edited(), names="value")

    def edited(self) -> None:
        """Look at the form again with the next beat; called when something in it changed, and returns at once."""
        if self._ready:
            SERVICE.beat((self.model_id, "form"), self._update)

    def _update(self) -> None:
        self.tell(None)
        try:
            self.update()
        except Exception as error:  # noqa: BLE001  (as above)
            self.tell(error)
            if self._said:
                self._status.value = f"<p><i>{_BEFORE}</i></p><div style='opacity:0.7'>{self._said}</div>"
        self._code.value = f"<pre>{escape(self._current_code())}</pre>"

    def _show_code(self, change: Mapping[str, Any]) -> None:
        self._code.layout.display = "" if change["new"] else "none"

    def _current_code(self) -> str:
        try:
            return self.code()
        except FluxlabError as error:
            return f"# {error}"

    def _ended(self, run: StartedRun) -> None:
        self._try(partial(self.ended, run))
        self._try(self.update)
        self.refresh()


def button(text: str, tooltip: str, pressed: Callable[[], Any], panel: Panel, **options: Any) -> Any:
    """A button whose work is done in a thread of fluxlab's own.

    Parameters
    ----------
    text, tooltip
        What it says.
    pressed
        What it does.
    panel
        Shows its errors.
    **options
        Of `ipywidgets.Button`.
    """
    made = widgets.Button(description=text, tooltip=tooltip, **options)
    made.on_click(lambda _: panel.guarded(pressed))
    return made


def choice(name: str, options: Sequence[str], told: str) -> Any:
    """A choice of one among a few.

    Parameters
    ----------
    name, options
        Its label, and what can be chosen.
    told
        What it is for.
    """
    return widgets.Dropdown(
        options=list(options), description=name, tooltip=told, style=WIDE, layout=widgets.Layout(width="16em")
    )


def field(name: str, text: str, empty: str) -> Any:
    """A line of text.

    Parameters
    ----------
    name, text
        Its label and what stands in it.
    empty
        What is shown while nothing does.
    """
    return widgets.Text(
        value=text, description=name, placeholder=empty, style=WIDE, layout=widgets.Layout(width="24em")
    )


def first_of(templates: list[str]) -> str | list[str]:
    """Templates as people write them: one alone is no list."""
    return templates[0] if len(templates) == 1 else templates


def _all(found: Any) -> list[Any]:
    """Widgets and those inside them."""
    out = []
    for widget in found:
        out.append(widget)
        out += _all(getattr(widget, "children", ()))
    return out


def _alert(error: BaseException) -> str:
    trace = escape("".join(traceback.format_exception(error)))
    return (
        f'<div role="alert"><b>✕</b> <bdi>{escape(told(error))}</bdi>'
        f"<details><summary>traceback</summary><pre>{trace}</pre></details></div>"
    )
