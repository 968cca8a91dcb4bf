"""The engine: prompts are encoded once, cells denoised one by one, images decoded and written meanwhile."""

from fluxlab.engine.cancel import CancelToken
from fluxlab.engine.events import CellDone, CellFailed, CellInterrupted, CellStarted, Event, StepDone
from fluxlab.engine.runner import Run, RunReport

__all__ = [
    "CancelToken",
    "CellDone",
    "CellFailed",
    "CellInterrupted",
    "CellStarted",
    "Event",
    "Run",
    "RunReport",
    "StepDone",
]
