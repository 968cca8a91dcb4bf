"""`Run`: one execution of a plan. Cells fail alone, Ctrl-C stops after the current step, nothing finished is lost."""

from __future__ import annotations

import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic
from weakref import WeakKeyDictionary

from fluxlab.engine.adapters import load_adapter, set_loras
from fluxlab.engine.cancel import Cancelled, CancelToken
from fluxlab.engine.denoise import Denoised, decode, denoise
from fluxlab.engine.environment import environment
from fluxlab.engine.events import CellDone, CellFailed, CellInterrupted, CellStarted, Event, StepDone
from fluxlab.engine.prompts import PromptCache
from fluxlab.engine.recorder import Attempt, Kept, Recorder
from fluxlab.errors import CatalogError, FluxlabError, ModelError
from fluxlab.models import Loaded, LoraFile, effective, find_lora, load
from fluxlab.recipe import content_key

if TYPE_CHECKING:
    from types import FrameType

    from fluxlab.recipe import Recipe
    from fluxlab.sweep import Cell

#: Images that may wait to be decoded and written before denoising waits for them.
WRITE_AHEAD = 4
Listener = Callable[[Event], None]


@dataclass
class RunReport(Generic[Kept]):
    """How a run ended.

    Attributes
    ----------
    made, failed
        What the recorder kept, and error sentences, by content key.
    cut
        Key of the cell that cancelling cut short.
    left
        Keys that were not begun, because the run was cancelled or the catalog failed.
    errors
        Why the catalog could take no more images, where that ended the run; each may carry an image not taken.
    seconds
        Wall clock of the run.
    """

    made: dict[str, Kept] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    cut: str | None = None
    left: list[str] = field(default_factory=list)
    errors: list[CatalogError] = field(default_factory=list)
    seconds: float = 0.0


_PROMPTS: WeakKeyDictionary[Loaded, PromptCache] = WeakKeyDictionary()


def prompt_cache(loaded: Loaded) -> PromptCache:
    """The encodings kept for a pipeline, for as long as the pipeline is kept."""
    if loaded not in _PROMPTS:
        _PROMPTS[loaded] = PromptCache(loaded)
    return _PROMPTS[loaded]


class Run(Generic[Kept]):
    """One execution of cells in their order.

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
    """

    def __init__(
        self,
        cells: tuple[Cell, ...],
        recorder: Recorder[Kept],
        *,
        listener: Listener | None = None,
        run_id: str | None = None,
    ) -> None:
        self.id = run_id or uuid.uuid4().hex
        self.token = CancelToken()
        self.report: RunReport[Kept] = RunReport()
        self._cells = cells
        self._recorder = recorder
        self._listener = listener
        #: LoRA files as they were when the run began.
        self._files: dict[str, LoraFile] = {}
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Stop after the current step; what is done stays, and running again makes the rest."""
        self.token.cancel()

    def execute(self) -> RunReport[Kept]:
        """Make the cells; returns when every image is safe or accounted for.

        Raises
        ------
        ModelError, LoraError
            Before anything is made, when a model or LoRA of the plan cannot be used.
        """
        started = time.perf_counter()
        writes: list[Future[None]] = []
        slots = threading.BoundedSemaphore(WRITE_AHEAD)
        try:
            with self._interruptible(), ThreadPoolExecutor(1, thread_name_prefix="fluxlab-writer") as writer:
                pipelines = self._prepare()
                self._check_keys(pipelines)
                for cell in self._cells:
                    if self.token.cancelled or self.report.errors:
                        self.report.left.append(cell.key)
                        continue
                    self._make(cell, pipelines[cell.recipe.model], writer, slots, writes)
                for write in writes:
                    write.result()
        finally:
            self.report.seconds = time.perf_counter() - started
        return self.report

    def _prepare(self) -> dict[str, Loaded]:
        """Load every model and LoRA, then encode every prompt."""
        pipelines: dict[str, Loaded] = {}
        for cell in self._cells:
            loaded = pipelines.setdefault(cell.recipe.model, load(cell.recipe.model))
            with loaded.lock:
                for use in cell.recipe.loras:
                    if use.name not in self._files:
                        self._files[use.name] = find_lora(use.name)
                    if use.strength != 0:
                        load_adapter(loaded.pipe, self._files[use.name])
        for model, loaded in pipelines.items():
            with loaded.lock, suppress(Exception):  # a prompt that cannot be encoded fails its own cells, later
                set_loras(loaded.pipe, (), {})
                prompt_cache(loaded).prepare(cell.recipe for cell in self._cells if cell.recipe.model == model)
        return pipelines

    def _check_keys(self, pipelines: Mapping[str, Loaded]) -> None:
        """What is in memory must be what the keys were made from, or images would be filed under the wrong key."""
        for cell in self._cells:
            spec = pipelines[cell.recipe.model].spec
            files = self._hashes(cell.recipe, pipelines[cell.recipe.model])
            if content_key(effective(cell.recipe, spec), files) != cell.key:
                names = ", ".join([spec.name, *(use.name for use in cell.recipe.loras)])
                raise ModelError(f"a file of '{names}' was changed while the run was being prepared: run it again.")

    def _hashes(self, recipe: Recipe, loaded: Loaded) -> dict[str, str]:
        loras = {f"lora:{use.name}": self._files[use.name].sha256 for use in recipe.loras if use.strength != 0}
        return {"model": loaded.sha256, **loras}

    def _make(
        self,
        cell: Cell,
        loaded: Loaded,
        writer: ThreadPoolExecutor,
        slots: threading.BoundedSemaphore,
        writes: list[Future[None]],
    ) -> None:
        recipe = cell.recipe
        try:
            uid = self._recorder.begin(self._attempt(cell, loaded))
        except CatalogError as error:
            self._stop_for(error, cell.key)
            return
        self._tell(CellStarted(cell.key, recipe))
        try:
            denoised = denoise(
                loaded,
                prompt_cache(loaded),
                recipe,
                self._files,
                token=self.token,
                on_step=lambda step: self._tell(StepDone(cell.key, step, recipe.steps)),
            )
        except Cancelled as cut:
            self.token.cancel()
            self.report.cut = cell.key
            self._tell(CellInterrupted(cell.key, cut.step, self._recorded(self._recorder.interrupt, uid, cut.step)))
            return
        except Exception as error:  # noqa: BLE001  (whatever a cell raises is recorded, and the sweep goes on)
            self._fail(cell.key, uid, error)
            return
        slots.acquire()
        writes.append(writer.submit(self._finish, cell, loaded, uid, denoised, slots))

    def _finish(
        self, cell: Cell, loaded: Loaded, uid: str, denoised: Denoised, slots: threading.BoundedSemaphore
    ) -> None:
        """Decode, write, acknowledge; in the writer's thread."""
        try:
            started = time.perf_counter()
            try:
                image = decode(loaded, denoised.latents, cell.recipe)
            except Exception as error:  # noqa: BLE001  (as in the denoising loop)
                self._fail(cell.key, uid, error)
                return
            timings = {**denoised.timings, "decode": time.perf_counter() - started}
            effective = {**denoised.effective, "width": image.width, "height": image.height}
            try:
                generation = self._recorder.complete(uid, image, effective, timings)
            except CatalogError as error:
                self._stop_for(error, cell.key)
                return
            except Exception as error:  # noqa: BLE001  (as above)
                self._fail(cell.key, uid, error)
                return
            with self._lock:
                self.report.made[cell.key] = generation
            self._tell(CellDone(cell.key, generation))
        finally:
            slots.release()

    def _fail(self, key: str, uid: str, error: Exception) -> None:
        text = str(error) if isinstance(error, FluxlabError) else f"{type(error).__name__}: {error}"
        with self._lock:
            self.report.failed[key] = text
        self._tell(CellFailed(key, text, self._recorded(self._recorder.fail, uid, error)))

    def _recorded(self, write: Callable[..., Kept], uid: str, what: Any) -> Kept | None:
        """Record how an attempt ended; a catalog that fails here ends the run but hides nothing."""
        try:
            return write(uid, what)
        except CatalogError as error:
            with self._lock:
                self.report.errors.append(error)
            return None

    def _stop_for(self, error: CatalogError, key: str) -> None:
        """Go no further: images that cannot be kept are not worth their time."""
        with self._lock:
            self.report.errors.append(error)
            self.report.failed[key] = str(error)
        self._tell(CellFailed(key, str(error), None))

    def _attempt(self, cell: Cell, loaded: Loaded) -> Attempt:
        spec = loaded.spec
        return Attempt(
            recipe=cell.recipe,
            key=cell.key,
            files=self._hashes(cell.recipe, loaded),
            environment=environment(str(loaded.pipe.device)),
            pipeline={
                "model": spec.name,
                "class": type(loaded.pipe).__name__,
                **loaded.origin,
                "loras": {use.name: {"source": self._files[use.name].source} for use in cell.recipe.loras},
            },
            mode="exact",
            run=self.id,
            coords=cell.coords or None,
        )

    def _tell(self, event: Event) -> None:
        if self._listener is not None:
            with suppress(Exception):  # a listener that fails must not take images with it
                self._listener(event)

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
