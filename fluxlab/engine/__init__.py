"""The engine: prompts are encoded once, cells denoised alone or in batches, images decoded and written meanwhile."""

from fluxlab.engine.cancel import CancelToken
from fluxlab.engine.events import CellDone, CellFailed, CellInterrupted, CellPreview, CellStarted, Event, StepDone
from fluxlab.engine.ledger import Listener, RunReport
from fluxlab.engine.runner import MODES, Mode, Run

__all__ = [
    "MODES",
    "CancelToken",
    "CellDone",
    "CellFailed",
    "CellInterrupted",
    "CellPreview",
    "CellStarted",
    "Event",
    "Listener",
    "Mode",
    "Run",
    "RunReport",
    "StepDone",
]
