"""A studio: cells of a real catalog, with small pictures painted from their coordinates."""

import itertools
import os
import zlib

import numpy as np
import pytest
from PIL import Image

from fluxlab.catalog import Catalog, Draft, pixel_hash
from fluxlab.grid import Grid, GridCell
from fluxlab.recipe import Recipe, content_key

BASE = {"prompt": "a cat", "seed": 1, "steps": 4, "guidance": 3.5, "width": 32, "height": 32, "max_sequence_length": 64}


def painted(recipe, side=None):
    """A picture that every parameter changes: a gradient whose colour, contrast and noise follow the recipe."""
    width, height = (side, side) if side else (recipe.width, recipe.height)
    ink = sum(use.strength for use in recipe.loras)
    x = np.linspace(0, 1, width)[None, :, None] * np.array([1.0, 0.6, 0.2]) + np.zeros((height, 1, 1))
    x = x * (1 - 0.5 * ink) + 0.02 * (recipe.guidance or 0) + 0.1 * (zlib.crc32(recipe.prompt.encode()) % 97) / 97
    noise = np.random.default_rng(recipe.seed).normal(0, 0.2 / recipe.steps, x.shape)
    return Image.fromarray((np.clip(x + noise, 0, 1) * 255).astype(np.uint8))


class Studio:
    """Makes cells and grids."""

    def __init__(self, catalog):
        self.catalog = catalog
        #: The same cell is asked for by many tests.
        self.made = {}

    def cell(self, index, coords, *, status="ok", image=None, cached=False, key=None, error="out of memory", **values):
        loras = {axis.removeprefix("lora:"): v for axis, v in coords.items() if axis.startswith("lora:")}
        known = {name: v for name, v in coords.items() if name in Recipe.fields()}
        recipe = Recipe(**{**BASE, **known, **({"loras": loras} if loras else {}), **values})
        key = key or content_key(recipe, {"model": "0" * 64})
        if status == "waiting":
            return GridCell(index, coords, None, status, cached=False, key=key)
        pipeline = {
            "model": "nano",
            "class": "FluxPipeline",
            "source": "package:fluxlab/models/nano",
            "dtype": "float32",
        }
        picture = (image or painted(recipe)) if status == "ok" else None
        made_before = (key, status, error, picture and pixel_hash(picture))
        if made_before not in self.made:
            draft = Draft(recipe, key, {"model": "0" * 64}, {"torch": "2"}, pipeline, coords=coords)
            with pytest.MonkeyPatch.context() as patch:
                # That nothing is lost in a power cut is shown elsewhere.
                patch.setattr(os, "fsync", lambda _: None)
                self.made[made_before] = self.record(self.catalog.begin(draft), recipe, status, error, picture)
        made = self.made[made_before]
        return GridCell(index, coords, made, made.status, cached, key)

    def record(self, uid, recipe, status, error, picture):
        if status == "failed":
            return self.catalog.fail(uid, RuntimeError(error))
        if status == "interrupted":
            return self.catalog.interrupt(uid, 3)
        effective = {"steps": recipe.steps, "width": picture.width, "height": picture.height}
        effective["guidance"] = recipe.guidance
        return self.catalog.complete(
            uid, picture, effective, {"encode": 0.01, "denoise": 0.1 * recipe.steps, "decode": 0.02}
        )

    def grid(self, axes, special=None, every=None, paint=None, keep=None, **options):
        """The product of the axes.

        ``special`` maps an index to options of its cell, ``every`` has those of all, ``paint`` turns coords into a
        picture, ``keep`` is a predicate over coords.
        """
        cells = []
        for index, values in enumerate(itertools.product(*axes.values())):
            coords = dict(zip(axes, values, strict=True))
            if keep is None or keep(coords):
                image = {"image": paint(coords)} if paint else {}
                cells.append(self.cell(index, coords, **{**image, **(every or {}), **(special or {}).get(index, {})}))
        return Grid(axes, tuple(cells), **options)


@pytest.fixture(scope="session")
def studio(tmp_path_factory):
    with Catalog(tmp_path_factory.mktemp("studio") / "catalog") as catalog:
        yield Studio(catalog)


@pytest.fixture
def flat():
    """A picture of one colour."""
    return lambda colour, size=(32, 32): Image.new("RGB", size, colour)
