"""Small pictures that were made before, up to a limit of bytes."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

#: Some hundred pictures of a screen or two: whoever scrolls back sees them at once, and browsers keep the rest.
BYTES_MAX = 16 * 2**20


class Thumbnails:
    """The pictures that were asked for last.

    Parameters
    ----------
    most
        Bytes that they take together.
    """

    def __init__(self, most: int = BYTES_MAX) -> None:
        self._most = most
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    @property
    def size(self) -> int:
        """Bytes that are kept now."""
        return self._size

    def get(self, sha256: str, side: int) -> bytes | None:
        """A picture that is kept, or ``None``."""
        with self._lock:
            data = self._kept.get((sha256, side))
            if data is not None:
                self._kept.move_to_end((sha256, side))
            return data

    def put(self, sha256: str, side: int, data: bytes) -> None:
        """Keep a picture; those that nobody asked for the longest go."""
        with self._lock:
            self._size -= len(self._kept.pop((sha256, side), b""))
            self._kept[sha256, side] = data
            self._size += len(data)
            while self._size > self._most:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone)
