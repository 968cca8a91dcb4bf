"""Sweeps that were run before, found again by what they made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fluxlab.catalog import Generation
from fluxlab.errors import GridError, NotFoundError, SweepError, brief
from fluxlab.grid import Grid
from fluxlab.grid.labels import listed
from fluxlab.panels import entries
from fluxlab.started_run import StartedRun
from fluxlab.sweep import Sweep
from fluxlab.sweep.template import escape as as_template

if TYPE_CHECKING:
    from fluxlab.catalog import Catalog


def saved_sweep(catalog: Catalog, of: Any = None, run: str | None = None) -> Sweep:
    """The sweep of a run.

    Parameters
    ----------
    catalog
        Where runs are recorded.
    of
        A `StartedRun`, a generation, or a grid whose images are of one run. The image of no recorded run is a sweep of
        one cell.
    run
        The id of a run, instead.

    Raises
    ------
    FluxlabError
        When there is no such run, or no single one.
    """
    if (of is None) == (run is None):
        raise SweepError("of and run are both given, or none: name the run by one of them.")
    if isinstance(of, StartedRun):
        return of.plan.sweep
    if isinstance(of, Generation):
        return _of_image(catalog, of)
    if isinstance(of, Grid):
        run = _run_of(of)
    elif of is not None:
        raise SweepError(f"{brief(of)} has no sweep: give a run, a generation or a grid.")
    return Sweep.from_json(str(catalog.run(str(run))["sweep"]))


def _of_image(catalog: Catalog, made: Generation) -> Sweep:
    if made.imported is not None:
        raise SweepError(f"image {made.uid[:8]} was imported, so that no sweep made it: choose one that was made here.")
    if made.run is not None:
        try:
            return Sweep.from_json(str(catalog.run(made.run)["sweep"]))
        except NotFoundError:
            pass  # a single image, whose run nobody wrote down
    return Sweep(as_template(made.recipe.prompt), **entries.read(entries.of_recipe(made.recipe).items()))


def _run_of(grid: Grid) -> str:
    runs = dict.fromkeys(c.generation.run for c in grid.cells if c.generation is not None and c.generation.run)
    if len(runs) != 1:
        told = f"are of {len(runs)} runs ({listed([run[:8] for run in runs])})" if runs else "are of no run"
        raise GridError(f"the images of this grid {told}: give one of its generations, or run='…' with a run's id.")
    return next(iter(runs))
