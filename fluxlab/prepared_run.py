"""`PreparedRun`: a run that has not begun, with the grid that it will give."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fluxlab.analysis.exactness import measure_distances
from fluxlab.bulletin import check_listener
from fluxlab.engine import Event, Mode, Run, RunReport
from fluxlab.errors import SweepError, brief
from fluxlab.known import known_images
from fluxlab.progress import Progress
from fluxlab.recorder import CatalogRecorder
from fluxlab.run_grid import cells_of_run, grid_of_run

if TYPE_CHECKING:
    from fluxlab.catalog import Generation
    from fluxlab.grid import Catalog, Grid
    from fluxlab.models import Resolver
    from fluxlab.sweep import Plan


@dataclass(frozen=True)
class PreparedRun:
    """A run that has not begun.

    Parameters
    ----------
    run
        What makes the cells.
    plan
        What it makes.
    mode
        As in `Lab.run`.
    finish
        Makes it, and gives the grid.
    so_far
        The grid of what the catalog has now.
    """

    run: Run[Generation]
    plan: Plan
    mode: Mode
    finish: Callable[[], Grid]
    so_far: Callable[[], Grid]


def prepare_run(
    plan: Plan,
    catalog: Catalog,
    resolver: Resolver,
    mode: Mode,
    *,
    progress: bool,
    previews: bool,
    listener: Callable[[Event], None] | None,
) -> PreparedRun:
    """Get a run of a plan ready; nothing is made or recorded before its ``finish`` is called.

    Parameters
    ----------
    plan
        What to make.
    catalog
        Where it is recorded, and the images that were made before are taken from.
    resolver
        Knows the keys of recipes, and the memory preset.
    mode, progress, previews, listener
        As in `Lab.run`.

    Raises
    ------
    SweepError
        For a listener that cannot be called, or a switch that is neither on nor off.
    """
    if listener is not None:
        check_listener(listener)
    for name, value in {"progress": progress, "previews": previews}.items():
        if not isinstance(value, bool):
            raise SweepError(f"{name}={brief(value)} is not allowed: it must be True or False.")
    run_id = uuid.uuid4().hex
    bar = Progress(plan, show=progress)

    def listen(event: Event) -> None:
        bar.on(event)
        if listener is not None:
            listener(event)

    recorder = CatalogRecorder(catalog)
    memory = resolver.memory
    run = Run(plan.todo, recorder, listener=listen, run_id=run_id, mode=mode, memory=memory, previews=previews)

    def grid(report: RunReport[Generation]) -> Grid:
        now = resolver.at_once()
        found = known_images(catalog, [cell.key for cell in plan.cells], now, mode)
        shown = {**found, **report.made}.values()
        return grid_of_run(plan, report, found, measure_distances(catalog, shown, now.key))

    def finish() -> Grid:
        catalog.add_run(run_id, plan.sweep.to_json(), cells=cells_of_run(plan, mode))
        with bar:
            report = run.execute()
        raise_for(report)
        return grid(report)

    return PreparedRun(run, plan, mode, finish, lambda: grid(RunReport()))


def raise_for(report: RunReport[Generation]) -> None:
    """Raise why the catalog ended a run, with every image that it did not take.

    Parameters
    ----------
    report
        How the run ended.

    Raises
    ------
    CatalogError
        Where the catalog could take no more; ``unsaved`` has the images.
    """
    if report.errors:
        first = report.errors[0]
        found = (getattr(error, "generation", None) for error in report.errors)
        first.unsaved = tuple(generation for generation in found if generation is not None)
        raise first
