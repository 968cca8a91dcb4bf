"""`ImageGrid`: the one widget that shows images, any number of them, in the browser.

It speaks in messages rather than synced traits: cells and pictures live here, and a browser that is opened, or opened
again, asks for the scene. ``extension/src/grid/protocol.ts`` has the other side.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from fluxlab.errors import FluxlabError, GridError, brief, told
from fluxlab.grid import Grid, GridCell
from fluxlab.grid.scene import Json
from fluxlab.grid.thumbnails import THUMBNAIL, thumbnail
from fluxlab.panels.answers import Answers
from fluxlab.panels.assets import asset
from fluxlab.panels.grid_code import grid_code
from fluxlab.panels.service import SERVICE
from fluxlab.panels.showing import Showing
from fluxlab.panels.static_output import StaticOutput
from fluxlab.recipe import DRAWN_SEED_END, Recipe
from fluxlab.started_run import StartedRun
from fluxlab.sweep import sweep_of
from fluxlab.worker import RUNS

if TYPE_CHECKING:
    from fluxlab.lab import Lab

#: New seeds of one image at a time.
SEEDS = 4
_SIDE = 256


class ImageGrid(StaticOutput, anywidget.AnyWidget):
    """A grid of images to look around in, also while it is being made.

    Choose rows and columns, zoom all images together, compare two to four, give stars and notes, copy the code of any
    image. ``?`` shows the keys. As the last value of a cell it shows itself; `display` it once.

    Parameters
    ----------
    lab
        What makes more images.
    shown
        A `Grid`, or a `StartedRun` to be watched.

    Attributes
    ----------
    base : Recipe or None
        The recipe of the image for which *Use as base* was chosen last.

    Raises
    ------
    GridError
        For anything else to show.
    """

    _esm = asset("grid.js")
    _css = asset("grid.css")
    #: The rule that hides the HTML of the output while the widget is shown.
    hides = traitlets.Unicode().tag(sync=True)

    _stack: list[Showing]

    def __init__(self, lab: Lab, shown: Grid | StartedRun) -> None:
        self._stack = []
        if not isinstance(shown, Grid | StartedRun):
            raise GridError(f"shown={brief(shown)} is no grid: give what lab.run(sweep) or lab.start(sweep) returned.")
        self._lab = lab
        self._name = secrets.token_hex(8)
        self._listeners: list[Callable[[Recipe], None]] = []
        self._run_listeners: list[Callable[[StartedRun], None]] = []
        #: The last list of thumbnails that a browser asked for.
        self._wanted: Json = {}
        self.base: Recipe | None = None
        super().__init__(hides=self.hidden_css())
        self.on_msg(self._heard)
        self._push(shown)

    def __repr__(self) -> str:
        return repr(self.grid)

    @property
    def grid(self) -> Grid:
        """The grid as it is shown now."""
        return self._showing.grid

    @property
    def _showing(self) -> Showing:
        return self._stack[-1]

    def show(self, shown: Grid | StartedRun) -> None:
        """Show something else in the place of what is shown.

        Parameters
        ----------
        shown
            As above.
        """
        self._stack.clear()
        self._name = secrets.token_hex(8)
        self._push(shown)
        SERVICE.put(self._send_scene)

    def follow(self, run: StartedRun) -> None:
        """Watch a run in the cells of the grid that is shown.

        Parameters
        ----------
        run
            Cells with the content keys of its own show what it does.
        """
        self._showing.follow(run)
        SERVICE.put(self._send_scene)

    def on_base(self, chosen: Callable[[Recipe], None]) -> None:
        """Call a function with the recipe for which *Use as base* is chosen.

        Parameters
        ----------
        chosen
            Called from a thread of fluxlab.
        """
        self._listeners.append(chosen)

    def on_ended(self, ended: Callable[[StartedRun], None]) -> None:
        """Call a function with every run that ended.

        Parameters
        ----------
        ended
            Called from a thread of fluxlab.
        """
        self._run_listeners.append(ended)

    def close(self) -> None:
        """Let go of everything; what is running goes on, and is in the catalog."""
        if not self._stack:
            return
        self._stack.clear()
        self.layout.close()
        super().close()

    def _push(self, shown: Grid | StartedRun) -> None:
        grid = shown if isinstance(shown, Grid) else shown.grid()
        showing = Showing(grid, self._lab.catalog, self._changed, self._ended)
        self._stack.append(showing)
        if isinstance(shown, StartedRun):
            showing.follow(shown)

    def _changed(self) -> None:
        SERVICE.beat(self, self._send_changes)

    def _ended(self, run: StartedRun, shown: Callable[[], None]) -> None:
        SERVICE.put(partial(self._settle, run, shown))

    def _settle(self, run: StartedRun, shown: Callable[[], None]) -> None:
        try:
            self._take_over(run)
        finally:
            shown()

    def _take_over(self, run: StartedRun) -> None:
        for showing in list(self._stack):
            if run in showing.runs:
                try:
                    showing.settle(run)
                except FluxlabError as error:
                    self._notice(error)
        self._send_scene()
        self.refresh()
        for ended in list(self._run_listeners):
            ended(run)

    def _send_changes(self) -> None:
        if not self._stack:
            return
        showing = self._showing
        fresh, pictures = showing.take()
        if fresh:
            self.send({"type": "cells", "cells": fresh})
        for index, (step, image) in pictures.items():
            self.send({"type": "preview", "id": index, "step": step, "mime": THUMBNAIL}, [thumbnail(image, _SIDE)])
        progress = showing.progress()
        if progress is not None:
            self.send({"type": "progress", "progress": progress})

    def _send_scene(self) -> None:
        if not self._stack:
            return
        self.send({"type": "scene", "scene": self._scene()})

    def _scene(self) -> Json:
        showing = self._showing
        actions = ["rerun", "seeds", "base"]
        if showing.runs:
            actions += ["cancel", "pause", "resume"]
        trail = [each.grid.title for each in self._stack[:-1]]
        return {
            **showing.scene(),
            "id": f"{self._name}-{len(self._stack)}",
            "trail": trail,
            "actions": [*actions, *(["back"] if trail else [])],
            "code": self._code(),
        }

    def _code(self) -> str:
        fast = any(run.mode == "fast" for run in self._showing.runs)
        return grid_code(self.grid, "fast" if fast else "exact")

    def _heard(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Take a message of a browser, in whatever thread; what it asks for is done in another."""
        if isinstance(content, Mapping):
            asked = dict(content)
            if asked.get("type") == "thumbs":
                self._wanted = asked
            SERVICE.put(partial(self._answer, asked), later=asked.get("type") == "thumbs")

    def _answer(self, asked: Json) -> None:
        try:
            if not self._stack:
                return
            kind = asked.get("type")
            if kind == "hello":
                self._send_scene()
            elif kind == "act":
                self._act(asked)
            else:
                Answers(self._showing, self.send, lambda: asked is self._wanted).give(asked)
        except Exception as error:  # noqa: BLE001  (whatever happens is told in the panel, where people look)
            if "request" in asked:
                self.send({"type": "reply", "request": asked["request"], "ok": False, "error": told(error)})
            else:
                self._notice(error)

    def _act(self, asked: Json) -> None:
        action = asked.get("action")
        showing = self._showing
        if action in {"cancel", "pause"}:
            for run in showing.runs:
                (run.cancel if action == "cancel" else run.pause)()
        elif action == "resume":
            last = next((run for run in reversed(showing.runs) if not run.running), None)
            if last is not None and not showing.live:
                showing.follow(self._lab.start(last.plan, mode=last.mode, previews=True))
        elif action == "back" and len(self._stack) > 1:
            self._stack.pop()
            self._send_scene()
        elif action in {"rerun", "seeds", "base"}:
            self._act_on(str(action), self._showing.cell(asked.get("id")))
        else:
            raise GridError(f"action={brief(action)} is not known: press another button.")

    def _act_on(self, action: str, cell: GridCell) -> None:
        if cell.recipe is None:
            raise GridError(
                f"cell {cell.index} has no recipe of fluxlab, because its image was imported: choose one that was made "
                "here."
            )
        if action == "base":
            self.base = cell.recipe
            for chosen in list(self._listeners):
                chosen(cell.recipe)
            if not self._listeners:
                self._tell("this recipe is in the attribute .base of the panel now")
        elif action == "seeds":
            seeds = [secrets.randbelow(DRAWN_SEED_END) for _ in range(SEEDS)]
            sweep = sweep_of([cell.recipe, *(cell.recipe.replace(seed=seed) for seed in seeds)])
            self._push(self._lab.start(sweep, previews=True))
            self._send_scene()
        elif cell.finished is None:
            self._showing.follow(self._lab.start(sweep_of([cell.recipe]), previews=True))
        else:
            uid = cell.finished.uid
            self._tell("making the image again, to compare its pixels")
            RUNS.submit(partial(self._replay, uid), lambda: None)

    def _replay(self, uid: str) -> None:
        try:
            text = str(self._lab.replay(uid))
        except Exception as error:  # noqa: BLE001  (as above)
            SERVICE.put(partial(self._notice, error))
        else:
            SERVICE.put(partial(self._tell, text))

    def _tell(self, text: str) -> None:
        self.send({"type": "notice", "level": "info", "text": text, "trace": None})

    def _notice(self, error: BaseException) -> None:
        trace = "".join(traceback.format_exception(error))
        self.send({"type": "notice", "level": "error", "text": told(error), "trace": trace})

    def static_html(self) -> str:
        """What the notebook keeps for those who open it without a kernel."""
        if not self._stack:
            return ""
        python = f"<details><summary>Python</summary><pre>{escape(self._code())}</pre></details>"
        return f"{self.grid._repr_html_()}{python}"

    def send(self, content: Any, buffers: Sequence[bytes] | None = None) -> None:
        """Send a message to the browsers; nobody may be there."""
        if self.comm is not None:
            super().send(content, None if buffers is None else list(buffers))
