"""`GridCell`: one place of a grid, with what was made there or why nothing was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from fluxlab.levers import lossy_levers
from fluxlab.recipe import Recipe

if TYPE_CHECKING:
    from fluxlab.catalog import Generation

Status = Literal["ok", "failed", "interrupted", "started", "waiting", "missing"]


@dataclass(frozen=True)
class GridCell:
    """One place of a grid.

    Parameters
    ----------
    index
        Number of the cell in its sweep.
    coords
        Axis name to value.
    generation
        What was recorded; ``None`` for a cell that waits.
    status
        ``"ok"``, ``"failed"``, ``"interrupted"``, ``"started"``, ``"waiting"``, or ``"missing"`` where nobody made it.
    cached
        Whether the image came from the catalog instead of being made for this grid.
    key
        Content key: cells with the same key are the same image, made once.
    error
        The sentence of a failed cell.
    recipe
        What was asked for; taken from the generation when left out. ``None`` for imported images, and for places whose
        recipe nobody knows.
    count
        Images that the catalog has for this place; the newest is shown.
    scores
        Distances of a lossy image to its exact one, by metric; see `fluxlab.exactness`.
    """

    index: int
    coords: dict[str, Any]
    generation: Generation | None
    status: str
    cached: bool
    key: str
    error: str | None = None
    recipe: Recipe | None = None
    count: int = 1
    scores: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.generation is not None:
            if self.recipe is None and self.generation.imported is None:
                object.__setattr__(self, "recipe", self.generation.recipe)
            if self.error is None:
                object.__setattr__(self, "error", self.generation.error)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What was asked for: the recipe's values, or what an imported image says by the same names."""
        if self.recipe is not None:
            return self.recipe.values()
        return {} if self.generation is None else self.generation.parameters

    @property
    def lossy(self) -> str:
        """The levers that make this another image than the exact one, in words; empty for an exact one."""
        return ", ".join(lossy_levers(self.parameters)) if self.recipe is not None else ""

    @property
    def pixels(self) -> str | None:
        """Hash of the pixels of a finished cell."""
        return self.generation.pixel_hash if self.status == "ok" and self.generation is not None else None

    @property
    def finished(self) -> Generation | None:
        """The generation of a finished cell, whose image can be shown."""
        return self.generation if self.status == "ok" else None
