"""Does a picture show what its prompt says? Matching against every sprite at every size and place.

The judge knows how the world is drawn, so it needs no model: the background is the nearest of the twelve colours along
the border, and objects are found by matching pursuit, each time taking the sprite that explains most of what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812  (the name that torch's own documentation uses)

from fluxlab.train import world

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRIDE = 8
#: Matching is done on pictures of half the size, which tell the sprites apart as well and cost a sixteenth.
HALF = 2
#: A found object must explain at least this share of what differs from the background inside its box.
MINIMUM_EXPLAINED = 0.4


@dataclass(frozen=True)
class Found:
    """An object that the judge sees, with the corner of its box and the share of the difference it explains."""

    name: str
    size: str
    x: int
    y: int
    explained: float


def background(image: NDArray[np.float32]) -> str:
    """The background colour nearest to the picture's border, from RGB in [0, 1] of shape (128, 128, 3)."""
    sides = (image[:3], image[-3:], image[:, :3], image[:, -3:])
    middle = np.median(np.concatenate([side.reshape(-1, 3) for side in sides]), axis=0)
    distances = {
        name: float(np.sum((middle - np.asarray(rgb) / 255.0) ** 2)) for name, rgb in world.BACKGROUNDS.items()
    }
    return min(distances, key=distances.__getitem__)


def objects(image: NDArray[np.float32], colour: str, count: int) -> list[Found]:
    """The ``count`` sprites that explain the picture best, strongest first.

    Parameters
    ----------
    image
        RGB in [0, 1], shape (128, 128, 3).
    colour
        The background to match against.
    count
        How many to look for; fewer come back where nothing more is explained.
    """
    base = world.backdrop(colour)
    flat = base.mean(axis=(0, 1))
    left = F.avg_pool2d(torch.from_numpy(image - base).permute(2, 0, 1)[None].float(), HALF)
    found: list[Found] = []
    for _ in range(count):
        best: tuple[float, str, str, int, int] = (0.0, "", "", 0, 0)
        for size in world.SIZES:
            sprites = np.stack([world.sprites()[name, size] for name in world.NAMES])
            wanted = torch.from_numpy(sprites[..., :3] - sprites[..., 3:] * flat).permute(0, 3, 1, 2).float()
            wanted = F.avg_pool2d(wanted, HALF)
            gain = 2 * F.conv2d(left, wanted, stride=STRIDE // HALF)[0] - wanted.pow(2).sum((1, 2, 3))[:, None, None]
            top = int(gain.argmax())
            down, across = gain.shape[1:]
            value = float(gain.flatten()[top])
            if value > best[0]:
                name = world.NAMES[top // (down * across)]
                best = (value, name, size, top % across * STRIDE, top // across % down * STRIDE)
        value, name, size, x, y = best
        if not name:
            break
        rows, columns = (slice(at // HALF, (at + world.SIZES[size]) // HALF) for at in (y, x))
        region = left[0, :, rows, columns]
        share = value / max(1e-6, float(region.pow(2).sum()))
        if share < MINIMUM_EXPLAINED:
            break
        found.append(Found(name, size, x, y, share))
        sprite = world.sprites()[name, size]
        # What the object covers is explained, well or badly, and must not be found a second time.
        region *= F.avg_pool2d(torch.from_numpy(sprite[..., 3] <= 0.05).float()[None], HALF)[0]
    return found


@dataclass(frozen=True)
class Verdict:
    """What the judge says of one picture."""

    background: bool
    objects: tuple[bool, ...]
    relation: bool | None


def judge(image: NDArray[np.float32], scene: world.Scene) -> Verdict:
    """Compare a picture with the scene that its prompt describes.

    Parameters
    ----------
    image
        RGB in [0, 1], shape (128, 128, 3).
    scene
        Its prompt and what that states; the relation counts where the prompt gives one.
    """
    colour = background(image)
    wanted = [thing.name for thing in scene.things]
    found = objects(image, colour, len(wanted))
    names = [f.name for f in found]
    hits = tuple(name in names for name in wanted)
    relation: bool | None = None
    if len(wanted) == 2 and scene.said[2] in {"left", "top"}:
        relation = False
        if all(hits):
            first, second = (found[names.index(name)] for name in wanted)
            relation = first.x < second.x if scene.said[2] == "left" else first.y < second.y
    said_colour = scene.said[-1]
    return Verdict(said_colour is None or colour == said_colour, hits, relation)
