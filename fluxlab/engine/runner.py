"""`Run`: one execution of a plan. Cells fail alone, Ctrl-C stops after the current step, nothing finished is lost."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Generic, Literal
from weakref import WeakKeyDictionary

from fluxlab.engine.adapters import load_adapter, set_loras
from fluxlab.engine.cancel import Cancelled, CancelToken
from fluxlab.engine.decode import decode
from fluxlab.engine.denoise import denoise
from fluxlab.engine.environment import environment
from fluxlab.engine.fast import Fleet, together
from fluxlab.engine.forks import Fork, Forks
from fluxlab.engine.hotswap import prepare_hotswap
from fluxlab.engine.kept_adapters import hold, release
from fluxlab.engine.ledger import Ledger, Listener, RunReport
from fluxlab.engine.openings import Opening, Openings
from fluxlab.engine.preview import Previews, can_preview
from fluxlab.engine.prompts import PromptCache
from fluxlab.engine.recorder import Attempt, Kept, Recorder
from fluxlab.engine.shortage import explained
from fluxlab.errors import ModelError
from fluxlab.models import Loaded, LoraFile, effective, find_lora, load
from fluxlab.recipe import content_key

if TYPE_CHECKING:
    from types import FrameType

    from fluxlab.engine.track import Track
    from fluxlab.recipe import Recipe
    from fluxlab.sweep import Cell

Mode = Literal["exact", "fast"]
MODES: tuple[Mode, ...] = ("exact", "fast")
#: Model and quantization, each pair of which is a pipeline of its own.
_Pipeline = tuple[str, str | None]

_PROMPTS: WeakKeyDictionary[Loaded, PromptCache] = WeakKeyDictionary()


def prompt_cache(loaded: Loaded) -> PromptCache:
    """The encodings kept for a pipeline, for as long as the pipeline is kept."""
    if loaded not in _PROMPTS:
        _PROMPTS[loaded] = PromptCache(loaded)
    return _PROMPTS[loaded]


def _pipeline(recipe: Recipe) -> _Pipeline:
    return recipe.model, recipe.quantization


class Run(Generic[Kept]):
    """One execution of cells.

    Parameters
    ----------
    cells
        What to make, one cell for each content key.
    recorder
        Where every attempt is recorded; see `fluxlab.engine.recorder.Recorder`.
    listener
        Gets the events.
    run_id
        Recorded with each generation.
    mode
        ``"exact"``: one cell after the other in their order, each with the pixels of a lone pipeline call.
        ``"fast"``: cells share batches, the longest first; see `fluxlab.engine.fast`.
    memory
        Memory preset, one of `fluxlab.models.memory.PRESETS`.
    previews
        Whether to send `CellPreview` events; see `fluxlab.engine.preview`.
    """

    def __init__(
        self,
        cells: tuple[Cell, ...],
        recorder: Recorder[Kept],
        *,
        listener: Listener | None = None,
        run_id: str | None = None,
        mode: Mode = "exact",
        memory: str = "auto",
        previews: bool = False,
    ) -> None:
        self.id = run_id or uuid.uuid4().hex
        self.token = CancelToken()
        self._mode = mode
        self._cells = cells
        self._memory = memory
        self._previews = previews
        self._ledger = Ledger(recorder, self._attempt, listener)
        #: LoRA files as they were when the run began.
        self._files: dict[str, LoraFile] = {}
        self._held: dict[Loaded, set[str]] = {}

    def cancel(self) -> None:
        """Stop after the current step; what is done stays, and running again makes the rest."""
        self.token.cancel()

    def pause(self) -> None:
        """Finish the cells under way and begin no other; running again makes the rest."""
        self.token.pause()

    def execute(self) -> RunReport[Kept]:
        """Make the cells; returns when every image is safe or accounted for.

        Raises
        ------
        ModelError, LoraError
            Before anything is made, when a model or LoRA of the plan cannot be used.
        """
        started = time.perf_counter()
        report = self._ledger.report
        if self.token.paused:
            report.left += [cell.key for cell in self._cells]
            return report
        try:
            with self._interruptible(), self._ledger:
                pipelines = self._prepare()
                self._check_keys(pipelines)
                groups = self._groups()
                alone = [cells[0] for cells in groups if len(cells) == 1]
                forks = Forks([cell.recipe for cell in alone])
                openings = Openings([cell.recipe for cell in alone])
                numbers = {cell.key: number for number, cell in enumerate(alone)}
                for cells in groups:
                    loaded = pipelines[_pipeline(cells[0].recipe)]
                    if len(cells) > 1:
                        fleet = Fleet(
                            loaded,
                            prompt_cache(loaded),
                            self._files,
                            self._ledger,
                            self.token,
                            previews=self._previews,
                        )
                        report.left += [cell.key for cell in fleet.fly(cells)]
                    elif self.token.paused or self._ledger.stopped:
                        report.left.append(cells[0].key)
                    else:
                        number = numbers[cells[0].key]
                        self._alone(cells[0], loaded, forks.fork(number), openings.opening(number))
        finally:
            self._release_loras()
            report.seconds = time.perf_counter() - started
        return report

    def _groups(self) -> list[list[Cell]]:
        """Cells that share batches, in the order of their first; in exact mode every cell is alone."""
        groups: dict[object, list[Cell]] = {}
        for cell in self._cells:
            shared = together(cell) if self._mode == "fast" else None
            groups.setdefault(("alone", cell.key) if shared is None else shared, []).append(cell)
        return list(groups.values())

    def _prepare(self) -> dict[_Pipeline, Loaded]:
        """Load every model and LoRA, then encode every prompt."""
        pipelines: dict[_Pipeline, Loaded] = {}
        for cell in self._cells:
            of = _pipeline(cell.recipe)
            if of not in pipelines:
                pipelines[of] = load(*of, self._memory)
            loaded = pipelines[of]
            with loaded.use():
                for use in cell.recipe.loras:
                    if use.name not in self._files:
                        self._files[use.name] = find_lora(use.name)
                    if use.acts and not cell.recipe.compile:
                        load_adapter(loaded.pipe, self._files[use.name])
        for of, loaded in pipelines.items():
            with loaded.use():
                self._keep_loras(of, loaded)
        for of, loaded in pipelines.items():
            with suppress(Exception), loaded.use():  # a prompt that cannot be encoded fails its own cells, later
                set_loras(loaded.pipe, (), {})
                prompt_cache(loaded).prepare(cell.recipe for cell in self._cells if _pipeline(cell.recipe) == of)
        return pipelines

    def _keep_loras(self, of: _Pipeline, loaded: Loaded) -> None:
        """Hold the LoRAs of the run, and read those of compiled cells."""
        recipes = [cell.recipe for cell in self._cells if _pipeline(cell.recipe) == of]
        worn = [(recipe.compile, [self._files[use.name] for use in recipe.loras if use.acts]) for recipe in recipes]
        self._held[loaded] = {lora.adapter for hot, loras in worn if not hot for lora in loras}
        hold(loaded.pipe, self._held[loaded])
        prepare_hotswap(loaded.pipe, [loras for hot, loras in worn if hot])

    def _release_loras(self) -> None:
        for loaded, adapters in self._held.items():
            with loaded.lock:
                # Whoever uses the pipeline next finds the model itself.
                if not loaded.asleep:
                    set_loras(loaded.pipe, (), {})
                release(loaded.pipe, adapters)
        self._held.clear()

    def _check_keys(self, pipelines: Mapping[_Pipeline, Loaded]) -> None:
        """What is in memory must be what the keys were made from, or images would be filed under the wrong key."""
        for cell in self._cells:
            loaded = pipelines[_pipeline(cell.recipe)]
            spec = loaded.spec
            files = self._hashes(cell.recipe, loaded)
            if content_key(effective(cell.recipe, spec), files) != cell.key:
                names = ", ".join([spec.name, *(use.name for use in cell.recipe.loras)])
                raise ModelError(f"a file of '{names}' was changed while the run was being prepared: run it again.")

    def _hashes(self, recipe: Recipe, loaded: Loaded) -> dict[str, str]:
        loras = {f"lora:{use.name}": self._files[use.name].sha256 for use in recipe.loras if use.acts}
        return {"model": loaded.sha256, **loras}

    def _alone(self, cell: Cell, loaded: Loaded, fork: Fork | None, opening: Opening | None) -> None:
        """Make one cell as a lone call would."""
        ledger = self._ledger
        uid = ledger.begin(cell, loaded, "exact")
        if uid is None:
            return
        # Streamed weights learn the order of their layers from the first call, which must be a real one.
        streams = "transformer" in loaded.plan.streamed
        try:
            denoised = denoise(
                loaded,
                prompt_cache(loaded),
                cell.recipe,
                self._files,
                token=self.token,
                on_step=lambda step: ledger.step(cell, step),
                track=self._track(cell, loaded, fork),
                opening=None if streams or (fork is not None and fork.start) else opening,
            )
            with loaded.use():
                decoded = decode(loaded, denoised.latents, cell.recipe.width, cell.recipe.height)
        except Cancelled as cut:
            self.token.cancel()
            ledger.cut(cell.key, uid, cut.step)
        except Exception as error:  # noqa: BLE001  (whatever a cell raises is recorded, and the sweep goes on)
            ledger.fail(cell.key, uid, explained(error, loaded.plan))
        else:
            ledger.finish(cell, loaded, uid, denoised, decoded)

    def _track(self, cell: Cell, loaded: Loaded, fork: Fork | None) -> Track | None:
        if not self._previews or not can_preview(loaded.plan):
            return fork
        return Previews(loaded, cell.recipe, lambda step, image: self._ledger.preview(cell, step, image), fork)

    def _attempt(self, cell: Cell, loaded: Loaded, mode: str) -> Attempt:
        spec = loaded.spec
        return Attempt(
            recipe=cell.recipe,
            key=cell.key,
            files=self._hashes(cell.recipe, loaded),
            environment=environment(loaded.plan.device),
            pipeline={
                "model": spec.name,
                "class": type(loaded.pipe).__name__,
                **loaded.origin,
                "device": loaded.plan.device,
                "memory": {
                    "preset": loaded.plan.preset,
                    "placement": loaded.plan.placement,
                    "encoders": loaded.plan.encoders,
                },
                "loras": {use.name: {"source": self._files[use.name].source} for use in cell.recipe.loras},
            },
            mode=mode,
            run=self.id,
            coords=cell.coords or None,
        )

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """In the main thread the first Ctrl-C cancels the run; a second one is the usual KeyboardInterrupt."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def on_interrupt(number: int, frame: FrameType | None) -> None:
            if self.token.cancelled:
                signal.default_int_handler(number, frame)
            self.token.cancel()

        before = signal.signal(signal.SIGINT, on_interrupt)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
