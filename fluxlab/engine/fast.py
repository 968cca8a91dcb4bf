"""Fast mode: cells of one size share batches, whatever else they differ in; finished cells leave and waiting ones join.

Every cell keeps its own noise, sampler, noise level, guidance and LoRA strengths, so that nothing but the batch itself
tells it from a lone call: the last bits of a matrix product depend on the number of rows. The idea of cells that join
and leave between steps is known from serving language models as continuous batching (Orca, OSDI 2022).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fluxlab.engine.attention import attention_backend
from fluxlab.engine.batch_size import BatchSize
from fluxlab.engine.cancel import CancelToken
from fluxlab.engine.compiled import compiled_blocks
from fluxlab.engine.decode import decode, decode_many
from fluxlab.engine.flight import Flight, image_ids, take_off
from fluxlab.engine.ledger import Ledger
from fluxlab.engine.preview import BatchPreviews, can_preview
from fluxlab.engine.prompts import PromptCache
from fluxlab.engine.shortage import explained, is_out_of_memory
from fluxlab.engine.stopwatch import Stopwatch
from fluxlab.engine.wear import Rows, Wear, put_on
from fluxlab.models.levers import guidance_steps
from fluxlab.models.quantization import quantization_of

if TYPE_CHECKING:
    import torch

    from fluxlab.models import Loaded, LoraFile
    from fluxlab.sweep import Cell


#: Cells that wait to be decoded, where decoding sends the transformer away.
WAITING_MAX = 32


def together(cell: Cell) -> tuple[object, ...] | None:
    """What cells must have in common to share a batch; ``None`` for a cell that must be alone.

    Image and text tokens stand in one sequence without a mask, so their numbers must agree. A step cache decides for
    the whole batch at once whether to compute, so that its cells would depend on their neighbours; and the LoRAs of a
    compiled model have one strength at a time.
    """
    recipe = cell.recipe
    if recipe.step_cache is not None or (recipe.compile and _worn(cell)):
        return None
    return (
        recipe.model, recipe.quantization, recipe.attention, recipe.compile, recipe.width, recipe.height,
        recipe.max_sequence_length,
    )  # fmt: skip


def _worn(cell: Cell) -> list[str]:
    return [use.name for use in cell.recipe.loras if use.acts]


class Fleet:
    """The cells of one group, on their way in batches.

    Parameters
    ----------
    loaded
        The pipeline.
    prompts
        Its encodings.
    files
        LoRA files by name, as they were when the run began.
    ledger
        Told of every cell.
    token
        Looked at after every step.
    previews
        Whether to show what the cells are heading for.
    """

    def __init__(
        self,
        loaded: Loaded,
        prompts: PromptCache,
        files: Mapping[str, LoraFile],
        ledger: Ledger[Any],
        token: CancelToken,
        *,
        previews: bool = False,
    ) -> None:
        import torch

        self._loaded = loaded
        self._prompts = prompts
        self._files = files
        self._ledger = ledger
        self._token = token
        self._device = torch.device(loaded.plan.device)
        self._rows = Rows(loaded.pipe)
        self._size: BatchSize
        self._previews = BatchPreviews(loaded, ledger.preview) if previews and can_preview(loaded.plan) else None
        self._wears: dict[tuple[str, ...], Wear] = {}
        self._aboard: list[Flight] = []
        #: Done but not decoded.
        self._landed: list[Flight] = []

    def fly(self, cells: Sequence[Cell]) -> list[Cell]:
        """Make the cells; returns those that were not begun, because the run was cancelled or the catalog failed."""
        self._size = BatchSize(self._device, cells[0].recipe.width * cells[0].recipe.height)
        # By LoRAs, because a batch computes each of its LoRAs for all of its rows; then the longest first, so that the
        # last batches are as full as the first.
        waiting = deque(sorted(cells, key=lambda cell: (_worn(cell), -cell.recipe.steps)))
        try:
            while self._aboard or (waiting and not self._token.paused):
                if self._token.cancelled or self._ledger.stopped:
                    break
                # Other labs of this process have their turn between two stretches.
                with self._loaded.lock:
                    self._board(waiting)
                    if self._aboard:
                        self._stretch(self._first())
                self._land()
            self._decode(self._landed)
        except KeyboardInterrupt:
            self._token.cancel()
        finally:
            for flight in (*self._aboard, *self._landed):
                self._ledger.cut(flight.cell.key, flight.uid, flight.step)
        return list(waiting)

    def _board(self, waiting: deque[Cell]) -> None:
        """Let waiting cells join while there is room."""
        while waiting and not self._token.paused and sum(flight.rows for flight in self._aboard) < self._size.rows:
            cell = waiting.popleft()
            uid = self._ledger.begin(cell, self._loaded, "fast")
            if uid is None:
                return
            try:
                self._aboard.append(self._ready(cell, uid))
            except Exception as error:  # noqa: BLE001  (whatever a cell raises is recorded, and the sweep goes on)
                self._ledger.fail(cell.key, uid, explained(error, self._loaded.plan))

    def _ready(self, cell: Cell, uid: str) -> Flight:
        import torch

        recipe, pipe = cell.recipe, self._loaded.pipe
        with self._loaded.use(), torch.no_grad():
            named = tuple(use.model_dump_json() for use in recipe.loras)
            wear = self._wears.get(named)
            if wear is None or wear.on_text or not wear.is_on(pipe):
                wear = self._wears[named] = put_on(pipe, recipe.loras, self._files)
            try:
                positive, negative, seconds = self._prompts.encode(recipe)
            finally:
                if wear.on_text:
                    put_on(pipe, (), {})
            latents, scheduler, timesteps = take_off(self._loaded, recipe, positive.prompt.dtype, self._device)
        guidance = guidance_steps(recipe, self._loaded.spec)
        return Flight(cell, uid, latents, scheduler, timesteps, positive, negative, wear, guidance, seconds)

    def _first(self) -> list[Flight]:
        """As many of those aboard as one batch takes: all, unless memory has shrunk."""
        chosen: list[Flight] = []
        for flight in self._aboard:
            if chosen and sum(each.rows for each in chosen) + flight.rows > self._size.rows:
                break
            chosen.append(flight)
        return chosen

    def _stretch(self, flights: Sequence[Flight]) -> None:
        """Steps of one batch until the first of its cells is done; a failure is put on the cell that causes it."""
        try:
            self._steps(flights, min(len(flight.timesteps) - flight.step for flight in flights))
        except Exception as error:  # noqa: BLE001  (as above)
            if is_out_of_memory(error):
                self._size.shrink(sum(flight.rows for flight in flights))
                if len(flights) > 1:
                    explained(error, self._loaded.plan)  # lets go what the failed batch held
                    return
            if len(flights) == 1:
                self._aboard.remove(flights[0])
                self._fail(flights[0], error)
                return
            for flight in flights:
                self._stretch_alone(flight)

    def _stretch_alone(self, flight: Flight) -> None:
        try:
            self._steps([flight], 1)
        except Exception as error:  # noqa: BLE001  (as above)
            self._aboard.remove(flight)
            self._fail(flight, error)

    def _fail(self, flight: Flight, error: Exception) -> None:
        self._ledger.fail(flight.cell.key, flight.uid, explained(error, self._loaded.plan))

    def _steps(self, flights: Sequence[Flight], count: int) -> None:
        with self._loaded.use():
            # Since they came aboard another lab may have sent the model to sleep, or its LoRAs away.
            for flight in flights:
                if not flight.wear.is_on(self._loaded.pipe):
                    flight.wear = put_on(self._loaded.pipe, flight.recipe.loras, self._files)
            self._advance(_Batch(self._loaded, flights), flights, count)

    def _advance(self, batch: _Batch, flights: Sequence[Flight], count: int) -> None:
        import torch

        recipe, transformer = flights[0].recipe, self._loaded.pipe.transformer
        with (
            torch.no_grad(),
            attention_backend(transformer, recipe.attention) as attention,
            compiled_blocks(self._loaded, on=recipe.compile) as compiled,
            self._rows.worn(batch.wears),
        ):
            self._loaded.turn("denoise")
            for _ in range(count):
                watch = Stopwatch(flights[0].latents.device)
                with watch:
                    with self._size.watched(batch.rows):
                        answers = batch.velocity()
                    for flight, answer in zip(flights, answers, strict=True):
                        flight.advance(answer)
                for flight in flights:
                    flight.shares.append((watch, flight.rows / batch.rows))
                    flight.widest = max(flight.widest, len(flights))
                    self._ledger.step(flight.cell, flight.step)
                if self._token.cancelled:
                    break
                if self._previews is not None:
                    self._previews.step_done(flights)
        quantization = quantization_of(transformer)
        for flight in flights:
            flight.quantization = quantization
            flight.attention = attention
            flight.compiled = compiled
            flight.compile_seconds += 0.0 if compiled is None else compiled.seconds * flight.rows / batch.rows

    def _land(self) -> None:
        """Take those whose last step is done out of the batch, and decode them.

        Where the transformer would leave the device for it, they wait for each other: latents are small.
        """
        self._landed += [flight for flight in self._aboard if flight.done]
        self._aboard = [flight for flight in self._aboard if not flight.done]
        if not self._loaded.plan.takes_turns or len(self._landed) >= WAITING_MAX:
            self._decode(self._landed)

    def _decode(self, landed: list[Flight]) -> None:
        """Decode those that have landed, hand them over, and empty the list."""
        if not landed:
            return
        size = landed[0].recipe.width, landed[0].recipe.height
        try:
            with self._loaded.use():
                decoded = list(decode_many(self._loaded, [flight.latents for flight in landed], *size))
        except Exception:  # noqa: BLE001  (one after the other, so that a failure stays with its cell)
            decoded = []
        number = 0
        while landed:
            flight = landed[0]
            try:
                with self._loaded.use():
                    pixels = decoded[number] if decoded else decode(self._loaded, flight.latents, *size)
            except Exception as error:  # noqa: BLE001  (as in boarding)
                self._fail(flight, error)
            else:
                self._ledger.finish(flight.cell, self._loaded, flight.uid, flight.denoised(), pixels)
            landed.pop(0)
            number += 1


class _Batch:
    """What does not change while the same cells fly together.

    Parameters
    ----------
    loaded
        The pipeline.
    flights
        At least one.
    """

    def __init__(self, loaded: Loaded, flights: Sequence[Flight]) -> None:
        import torch

        self._transformer = loaded.pipe.transformer
        self._flights = flights
        self._of_row = [flight for flight in flights for _ in range(flight.rows)]
        encoded = [each for flight in flights for each in (flight.positive, flight.negative) if each is not None]
        self._texts = torch.cat([each.prompt for each in encoded])
        self._pooled = torch.cat([each.pooled for each in encoded])
        first = flights[0].latents
        self._text_ids = torch.zeros(self._texts.shape[1], 3, device=first.device, dtype=first.dtype)
        self._image_ids = image_ids(loaded, flights[0].recipe, first)

    @property
    def rows(self) -> int:
        """Rows of the transformer's input."""
        return len(self._of_row)

    @property
    def wears(self) -> list[Wear]:
        """The LoRAs of each row."""
        return [flight.wear for flight in self._of_row]

    def velocity(self) -> tuple[torch.Tensor, ...]:
        """The transformer's answers for the next step of every flight, each of shape (rows, tokens, channels)."""
        import torch

        hidden = torch.cat([flight.latents for flight in self._of_row])
        levels = torch.stack([flight.timesteps[flight.step] for flight in self._of_row]).to(hidden.dtype)
        answers = self._transformer(
            hidden_states=hidden,
            timestep=levels / 1000,
            guidance=self._guidance(hidden),
            pooled_projections=self._pooled,
            encoder_hidden_states=self._texts,
            txt_ids=self._text_ids,
            img_ids=self._image_ids,
            joint_attention_kwargs={},
            return_dict=False,
        )[0]
        return torch.split(answers, [flight.rows for flight in self._flights])

    def _guidance(self, hidden: torch.Tensor) -> torch.Tensor | None:
        import torch

        if not self._transformer.config.guidance_embeds:
            return None
        # Rounded here and read back here: asking a GPU for the numbers would wait for it in every step.
        guidance = torch.tensor([flight.guidance for flight in self._of_row], dtype=torch.float32)
        for flight, given in zip(self._of_row, guidance.to(hidden.dtype).tolist(), strict=True):
            flight.guidances[flight.step :] = [given]
        return guidance.to(hidden.device)
