"""What the catalog has already: the images of content keys, and what it tells of the seconds that others will take."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fluxlab.catalog import Catalog, Generation
from fluxlab.engine import MODES, Mode
from fluxlab.errors import FluxlabError
from fluxlab.models import Resolver
from fluxlab.recipe import Recipe


def known_images(
    catalog: Catalog, keys: Iterable[str], resolver: Resolver, mode: Mode = "exact"
) -> dict[str, Generation]:
    """The images that need not be made: exact ones, and for a fast run also fast ones.

    Parameters
    ----------
    catalog
        Where to look.
    keys
        Content keys.
    resolver
        Makes the key of a recipe: an image that came from elsewhere must have the recipe of its key.
    mode
        Of the run that asks.
    """
    wanted = list(keys)
    found: dict[str, Generation] = {}
    for kind in MODES if mode == "fast" else ("exact",):
        left = [key for key in wanted if key not in found]
        there = catalog.find(left, mode=kind)
        found |= {key: generation for key, generation in there.items() if _has_key(generation, key, resolver)}
    return found


def known_pace(catalog: Catalog) -> Callable[[Recipe], float | None]:
    """Gives the seconds that a recipe will take, by images of its model and size; ``None`` where there are none."""
    paces: dict[tuple[str, int, int], dict[str, float] | None] = {}

    def seconds(recipe: Recipe) -> float | None:
        of = (recipe.model, recipe.width, recipe.height)
        if of not in paces:
            paces[of] = catalog.seconds(*of)
        pace = paces[of]
        if pace is None:
            return None
        passes = 2 if recipe.true_cfg_scale > 1 else 1
        return pace["per_step"] * recipe.steps * passes + pace["decode"]

    return seconds


def _has_key(generation: Generation, key: str, resolver: Resolver) -> bool:
    try:
        return resolver.key(generation.recipe) == key
    except FluxlabError:
        return False  # its model or a LoRA is not here, so it cannot be what was asked for
