"""`Ledger`: what becomes of each cell of a run, for the recorder and the listener; images are written meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self

from fluxlab.engine.decode import Decoded, to_image
from fluxlab.engine.denoise import Denoised
from fluxlab.engine.events import CellDone, CellFailed, CellInterrupted, CellPreview, CellStarted, Event, StepDone
from fluxlab.engine.recorder import Attempt, Kept, Recorder
from fluxlab.errors import CatalogError, told

if TYPE_CHECKING:
    from PIL import Image

    from fluxlab.models import Loaded
    from fluxlab.sweep import Cell

#: Images that may wait to be written before denoising waits for them: what lands at once from two batches.
WRITE_AHEAD = 16
Listener = Callable[[Event], None]


@dataclass
class RunReport(Generic[Kept]):
    """How a run ended.

    Attributes
    ----------
    made, failed
        What the recorder kept, and error sentences, by content key.
    cut
        Keys of the cells that cancelling cut short.
    left
        Keys that were not begun, because the run was cancelled or the catalog failed.
    errors
        Why the catalog could take no more images, where that ended the run; each may carry an image not taken.
    seconds
        Wall clock of the run.
    """

    made: dict[str, Kept] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    left: list[str] = field(default_factory=list)
    errors: list[CatalogError] = field(default_factory=list)
    seconds: float = 0.0


class Ledger(Generic[Kept]):
    """Keeps the report of a run; entered, it has a thread that writes beside a GPU, and leaving waits for it.

    Parameters
    ----------
    recorder
        Where every attempt is recorded.
    attempt
        What is known of a cell before it is made in a mode.
    listener
        Gets the events.
    """

    def __init__(
        self,
        recorder: Recorder[Kept],
        attempt: Callable[[Cell, Loaded, str], Attempt],
        listener: Listener | None,
    ) -> None:
        self.report: RunReport[Kept] = RunReport()
        self._recorder = recorder
        self._attempt = attempt
        self._listener = listener
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(WRITE_AHEAD)
        self._writes: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="fluxlab-writer")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.shutdown()
        if kind is None:
            for write in self._writes:
                write.result()

    @property
    def stopped(self) -> bool:
        """Whether the catalog takes no more, so that images are not worth their time."""
        return bool(self.report.errors)

    def begin(self, cell: Cell, loaded: Loaded, mode: str) -> str | None:
        """Record that a cell is about to be made; its uid, or ``None`` where the catalog fails, which ends the run."""
        try:
            uid = self._recorder.begin(self._attempt(cell, loaded, mode))
        except CatalogError as error:
            self._stop_for(error, cell.key)
            return None
        self._tell(CellStarted(cell.key, cell.recipe))
        return uid

    def step(self, cell: Cell, step: int) -> None:
        """Tell that ``step`` steps of a cell are done."""
        self._tell(StepDone(cell.key, step, cell.recipe.steps))

    def preview(self, cell: Cell, step: int, image: Image.Image) -> None:
        """Show what a cell is heading for."""
        self._tell(CellPreview(cell.key, step, image))

    def finish(self, cell: Cell, loaded: Loaded, uid: str, denoised: Denoised, decoded: Decoded) -> None:
        """Hand pixels over to be kept; waits while too many images wait.

        On a CPU they are kept at once: every core works on the next image as soon as it begins, and a thread that takes
        one of them away holds all the others up.
        """
        self._slots.acquire()
        if loaded.plan.device == "cpu":
            self._finish(cell, loaded, uid, denoised, decoded)
            return
        self._writes.append(self._writer.submit(self._finish, cell, loaded, uid, denoised, decoded))

    def fail(self, key: str, uid: str, error: Exception) -> None:
        """Record why a cell has no image."""
        text = told(error)
        with self._lock:
            self.report.failed[key] = text
        self._tell(CellFailed(key, text, self._recorded(self._recorder.fail, uid, error)))

    def cut(self, key: str, uid: str, step: int) -> None:
        """Record that a cell was cut short after so many steps."""
        self.report.cut.add(key)
        self._tell(CellInterrupted(key, step, self._recorded(self._recorder.interrupt, uid, step)))

    def _finish(self, cell: Cell, loaded: Loaded, uid: str, denoised: Denoised, decoded: Decoded) -> None:
        """Write and acknowledge."""
        try:
            try:
                image = to_image(loaded, decoded)
                timings = {**denoised.timings, "decode": decoded.seconds}
                effective = {**denoised.effective, "width": image.width, "height": image.height}
                seconds = {name: float(value) for name, value in timings.items()}
                generation = self._recorder.complete(uid, image, effective, seconds)
            except CatalogError as error:
                self._stop_for(error, cell.key)
                return
            except Exception as error:  # noqa: BLE001  (whatever a cell raises is recorded, and the sweep goes on)
                self.fail(cell.key, uid, error)
                return
            with self._lock:
                self.report.made[cell.key] = generation
            self._tell(CellDone(cell.key, generation))
        finally:
            self._slots.release()

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

    def _tell(self, event: Event) -> None:
        if self._listener is not None:
            with suppress(Exception):  # a listener that fails must not take images with it
                self._listener(event)
