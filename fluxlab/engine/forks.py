"""Forks: images of one run that differ only late share their first steps, and the bits stay those of whole runs."""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from fluxlab.engine.track import begin_at
from fluxlab.models import effective, get_spec
from fluxlab.models.levers import guidance_steps

if TYPE_CHECKING:
    import torch

    from fluxlab.recipe import Recipe

#: Schedulers whose next step depends on the latents alone; the others remember earlier velocities.
FORKABLE = ("euler", "euler-karras", "euler-exponential")
#: Latents held at most: half a megabyte each for 1024 x 1024 pixels.
HELD = 32
_Place = tuple[str, tuple[float, ...]]


@dataclass(frozen=True)
class _Way:
    """What an image shares with others (its recipe without guidance), and the guidance of each of its steps."""

    family: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class _Prefix:
    latents: torch.Tensor
    guidance: tuple[float | None, ...]


class Fork:
    """The track of one image: begins at the latents that an earlier one left, and leaves some for later ones."""

    def __init__(self, forks: Forks, way: _Way, wanted: Iterable[int]) -> None:
        self._forks = forks
        self._way = way
        self._wanted = frozenset(wanted)
        self.start, prefix = forks.longest(way)
        self.latents = None if prefix is None else prefix.latents
        self.guidance: tuple[float | None, ...] = () if prefix is None else prefix.guidance

    def begin(self, scheduler: Any) -> None:
        """See `Track.begin`."""
        if self.start:
            begin_at(scheduler, self.start)

    def step_done(self, done: int, latents: torch.Tensor, guidance: Sequence[float | None]) -> None:
        """See `Track.step_done`."""
        if done in self._wanted:
            self._forks.keep((self._way.family, self._way.values[:done]), _Prefix(latents.clone(), tuple(guidance)))


class Forks:
    """The shared beginnings of one run.

    Parameters
    ----------
    recipes
        What will be made, in this order.
    """

    def __init__(self, recipes: Sequence[Recipe]) -> None:
        self._ways = [_way(recipe) for recipe in recipes]
        self._members: dict[str, list[int]] = {}
        for number, way in enumerate(self._ways):
            if way is not None:
                self._members.setdefault(way.family, []).append(number)
        self._kept: OrderedDict[_Place, _Prefix] = OrderedDict()

    def fork(self, number: int) -> Fork | None:
        """The track of the image with this number; ``None`` where it shares nothing."""
        for place in [place for place in self._kept if not self._needed(place, number)]:
            del self._kept[place]
        way = self._ways[number]
        if way is None:
            return None
        shared = {_shared(way.values, other.values) for other in self._coming(way.family, number + 1)}
        fork = Fork(self, way, {step for step in shared if 0 < step < len(way.values)})
        return fork if fork.start or shared - {0} else None

    def longest(self, way: _Way) -> tuple[int, _Prefix | None]:
        """The longest beginning that is held for an image, and its number of steps."""
        for steps in range(len(way.values) - 1, 0, -1):
            prefix = self._kept.get((way.family, way.values[:steps]))
            if prefix is not None:
                return steps, prefix
        return 0, None

    def keep(self, place: _Place, prefix: _Prefix) -> None:
        """Hold a beginning; the oldest goes where there are too many."""
        self._kept[place] = prefix
        while len(self._kept) > HELD:
            self._kept.popitem(last=False)

    def _coming(self, family: str, number: int) -> Iterator[_Way]:
        """The images of a family from this number on."""
        members = self._members[family]
        for index in members[bisect_left(members, number) :]:
            way = self._ways[index]
            if way is not None:
                yield way

    def _needed(self, place: _Place, number: int) -> bool:
        family, values = place
        return any(way.values[: len(values)] == values for way in self._coming(family, number))


def _way(recipe: Recipe) -> _Way | None:
    spec = get_spec(recipe.model)
    values = guidance_steps(recipe, spec)
    if values is None or recipe.scheduler not in FORKABLE or recipe.step_cache is not None:
        return None
    return _Way(effective(recipe, spec).replace(guidance=None, guidance_schedule=None).canonical_json(), values)


def _shared(one: Sequence[float], other: Sequence[float]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=True)))
