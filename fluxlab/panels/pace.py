"""How far a run is, and how long the rest takes, told from its events."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fluxlab.engine import CellDone, CellFailed, CellInterrupted, Event, StepDone

if TYPE_CHECKING:
    from fluxlab.recipe import Recipe
    from fluxlab.started_run import StartedRun

#: Steps that must be done before they tell the time left.
STEPS_MIN = 3


class Pace:
    """Counts the cells and steps of a run.

    Parameters
    ----------
    run
        The run; its plan says what there is to do.
    """

    def __init__(self, run: StartedRun) -> None:
        self._run = run
        self._steps = {cell.key: _passes(cell.recipe) for cell in run.plan.todo}
        self._done: dict[str, int] = {}
        self._ended: set[str] = set()
        self._failed: set[str] = set()
        self._begun: tuple[float, int] | None = None
        self._now: Event | None = None

    def on(self, event: Event) -> None:
        """Take one event; those of other runs, which one grid may show too, are passed over."""
        if event.key not in self._steps:
            return
        if isinstance(event, StepDone):
            passes = self._steps[event.key] // max(1, event.steps)
            self._done[event.key] = event.step * passes
            self._now = event
        elif isinstance(event, CellDone | CellFailed | CellInterrupted):
            if not isinstance(event, CellInterrupted):
                self._done[event.key] = self._steps[event.key]
                self._ended.add(event.key)
            if isinstance(event, CellFailed):
                self._failed.add(event.key)
        if self._begun is None:
            # From here: loading a model tells nothing of how long an image takes.
            self._begun = (time.monotonic(), sum(self._done.values()))

    @property
    def seconds_left(self) -> float | None:
        """By the steps so far; before there are any, by the plan; ``None`` where neither says."""
        left = sum(self._steps.values()) - sum(self._done.values())
        if self._begun is not None:
            since, before = self._begun
            done = sum(self._done.values()) - before
            if done >= STEPS_MIN:
                return (time.monotonic() - since) / done * left
        planned = self._run.plan.price.seconds
        return None if planned is None or not self._steps else planned * left / max(1, sum(self._steps.values()))

    def json(self) -> dict[str, Any]:
        """The progress as the browser gets it, whose ``text`` says what state and counts do not."""
        state = self._run.state
        text = ""
        if state == "queued":
            text = "another run goes first"
        elif state == "running" and self._begun is None:
            text = "loading the model"
        elif state == "failed":
            text = str(self._run.error)
        elif self._run.running and isinstance(self._now, StepDone):
            text = f"step {self._now.step} of {self._now.steps}"
        return {
            "state": state,
            "done": len(self._ended),
            "total": len(self._steps),
            "failed": len(self._failed),
            "cached": len(self._run.plan.known),
            "seconds_left": self.seconds_left if state in {"running", "pausing"} else None,
            "text": text,
        }


def _passes(recipe: Recipe) -> int:
    return recipe.steps * (2 if recipe.true_cfg_scale > 1 else 1)
