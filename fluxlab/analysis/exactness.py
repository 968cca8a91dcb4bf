"""Lossy images beside their exact ones: the distance is measured and kept as scores of the catalog."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from fluxlab.analysis import distance_between
from fluxlab.analysis.fidelity import VERSION, mean_difference, psnr
from fluxlab.catalog import Catalog, Generation
from fluxlab.errors import CatalogError, FluxlabError
from fluxlab.levers import exact_values, lossy_levers
from fluxlab.recipe import Recipe

#: Scores of a lossy image: mean absolute difference (0 to 255), PSNR in dB (none for equal pixels), and the perceptual
#: distance of `fluxlab.analysis.distance`.
METRICS = ("exact.mad", "exact.psnr", "exact.distance")


def exact_recipe(recipe: Recipe) -> Recipe:
    """The same recipe with every lossy lever unset."""
    return Recipe(**exact_values(recipe.values()))


def is_lossy(generation: Generation) -> bool:
    """Whether a generation of fluxlab's own was made with a lossy lever."""
    try:
        return generation.imported is None and bool(lossy_levers(generation.recipe.values()))
    except CatalogError:
        return False  # a row that somebody changed


def known_distances(catalog: Catalog, generations: Iterable[Generation]) -> dict[str, dict[str, float]]:
    """The distances that the catalog has, by uid and metric; lossy images that were not measured are left out."""
    uids = [made.uid for made in generations if is_lossy(made)]
    found: dict[str, dict[str, float]] = {}
    for metric in METRICS if uids else ():
        for uid, value in catalog.scores(uids, metric, version=VERSION).items():
            found.setdefault(uid, {})[metric] = value
    return found


def measure_distances(
    catalog: Catalog, generations: Iterable[Generation], key: Callable[[Recipe], str]
) -> dict[str, dict[str, float]]:
    """The distances of lossy images whose exact ones the catalog has: measured and kept where they are not known yet.

    Parameters
    ----------
    catalog
        Where the exact images are, and the scores go.
    generations
        Any; those that are not lossy, or have no image, are passed over.
    key
        The content key of a recipe.

    Returns
    -------
    dict
        By uid and metric.
    """
    lossy = {made.uid: made for made in generations if is_lossy(made) and made.pixel_hash is not None}
    found = known_distances(catalog, lossy.values())
    keys: dict[str, str] = {}
    for uid, made in lossy.items():
        if uid not in found:
            try:
                keys[uid] = key(exact_recipe(made.recipe))
            except FluxlabError:
                continue  # its model or a LoRA is not here any more, so its exact image cannot be told
    partners = catalog.find(keys.values(), mode="exact") if keys else {}
    fresh: dict[str, dict[str, float]] = {}
    for uid, wanted in keys.items():
        if wanted in partners:
            try:
                fresh[uid] = distances(lossy[uid], partners[wanted])
            except CatalogError:
                continue  # one of the two files is gone
    for metric in METRICS if fresh and not catalog.read_only else ():
        catalog.score_all(metric, {uid: told[metric] for uid, told in fresh.items() if metric in told}, version=VERSION)
    return {**found, **fresh}


def distances(lossy: Generation, exact: Generation) -> dict[str, float]:
    """Every metric for one pair; PSNR is left out where the pixels are the same, because it is infinite."""
    image, other = lossy.image, exact.image
    told = {
        "exact.mad": mean_difference(image, other),
        "exact.psnr": psnr(image, other),
        "exact.distance": distance_between(lossy, exact),
    }
    return {metric: value for metric, value in told.items() if math.isfinite(value)}
