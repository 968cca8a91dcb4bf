"""`Lab`: the one object a notebook needs."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping
from importlib import import_module
from os import PathLike
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from fluxlab import catalog as shelf
from fluxlab.analysis.exactness import exact_recipe, measure_distances
from fluxlab.bulletin import Bulletin
from fluxlab.catalog import Generation
from fluxlab.engine import MODES, Event, Mode, Run, RunReport
from fluxlab.errors import CatalogError, GenerationError, SweepError, brief, nearest
from fluxlab.filling import Holes, holes_of
from fluxlab.grid import Catalog, Grid
from fluxlab.known import known_images, known_pace
from fluxlab.loras import Loras
from fluxlab.models import MemoryReport, Resolver, memory_report, model_rows
from fluxlab.progress import Progress
from fluxlab.recipe import DRAWN_SEED_END, Recipe
from fluxlab.recorder import CatalogRecorder
from fluxlab.replay import Replay, replay
from fluxlab.run_grid import cells_of_run, grid_of_run
from fluxlab.started_run import PreparedRun, StartedRun
from fluxlab.sweep import Cell, Plan, Sweep, make_plan
from fluxlab.trajectory import Trajectory, trajectory

if TYPE_CHECKING:
    import pandas as pd

    from fluxlab.panels import Panels

Generation.replayer = replay


class Lab:
    """A model, a catalog, and what one does with them.

    Parameters
    ----------
    model
        Name in the model registry, an id of the Hugging Face hub, or the path of a diffusers folder, of a
        ``.safetensors`` or of a ``.gguf`` file; cells that name no model use it. See `Lab.models`.
    catalog
        A `Catalog`, or its folder; left out, ``.fluxlab`` beside the notebook or ``FLUXLAB_HOME``.
    memory
        How the model is fitted into memory: ``"auto"`` by what is free, ``"full"``, ``"24GB"``, ``"16GB"``, ``"12GB"``,
        ``"8GB"`` or ``"cpu"``; `memory_report` tells what was chosen and why.

    Attributes
    ----------
    catalog : Catalog
        Every image that was ever made here.
    loras : Loras
        The LoRAs that are known by name; ``lab.loras.add("style.safetensors", name="style")`` adds one.

    Raises
    ------
    ModelError
        When the model is unknown, or cannot be fitted into memory as asked.
    CatalogError
        When the catalog cannot be opened.
    """

    def __init__(
        self, model: str = "nano", catalog: shelf.Catalog | Path | str | None = None, memory: str = "auto"
    ) -> None:
        self._resolver = Resolver(model, memory)
        if not isinstance(catalog, (shelf.Catalog, str, PathLike, NoneType)):
            raise CatalogError(f"catalog={brief(catalog)} is no catalog: give a Catalog, or the folder of one.")
        self.loras = Loras(self._resolver.model)
        if isinstance(catalog, Catalog):
            self.catalog = catalog
        elif isinstance(catalog, shelf.Catalog):
            self.catalog = Catalog(catalog.folder, read_only=catalog.read_only)
        else:
            self.catalog = Catalog(catalog)

    def __repr__(self) -> str:
        return f"Lab(model={self.model!r}, catalog={str(self.catalog.folder)!r})"

    @property
    def model(self) -> str:
        """Name of the model that is used where none is named."""
        return self._resolver.model

    @property
    def panel(self) -> Panels:
        """Panels for the notebook: ``prompt_grid()``, ``sweep()``, ``lora()``, ``catalog()`` and ``grid(grid)``."""
        # Panels stand on the lab and import it; here they are looked up when somebody wants one.
        panels: Panels = import_module("fluxlab.panels").Panels(self)
        return panels

    @property
    def memory(self) -> str:
        """The memory preset, as it was asked for."""
        return self._resolver.memory

    @staticmethod
    def models() -> pd.DataFrame:
        """The models that are registered, one a row: whether they are on this machine, their licence and defaults.

        Any other FLUX.1 will do as well, by its id on the Hugging Face hub or the path of its folder or file.
        """
        import pandas as pd

        return pd.DataFrame(model_rows()).set_index("model")

    def recipe(self, prompt: str, **parameters: Any) -> Recipe:
        """The full recipe for a prompt and some parameters: defaults filled in, a seed drawn where none is given.

        Parameters
        ----------
        prompt
            What to draw.
        **parameters
            Any field of `Recipe`.
        """
        if parameters.get("seed") is None:
            parameters["seed"] = secrets.randbelow(DRAWN_SEED_END)
        return self._resolver.recipe({"prompt": prompt, **parameters})

    def generate(self, prompt: str, **parameters: Any) -> Generation:
        """Make one image, or take it from the catalog when it was made before.

        Parameters
        ----------
        prompt
            What to draw.
        **parameters
            Any field of `Recipe`: ``seed``, ``steps``, ``guidance``, ``width``, ``height``, ``loras={"ink": 0.8}``, …

        Raises
        ------
        RecipeError, ModelError, LoraError
            For parameters that are wrong or that the model ignores.
        GenerationError
            When making the image failed.
        CatalogError
            When it could not be kept; the error carries the image.
        """
        return self._made(self.recipe(prompt, **parameters))

    def _made(self, recipe: Recipe) -> Generation:
        """The image of a whole recipe."""
        key = self._resolver.key(recipe)
        if (known := known_images(self.catalog, [key], self._resolver).get(key)) is not None:
            return known
        run = Run((Cell(0, {}, recipe, key),), CatalogRecorder(self.catalog), memory=self._resolver.memory)
        report = run.execute()
        _raise_for(report)
        if key in report.made:
            measure_distances(self.catalog, [report.made[key]], self._resolver.key)
            return report.made[key]
        if key in report.failed:
            raise GenerationError(f"the image could not be made: {report.failed[key]}")
        raise KeyboardInterrupt

    def distance(self, lossy: str | Generation) -> dict[str, float]:
        """How far an image made with lossy levers is from the exact one, which is made where the catalog lacks it.

        Runs measure it by themselves where the exact image is there already.

        Parameters
        ----------
        lossy
            A generation, or its uid.

        Returns
        -------
        dict
            ``exact.mad``, the mean absolute difference of the RGB codes (0 to 255); ``exact.psnr`` in dB, left out
            where the pixels are the same; ``exact.distance``, the perceptual distance. Kept as scores of the image;
            empty for an image without lossy levers.
        """
        made = lossy if isinstance(lossy, Generation) else self.catalog.get(lossy)
        self._made(self._resolver.recipe(exact_recipe(made.recipe).values()))
        return measure_distances(self.catalog, [made], self._resolver.key).get(made.uid, {})

    def trajectory(self, prompt: str, **parameters: Any) -> Trajectory:
        """How an image comes out of the noise; nothing is recorded.

        The result has the latents of every step, what the model believed then, and how straight the way was.

        Parameters
        ----------
        prompt, **parameters
            As in `generate`, whose pixels the image has.
        """
        return trajectory(self.recipe(prompt, **parameters), self._resolver.memory)

    def memory_report(self) -> MemoryReport:
        """What the memory preset chose for this lab's model, why, and the most memory that was in use."""
        return memory_report(self.model, self._resolver.memory)

    def replay(self, uid: str | Generation) -> Replay:
        """Make a recorded image again, compare its pixels, and name what is not as it was; nothing is recorded.

        Parameters
        ----------
        uid
            Of a generation in this catalog, or its first digits; or the generation itself.

        Raises
        ------
        CatalogError, ModelError, LoraError, GenerationError
            When the image cannot be made again; see `fluxlab.replay.replay`.
        """
        return replay(uid if isinstance(uid, Generation) else self.catalog.get(uid), self._resolver.memory)

    def plan(self, sweep: Sweep, *, mode: Mode = "exact") -> Plan:
        """What a sweep costs: cells, what the catalog has already, steps, encodings, seconds. Nothing runs.

        Parameters
        ----------
        sweep
            What varies.
        mode
            As in `run`. Seconds are estimated from what was recorded in exact mode.

        Raises
        ------
        FluxlabError
            For a sweep that cannot be planned.
        """
        if not isinstance(sweep, Sweep):
            raise SweepError(f"sweep={brief(sweep)} is no sweep: give one such as Sweep('a {{fox|cat}}', seed=[1, 2]).")
        _check_mode(mode)
        resolver = self._resolver.at_once()
        return make_plan(
            sweep,
            resolver,
            known=lambda keys: set(known_images(self.catalog, keys, resolver, mode)),
            seconds=known_pace(self.catalog),
        )

    def run(
        self,
        sweep: Sweep | Plan,
        *,
        mode: Mode = "exact",
        progress: bool = True,
        previews: bool = False,
        listener: Callable[[Event], None] | None = None,
    ) -> Grid:
        """Make every cell of a sweep that the catalog does not have, and show all of them.

        Ctrl-C (or the notebook's stop button) stops after the current step; what is done stays, and the same call
        again makes the rest.

        Parameters
        ----------
        sweep
            What varies, or its plan.
        mode
            ``"exact"`` makes the pixels of a lone pipeline call. ``"fast"`` lets cells of one size share batches, which
            is quicker and changes the last bits; images are recorded as fast, and exact ones are taken from the
            catalog, but no exact run takes a fast one.
        progress
            Show a bar with cells done, rate and time left.
        previews
            Send the listener pictures of what is being made: `fluxlab.engine.CellPreview`.
        listener
            Gets the run's events.

        Raises
        ------
        FluxlabError
            For a sweep that cannot be planned, before anything is made; or when the catalog can take no more images.
        """
        return self._prepared(sweep, mode, progress=progress, previews=previews, listener=listener).finish()

    def start(
        self,
        sweep: Sweep | Plan,
        *,
        mode: Mode = "exact",
        progress: bool = False,
        previews: bool = False,
        listener: Callable[[Event], None] | None = None,
    ) -> StartedRun:
        """Like `run`, in the background, after the runs that were started before.

        Parameters
        ----------
        sweep, mode, progress, previews, listener
            As in `run`.

        Returns
        -------
        StartedRun
            To be awaited, waited for, paused, cancelled, or watched with ``lab.panel.grid(run)``.
        """
        bulletin = Bulletin()
        if listener is not None:
            bulletin.subscribe(listener)
        return StartedRun(
            self._prepared(sweep, mode, progress=progress, previews=previews, listener=bulletin.on), bulletin
        )

    def fill(
        self,
        grid: Grid,
        base: Mapping[str, Any] | None = None,
        *,
        mode: Mode = "exact",
        progress: bool = True,
        listener: Callable[[Event], None] | None = None,
    ) -> Grid:
        """Make the images that a grid lacks, and nothing else; returns the grid with them.

        They are a sweep like any other: recorded, taken from the catalog where it has them, and Ctrl-C keeps what is
        done.

        Parameters
        ----------
        grid
            From ``lab.catalog.grid(...)``, or from a run that was stopped.
        base
            Values for the parameters in which the grid's images differ beside its axes, such as ``{"seed": 1}``; where
            they agree, their common value is used.
        mode, progress, listener
            As in `run`.

        Raises
        ------
        GridError
            When the images leave the recipe of a hole open; the message names the parameters.
        FluxlabError
            For a recipe that cannot be made, before anything is.
        """
        holes = self.holes(grid, base)
        return holes.filled(self.run(holes.sweep, mode=mode, progress=progress, listener=listener)) if holes else grid

    def holes(self, grid: Grid, base: Mapping[str, Any] | None = None) -> Holes:
        """What `fill` would make: ``lab.start(lab.holes(grid).sweep)`` makes it in the background.

        Parameters
        ----------
        grid, base
            As in `fill`, and so are the errors.
        """
        return holes_of(grid, {} if base is None else base, self._resolver)

    def _prepared(
        self,
        sweep: Sweep | Plan,
        mode: Mode,
        *,
        progress: bool,
        previews: bool,
        listener: Callable[[Event], None] | None,
    ) -> PreparedRun:
        # A plan may have been made, or run, a while ago: what the catalog has got since is not made again.
        plan = self.plan(sweep.sweep if isinstance(sweep, Plan) else sweep, mode=mode)
        run_id = uuid.uuid4().hex
        bar = Progress(plan, show=progress)

        def listen(event: Event) -> None:
            bar.on(event)
            if listener is not None:
                listener(event)

        recorder = CatalogRecorder(self.catalog)
        memory = self._resolver.memory
        run = Run(plan.todo, recorder, listener=listen, run_id=run_id, mode=mode, memory=memory, previews=previews)

        def grid(report: RunReport[Generation]) -> Grid:
            resolver = self._resolver.at_once()
            found = known_images(self.catalog, [cell.key for cell in plan.cells], resolver, mode)
            shown = {**found, **report.made}.values()
            return grid_of_run(plan, report, found, measure_distances(self.catalog, shown, resolver.key))

        def finish() -> Grid:
            self.catalog.add_run(run_id, plan.sweep.to_json(), cells=cells_of_run(plan, mode))
            with bar:
                report = run.execute()
            _raise_for(report)
            return grid(report)

        return PreparedRun(run, plan, mode, finish, lambda: grid(RunReport()))


def _check_mode(mode: str) -> None:
    if mode not in MODES:
        raise SweepError(f"mode={brief(mode)} is not allowed: it must be 'exact' or 'fast'.{nearest(str(mode), MODES)}")


def _raise_for(report: RunReport[Generation]) -> None:
    """Raise why the catalog ended a run, with every image that it did not take."""
    if report.errors:
        first = report.errors[0]
        found = (getattr(error, "generation", None) for error in report.errors)
        first.unsaved = tuple(generation for generation in found if generation is not None)
        raise first
