"""The progress bar of what takes longer than two seconds, with the time left, on stderr."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def bar(items: Iterable[T], /, what: str, total: int) -> Iterable[T]:
    """The items, with a bar that shows once they have taken two seconds."""
    from tqdm import tqdm

    return tqdm(items, desc=what, total=total, delay=2, dynamic_ncols=True, leave=False)
