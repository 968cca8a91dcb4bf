"""What a run tells while it goes on; a listener gets these in order, from the run's threads.

``generation`` is what the recorder returned for the attempt, ``None`` where it could not record it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image

    from fluxlab.recipe import Recipe


@dataclass(frozen=True)
class CellStarted:
    """A cell begins to denoise."""

    key: str
    recipe: Recipe


@dataclass(frozen=True)
class StepDone:
    """``step`` of ``steps`` steps of a cell are done."""

    key: str
    step: int
    steps: int


@dataclass(frozen=True)
class CellPreview:
    """A picture of what a cell is heading for after so many steps; smaller than the image where that is large."""

    key: str
    step: int
    image: Image.Image


@dataclass(frozen=True)
class CellDone:
    """A cell's image is safe in the catalog."""

    key: str
    generation: Any


@dataclass(frozen=True)
class CellFailed:
    """A cell failed; the run goes on."""

    key: str
    error: str
    generation: Any


@dataclass(frozen=True)
class CellInterrupted:
    """A cell was cut short by cancelling; the run ends with it."""

    key: str
    step: int
    generation: Any


Event = CellStarted | StepDone | CellPreview | CellDone | CellFailed | CellInterrupted
