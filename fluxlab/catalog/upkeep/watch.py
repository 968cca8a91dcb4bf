"""How far long work has come: whoever calls may wrap what is gone through, as ``tqdm`` does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Watch(Protocol):
    """Yields the items it is given, and may show how many have passed."""

    def __call__(self, items: Iterable[T], /, what: str, total: int) -> Iterable[T]:
        """The same items.

        Parameters
        ----------
        items
            What is gone through.
        what
            What happens to them, in a word or two.
        total
            How many there are.
        """


def unwatched(items: Iterable[T], /, what: str, total: int) -> Iterable[T]:  # noqa: ARG001  (the shape of a `Watch`)
    """The items, with nothing shown."""
    return items
