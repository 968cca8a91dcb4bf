"""The grid of a run, and what is recorded of it: its cells, with the images that were made or found, or why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from fluxlab.catalog import Generation
from fluxlab.catalog.runs import RunCells
from fluxlab.engine import RunReport
from fluxlab.grid import Grid, GridCell
from fluxlab.grid.gather import PLACES_MAX
from fluxlab.sweep import Cell, Plan, Sweep


def grid_of_run(
    plan: Plan,
    report: RunReport[Generation],
    found: Mapping[str, Generation],
    scores: Mapping[str, dict[str, float]],
) -> Grid:
    """The grid of a plan after its run.

    Parameters
    ----------
    plan
        Whose cells are shown.
    report
        How the run ended.
    found
        What the catalog has now, by content key.
    scores
        Distances of lossy images to their exact ones, by the image's uid.
    """
    cells = [_grid_cell(cell, report, found, scores) for cell in plan.cells]
    summary = f"{_counts(cells, report)} · {report.seconds:.1f} s"
    return Grid(axes=plan.sweep.axes, cells=tuple(cells), title=_title(plan.sweep), summary=summary)


def cells_of_run(plan: Plan, mode: str) -> RunCells | None:
    """What is recorded of the cells of a run; ``None`` for more than a grid could show.

    Parameters
    ----------
    plan
        Of the run.
    mode
        ``"exact"`` or ``"fast"``.
    """
    if len(plan.cells) > PLACES_MAX:
        return None
    return RunCells(mode, plan.sweep.places, [cell.key for cell in plan.cells])


def _grid_cell(
    cell: Cell,
    report: RunReport[Generation],
    found: Mapping[str, Generation],
    scores: Mapping[str, dict[str, float]],
) -> GridCell:
    generation = report.made.get(cell.key) or found.get(cell.key)
    error = None
    if generation is not None:
        status = "ok"
    elif cell.key in report.failed:
        status, error = "failed", report.failed[cell.key]
    else:
        status = "interrupted" if cell.key in report.cut else "waiting"
    return GridCell(
        index=cell.index,
        coords=cell.coords,
        generation=generation,
        status=status,
        cached=generation is not None and cell.key not in report.made,
        key=cell.key,
        error=error,
        recipe=cell.recipe,
        scores={} if generation is None else scores.get(generation.uid, {}),
    )


def _title(sweep: Sweep) -> str:
    prompts: Sequence[Any] = sweep.axes.get("prompt") or [sweep.values.get("prompt", "")]
    return str(prompts[0]) if len(prompts) == 1 else f"{prompts[0]} and {len(prompts) - 1} more"


def _counts(cells: Sequence[GridCell], report: RunReport[Generation]) -> str:
    """Every cell counted once: the first of those that share an image by where it came from, the others as sharing."""
    kinds: Counter[str] = Counter()
    seen: set[str] = set()
    for cell in cells:
        if cell.status == "failed":
            kinds["failed"] += 1
        elif cell.status != "ok":
            kinds["not made: run again for the rest"] += 1
        elif cell.key in seen:
            kinds["sharing the image of another cell"] += 1
        else:
            kinds["made" if cell.key in report.made else "from the catalog"] += 1
        seen.add(cell.key)
    parts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return f"{len(cells)} cell{'' if len(cells) == 1 else 's'}: {parts}"
