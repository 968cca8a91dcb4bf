"""How many rows a batch may have: measured as it goes, and less after memory ran out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

#: Beyond these a batch gains nothing: a GPU is busy long before, and a CPU's caches overflow.
ROWS_MAX = {"cuda": 32, "cpu": 16}
#: Of larger images a CPU takes fewer: nothing tells there what a row takes before the host's memory has run out.
SMALL_PIXELS, LARGE_ROWS_ON_CPU = 256 * 256, 8
#: Share of the free memory that a batch may take; the rest is for decoding and for what fragments.
SHARE = 0.8


class BatchSize:
    """The rows that a batch may have now.

    On a GPU the first batches are small; each tells what a row takes, until the free memory is used. Memory that ran
    out makes the batches smaller for good.

    Parameters
    ----------
    device
        Where the transformer works.
    pixels
        Of an image, width x height.
    """

    def __init__(self, device: torch.device, pixels: int) -> None:
        self._device = device
        self._on_cuda = self._device.type == "cuda"
        self._most = ROWS_MAX.get(self._device.type, ROWS_MAX["cpu"])
        if not self._on_cuda and pixels > SMALL_PIXELS:
            self._most = min(self._most, LARGE_ROWS_ON_CPU)
        #: A first batch of two shows what one more row takes.
        self.rows = min(2, self._most) if self._on_cuda else self._most

    def shrink(self, rows: int) -> None:
        """Memory ran out with so many rows."""
        import torch

        self._most = self.rows = max(1, rows // 2)
        if self._on_cuda:
            torch.cuda.empty_cache()

    @contextmanager
    def watched(self, rows: int) -> Iterator[None]:
        """Around one call of the transformer: on a GPU its peak says how many more rows there is room for."""
        if not self._on_cuda:
            yield
            return
        import torch

        torch.cuda.reset_peak_memory_stats(self._device)
        before = torch.cuda.memory_allocated(self._device)
        yield
        peak = torch.cuda.max_memory_allocated(self._device) - before
        free, _ = torch.cuda.mem_get_info(self._device)
        idle = torch.cuda.memory_reserved(self._device) - torch.cuda.memory_allocated(self._device)
        self.rows = allowed(peak, rows, free + idle, self._most)


def allowed(peak: int, rows: int, free: int, most: int) -> int:
    """Rows that fit into the free memory.

    Parameters
    ----------
    peak
        Bytes that a batch took at its highest.
    rows
        Its rows.
    free
        Bytes that are free between two batches.
    most
        The upper limit.
    """
    each = max(1, peak // rows)
    return max(1, min(most, int(free * SHARE) // each))
