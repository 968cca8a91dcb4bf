"""The progress bar of what takes longer than two seconds, with the time left, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


def bar(items: Iterable[T], /, what: str, total: int) -> Iterable[T]:
    """The items, with a bar that shows once they have taken two seconds."""
    from tqdm import tqdm

    return tqdm(items, desc=what, total=total, delay=2, dynamic_ncols=True, leave=False)


@contextmanager
def counter(what: str) -> Iterator[Callable[[int, int], None]]:
    """A function that is told how many of how many are done, and shows it once two seconds have passed."""
    from tqdm import tqdm

    with tqdm(desc=what, delay=2, dynamic_ncols=True, leave=False) as shown:

        def told(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield told
