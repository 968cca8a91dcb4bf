"""The text progress bar of a run: cells done, rate and time left."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Never, Self

from tqdm import tqdm

from fluxlab.engine.events import CellDone, CellFailed, CellStarted, Event, StepDone

if TYPE_CHECKING:
    from fluxlab.sweep import Plan


class Progress:
    """Turns a run's events into one `tqdm` bar.

    Parameters
    ----------
    plan
        What is about to run.
    show
        Whether to show anything.
    """

    def __init__(self, plan: Plan, *, show: bool) -> None:
        self._plan = plan
        self._show = show
        self._bar: tqdm[Never] | None = None
        self._failed = 0

    def __enter__(self) -> Self:
        if self._show:
            cached = len(self._plan.known)
            self._bar = tqdm(
                total=len(self._plan.todo),
                desc=f"{cached} from the catalog" if cached else "making",
                unit="cell",
                disable=not self._plan.todo,
                dynamic_ncols=True,
            )
            if not self._plan.todo:
                count = len(self._plan.cells)
                found = "the cell comes" if count == 1 else f"all {count} cells come"
                tqdm.write(f"{found} from the catalog, nothing to make")
        return self

    def on(self, event: Event) -> None:
        """Take one event; called from the run's threads."""
        if self._bar is None:
            return
        if isinstance(event, CellStarted):
            self._bar.set_postfix_str(f"step 0/{event.recipe.steps}", refresh=False)
        elif isinstance(event, StepDone):
            self._bar.set_postfix_str(f"step {event.step}/{event.steps}", refresh=False)
            self._bar.update(0)
        elif isinstance(event, CellDone | CellFailed):
            self._failed += isinstance(event, CellFailed)
            if self._failed:
                self._bar.set_description(f"{self._failed} failed", refresh=False)
            self._bar.update(1)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str("")
            self._bar.close()
