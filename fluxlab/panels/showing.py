"""`Showing`: a grid on the screen and the runs that fill it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fluxlab.engine import CellDone, CellFailed, CellInterrupted, CellPreview, CellStarted, Event, StepDone
from fluxlab.errors import FluxlabError, GridError, brief
from fluxlab.grid import Grid, GridCell
from fluxlab.panels.pace import Pace
from fluxlab.panels.scene import Json, Place, cell_json, frame, marks_json, places, uids

if TYPE_CHECKING:
    from PIL import Image

    from fluxlab.catalog import Catalog
    from fluxlab.started_run import StartedRun


class Showing:
    """A grid on the screen, kept true while runs fill it.

    Parameters
    ----------
    grid
        What is shown at first.
    catalog
        Where its images are.
    changed
        Called, from any thread, when there is something new to send; must return at once.
    ended
        Called, from any thread, with a run that has ended, and with what is to be called when its end is shown; must
        return at once.
    """

    def __init__(
        self,
        grid: Grid,
        catalog: Catalog,
        changed: Callable[[], None],
        ended: Callable[[StartedRun, Callable[[], None]], None],
    ) -> None:
        self.catalog = catalog
        self.runs: list[StartedRun] = []
        self._changed = changed
        self._ended = ended
        self._lock = threading.RLock()
        self._pace: Pace | None = None
        self._fresh: dict[int, Json] = {}
        self._pictures: dict[int, tuple[int, Image.Image]] = {}
        self._put(grid)

    def _put(self, grid: Grid) -> None:
        self.grid = grid
        self.places: dict[int, Place] = places(grid)
        self.cells: dict[int, GridCell] = {cell.index: cell for cell in grid.cells}
        self._of_key: dict[str, list[int]] = {}
        for cell in grid.cells:
            self._of_key.setdefault(cell.key, []).append(cell.index)
        #: What is going on in a cell, beside what is recorded.
        self._going: dict[int, Json] = {}

    @property
    def live(self) -> bool:
        """Whether a run is under way."""
        return any(run.running for run in self.runs)

    def follow(self, run: StartedRun) -> None:
        """Show what a run does from now on, in the cells that have its keys."""
        with self._lock:
            self.runs = [*(each for each in self.runs if each.running), run]
            self._pace = Pace(run)
            for key in (cell.key for cell in run.plan.todo):
                self._tell(key, {"status": "queued", "step": 0, "error": None})
        # Taken by the one who tells the end: several threads may see it at once.
        untold = threading.Lock()
        shown = run.hold()

        def changed() -> None:
            if not run.running and untold.acquire(blocking=False):
                self._ended(run, shown)
            self._changed()

        run.subscribe(self.on)
        run.watch(changed)
        changed()

    def on(self, event: Event) -> None:
        """Take an event of a run; called from the run's threads."""
        with self._lock:
            if self._pace is not None:
                self._pace.on(event)
            if isinstance(event, CellStarted):
                self._tell(event.key, {"status": "running", "step": 0, "steps": event.recipe.steps})
            elif isinstance(event, StepDone):
                self._tell(event.key, {"status": "running", "step": event.step, "steps": event.steps})
            elif isinstance(event, CellPreview):
                for index in self._of_key.get(event.key, [])[:1]:
                    self._pictures[index] = (event.step, event.image)
            elif isinstance(event, CellDone):
                self._settle(event.key, status="ok", generation=event.generation, error=None)
            elif isinstance(event, CellFailed):
                self._settle(event.key, status="failed", generation=event.generation, error=event.error)
            elif isinstance(event, CellInterrupted):
                self._settle(event.key, status="interrupted", generation=event.generation, error=None)
        self._changed()

    def _settle(self, key: str, **news: Any) -> None:
        for index in self._of_key.get(key, []):
            cell = self.cells[index] = replace(self.cells[index], cached=False, **news)
            self._going.pop(index, None)
            self._pictures.pop(index, None)
            self._fresh[index] = cell_json(cell, self.places[index], None)

    def _tell(self, key: str, news: Json) -> None:
        for index in self._of_key.get(key, []):
            self._going[index] = {**self._going.get(index, {}), **news}
            self._fresh[index] = {**self._fresh.get(index, {"id": index}), **news}

    def cell(self, index: Any) -> GridCell:
        """The cell that a browser means.

        Raises
        ------
        GridError
            For one that is not here, or not any more.
        """
        cell = self.cells.get(index) if isinstance(index, int) else None
        if cell is None:
            raise GridError(f"cell {brief(index)} is not in this grid any more: look at the grid that is shown.")
        return cell

    def take(self) -> tuple[list[Json], dict[int, tuple[int, Image.Image]]]:
        """What is new in cells since the last call, and previews of those that are being made."""
        with self._lock:
            fresh, self._fresh = self._fresh, {}
            pictures, self._pictures = self._pictures, {}
            return list(fresh.values()), pictures

    def progress(self) -> Json | None:
        """How far the run is; ``None`` where there was none."""
        with self._lock:
            return None if self._pace is None else self._pace.json()

    def settle(self, run: StartedRun) -> None:
        """Take over the grid that a run ended with.

        Raises
        ------
        FluxlabError
            What ended the run without a grid.
        """
        try:
            done = run.grid()
        finally:
            with self._lock:
                self._going = {}
                self._pictures = {}
        by_key = {cell.key: cell for cell in done.cells}
        cells = tuple(
            cell
            if cell.key not in by_key
            else replace(by_key[cell.key], index=cell.index, coords=cell.coords, recipe=cell.recipe)
            for cell in self.cells.values()
        )
        whole = len(by_key.keys() & self._of_key.keys()) == len(self._of_key)
        with self._lock:
            self._put(replace(self.grid, cells=cells, summary=done.summary if whole else ""))

    def scene(self) -> Json:
        """Everything, but for what a widget adds to it."""
        with self._lock:
            self._fresh.clear()
            cells = list(self.cells.values())
            going = dict(self._going)
        marks = {}
        with suppress(FluxlabError):  # a row that went away has no marks
            marks = self.catalog.marks(uids(cells)) if uids(cells) else {}
        told = [
            {
                **cell_json(
                    cell, self.places[cell.index], None if cell.generation is None else marks.get(cell.generation.uid)
                ),
                **going.get(cell.index, {}),
            }
            for cell in cells
        ]
        # Counts of a grid that is being filled are old before they are read; the progress has them.
        summary = {"summary": f"{len(cells)} cells"} if self.live else {}
        return {**frame(self.grid), **summary, "cells": told, "progress": self.progress()}

    def marked(self, marked: Iterable[str]) -> list[Json]:
        """The cells of these uids with their marks as the catalog has them now."""
        found = self.catalog.marks(list(marked))
        return [
            {"id": index, **marks_json(found[cell.generation.uid])}
            for index, cell in self.cells.items()
            if cell.generation is not None and cell.generation.uid in found
        ]
