"""Drafts and pictures to record; every one differs, and all are small unless asked otherwise."""

from __future__ import annotations

import random

from PIL import Image

from fluxlab.catalog import Draft
from fluxlab.recipe import Recipe

_SIDE = 16


def draft(seed: int = 1, *, side: int = _SIDE, prompt: str = "a fox in the snow") -> Draft:
    """A draft with the facts that a real one has."""
    recipe = Recipe(prompt=prompt, seed=seed, steps=4, width=side, height=side, max_sequence_length=64)
    return Draft(
        recipe=recipe,
        key=f"key-{seed}",
        files={"model": "ab" * 32},
        environment={"torch": "2.6", "device": "cpu"},
        pipeline={"model": "nano", "class": "FluxPipeline", "dtype": "float32"},
        coords={"seed": seed},
    )


def picture(chance: random.Random, side: int = _SIDE) -> Image.Image:
    """Noise, so that no two pictures share a file."""
    return Image.frombytes("RGB", (side, side), chance.randbytes(3 * side * side))


def gradient(number: int, side: int) -> Image.Image:
    """A smooth picture without noise, which a PNG encoder spends its usual time on."""
    across = Image.linear_gradient("L").resize((side, side), Image.Resampling.BICUBIC)
    around = Image.radial_gradient("L").resize((side, side), Image.Resampling.BICUBIC).rotate(number % 360)
    return Image.merge("RGB", (across, around, across.rotate(90 + number % 90)))
