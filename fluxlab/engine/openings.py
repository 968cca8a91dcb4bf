"""Openings: images of one run that begin with the very same calls of the transformer make these calls once.

Whatever its number of steps and its sampler, an image begins at pure noise, so that its first step asks the transformer
for the same velocity. Only what is done with it differs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fluxlab.models import effective, get_spec
from fluxlab.models.levers import guidance_steps

if TYPE_CHECKING:
    import torch

    from fluxlab.recipe import Recipe

#: Openings held at most: two tensors of half a megabyte for each call at 1024 x 1024 pixels.
HELD = 64
#: What tells the calls of one place apart, should they be others than expected: noise, its level, guidance.
_TOLD = ("hidden_states", "timestep", "guidance")
_Place = tuple[str, float | None]


@dataclass(frozen=True)
class _Call:
    """One call of a first step, and its answer, shape (1, tokens, channels)."""

    given: tuple[torch.Tensor | None, ...]
    answer: torch.Tensor

    def is_with(self, given: tuple[torch.Tensor | None, ...]) -> bool:
        import torch

        return all(
            one is other is None or (one is not None and other is not None and torch.equal(one, other))
            for one, other in zip(given, self.given, strict=True)
        )


class Opening:
    """The first step of one image: what an earlier one has asked already is answered with what came out then.

    Attributes
    ----------
    shared
        Calls that were answered so.
    """

    def __init__(self, known: list[_Call], *, keep: bool) -> None:
        self.shared = 0
        self._known = tuple(known)
        self._kept = known if keep else []
        self._open = True

    def close(self) -> None:
        """The first step is done."""
        self._open = False

    @contextmanager
    def of(self, transformer: Any) -> Iterator[None]:
        """Answer inside the block; hooks see every call."""
        own = vars(transformer).get("forward")
        forward = transformer.forward
        number = 0

        def answer(*args: Any, **kwargs: Any) -> Any:
            nonlocal number
            if not self._open or kwargs.get("return_dict") is not False:
                return forward(*args, **kwargs)
            place, number = number, number + 1
            given = tuple(kwargs.get(name) for name in _TOLD)
            if place < len(self._known) and self._known[place].is_with(given):
                self.shared += 1
                return (self._known[place].answer.clone(),)
            made = forward(*args, **kwargs)
            if place == len(self._kept):
                self._kept.append(
                    _Call(tuple(each if each is None else each.clone() for each in given), made[0].clone())
                )
            return made

        transformer.forward = answer
        try:
            yield
        finally:
            del transformer.forward
            if own is not None:
                transformer.forward = own


class Openings:
    """The openings of one run.

    Parameters
    ----------
    recipes
        What will be made, in this order.
    """

    def __init__(self, recipes: Sequence[Recipe]) -> None:
        self._places = [_place(recipe) for recipe in recipes]
        self._coming = Counter(place for place in self._places if place is not None)
        self._held: dict[_Place, list[_Call]] = {}

    def opening(self, number: int) -> Opening | None:
        """The opening of the image with this number; ``None`` where it shares nothing."""
        place = self._places[number]
        if place is None:
            return None
        self._coming[place] -= 1
        if not self._coming[place]:
            held = self._held.pop(place, None)
            return None if held is None else Opening(held, keep=False)
        if place not in self._held and len(self._held) < HELD:
            self._held[place] = []
        held = self._held.get(place)
        return None if held is None else Opening(held, keep=True)


def _place(recipe: Recipe) -> _Place | None:
    """What the first calls of an image depend on.

    A step cache has a state of its own from call to call, and a compiled model is timed by what it compiles.
    """
    if recipe.step_cache is not None or recipe.compile:
        return None
    spec = get_spec(recipe.model)
    values = guidance_steps(recipe, spec)
    # Of the samplers those that begin at another level of noise are told apart by the call itself.
    later = {"steps": 1, "scheduler": "euler", "guidance": None, "guidance_schedule": None}
    like = effective(recipe, spec).replace(**later, true_cfg_scale=2 if recipe.true_cfg_scale > 1 else 1)
    return like.canonical_json(), None if values is None else values[0]
