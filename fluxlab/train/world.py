"""The world that nano knows: emoji on coloured backgrounds, with captions in plain English.

Sprites come from Noto Color Emoji (SIL Open Font License 1.1). Everything is placed on a 16-pixel grid, which is the
pitch of one transformer token (8x autoencoder, 2x2 packing), so that a small model can learn exact shapes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANVAS = 128
GRID = 16
FONT_CANDIDATES = (
    "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",
    "/usr/share/fonts/noto/NotoColorEmoji.ttf",
    "/usr/share/fonts/google-noto-emoji/NotoColorEmoji.ttf",
)
#: The bitmap size that Noto Color Emoji carries; FreeType accepts no other.
FONT_SIZE = 109

OBJECTS: dict[str, str] = {
    "cat": "🐱", "dog": "🐶", "fox": "🦊", "panda": "🐼", "frog": "🐸", "pig": "🐷", "penguin": "🐧", "owl": "🦉",
    "chick": "🐤", "butterfly": "🦋", "ladybug": "🐞", "turtle": "🐢", "whale": "🐳", "octopus": "🐙", "crab": "🦀",
    "snail": "🐌", "apple": "🍎", "banana": "🍌", "strawberry": "🍓", "watermelon": "🍉", "pineapple": "🍍",
    "carrot": "🥕", "mushroom": "🍄", "cactus": "🌵", "sunflower": "🌻", "pizza": "🍕", "burger": "🍔", "donut": "🍩",
    "car": "🚗", "rocket": "🚀", "sailboat": "⛵", "balloon": "🎈", "house": "🏠", "umbrella": "☂️", "crown": "👑",
    "star": "⭐", "guitar": "🎸", "robot": "🤖", "ghost": "👻", "snowman": "⛄",
}  # fmt: skip
SYNONYMS: dict[str, tuple[str, ...]] = {
    "dog": ("puppy",), "cat": ("kitten",), "ladybug": ("ladybird",), "donut": ("doughnut",), "burger": ("hamburger",),
    "sailboat": ("boat",), "chick": ("baby chicken",), "pizza": ("slice of pizza",), "mushroom": ("toadstool",),
    "watermelon": ("slice of watermelon",), "guitar": ("electric guitar",), "balloon": ("red balloon",),
    "car": ("red car",), "frog": ("green frog",), "umbrella": ("purple umbrella",), "rocket": ("space rocket",),
}  # fmt: skip
BACKGROUNDS: dict[str, tuple[int, int, int]] = {
    "red": (214, 62, 66), "orange": (245, 148, 52), "yellow": (252, 216, 96), "green": (98, 176, 88),
    "teal": (52, 170, 164), "blue": (92, 156, 232), "navy": (38, 52, 98), "purple": (136, 92, 190),
    "pink": (246, 164, 194), "brown": (132, 94, 68), "gray": (150, 156, 164), "white": (247, 245, 239),
}  # fmt: skip
SIZES: dict[str, int] = {"small": 48, "medium": 64, "large": 96}

Place = Literal["any", "left", "right", "top", "bottom", "center"]
Relation = Literal["left of", "above", "beside"]
NAMES = tuple(OBJECTS)
COLOURS = tuple(BACKGROUNDS)
SIZE_NAMES = tuple(SIZES)
PLACES: tuple[Place, ...] = ("any", "left", "right", "top", "bottom", "center")

#: Never seen together in training: each object with one background, and forty pairs of objects.
HELD_OUT_BACKGROUND: dict[str, str] = {name: COLOURS[(5 * i + 3) % len(COLOURS)] for i, name in enumerate(NAMES)}
HELD_OUT_PAIRS: frozenset[frozenset[str]] = frozenset(
    frozenset((name, NAMES[(i + 7) % len(NAMES)])) for i, name in enumerate(NAMES)
)


@dataclass(frozen=True)
class Thing:
    """One object in a scene: its box is ``size`` pixels square with its corner at (x, y)."""

    name: str
    size: str
    x: int
    y: int


@dataclass(frozen=True)
class Scene:
    """What a picture shows and what its caption says of it.

    ``said`` holds what the caption states, one value a slot: object, size and place of the first and the second
    object (first = left or upper one), and the background; ``None`` where the caption leaves it open.
    """

    things: tuple[Thing, ...]
    background: str
    caption: str
    said: tuple[str | None, ...]

    @property
    def held_out(self) -> bool:
        """Whether any pair in the scene belongs to the composition test."""
        names = frozenset(t.name for t in self.things)
        return names in HELD_OUT_PAIRS or any(HELD_OUT_BACKGROUND[n] == self.background for n in names)


def find_font() -> Path:
    """Locate Noto Color Emoji.

    Raises
    ------
    FileNotFoundError
        When the font is not installed; training needs it, the package does not.
    """
    for candidate in FONT_CANDIDATES:
        if Path(candidate).is_file():
            return Path(candidate)
    raise FileNotFoundError(
        "font 'NotoColorEmoji.ttf' was not found in the usual folders: training nano needs Noto Color Emoji; "
        "install it (Debian: apt-get install fonts-noto-color-emoji)."
    )


@lru_cache(maxsize=1)
def sprites() -> dict[tuple[str, str], NDArray[np.float32]]:
    """Every object at every size: premultiplied RGBA in [0, 1], shape (box, box, 4)."""
    font = ImageFont.truetype(str(find_font()), FONT_SIZE)
    out: dict[tuple[str, str], NDArray[np.float32]] = {}
    for name, glyph in OBJECTS.items():
        sheet = Image.new("RGBA", (180, 180))
        ImageDraw.Draw(sheet).text((20, 20), glyph, font=font, embedded_color=True)
        sheet = sheet.crop(sheet.getbbox())
        for size, box in SIZES.items():
            scale = 0.94 * box / max(sheet.size)
            small = sheet.resize(
                (max(1, round(sheet.width * scale)), max(1, round(sheet.height * scale))), Image.Resampling.LANCZOS
            )
            tile = Image.new("RGBA", (box, box))
            tile.paste(small, ((box - small.width) // 2, (box - small.height) // 2))
            rgba = np.asarray(tile, dtype=np.float32) / 255.0
            out[name, size] = np.concatenate([rgba[..., :3] * rgba[..., 3:], rgba[..., 3:]], axis=-1)
    return out


@lru_cache(maxsize=len(COLOURS))
def backdrop(colour: str) -> NDArray[np.float32]:
    """A background, a little lighter at the top, as RGB in [0, 1], shape (128, 128, 3)."""
    base = np.asarray(BACKGROUNDS[colour], dtype=np.float32) / 255.0
    light = np.linspace(1.0, -1.0, CANVAS, dtype=np.float32)[:, None]
    rows = base + 0.07 * np.where(light > 0, light * (1 - base), light * base)
    return np.repeat(rows[:, None, :], CANVAS, axis=1)


def draw(scene: Scene) -> NDArray[np.float32]:
    """Paint a scene: RGB in [0, 1], shape (128, 128, 3)."""
    image = backdrop(scene.background).copy()
    for thing in scene.things:
        sprite = sprites()[thing.name, thing.size]
        box = sprite.shape[0]
        region = image[thing.y : thing.y + box, thing.x : thing.x + box]
        region *= 1 - sprite[..., 3:]
        region += sprite[..., :3]
    return image


_ONE = (
    "{a} on a {bg} background", "{a} on {bg}", "{a}, {bg} background", "a picture of {a} on a {bg} background",
    "an emoji of {a} in front of a {bg} background", "{a} against a plain {bg} backdrop", "a {bg} background with {a}",
    "a drawing of {a}, {bg} background",
)  # fmt: skip
_ONE_OPEN = ("{a}", "a picture of {a}", "an emoji of {a}", "a drawing of {a}")
_FILLERS = (
    "cute", "beautiful", "little known", "colourful", "simple", "vivid", "bright", "detailed", "lovely", "happy",
    "icon", "sticker", "illustration", "photo", "cartoon", "high quality", "sharp", "clean", "soft light", "minimal",
    "flat design", "glossy", "studio", "please", "really", "very nice", "masterpiece", "sunny", "dreamy", "playful",
    "charming", "8k", "hello", "my favourite", "in the style of a children's book", "poster", "art", "digital art",
    "retro", "modern",
)  # fmt: skip
_SIZE_WORDS = {
    "small": ("small", "tiny", "little"),
    "medium": ("medium-sized", "medium"),
    "large": ("large", "big", "huge"),
}
_PLACE_WORDS: dict[Place, tuple[str, ...]] = {
    "left": ("on the left", "at the left side"), "right": ("on the right", "at the right side"),
    "top": ("at the top",), "bottom": ("at the bottom",), "center": ("in the center", "in the middle"),
    "any": ("",),
}  # fmt: skip


def _article(phrase: str) -> str:
    return ("an " if phrase[0] in "aeiou" else "a ") + phrase


def _noun(rng: random.Random, name: str, size: str | None) -> str:
    word = rng.choice(SYNONYMS[name]) if name in SYNONYMS and rng.random() < 0.15 else name
    phrase = f"{rng.choice(_SIZE_WORDS[size])} {word}" if size else word
    if rng.random() < 0.04:
        phrase = f"{rng.choice(_FILLERS)} {phrase}"
    roll = rng.random()
    return phrase if roll < 0.08 else "the " + phrase if roll < 0.14 else _article(phrase)


def _span(rng: random.Random, box: int, where: str) -> int:
    """A grid position along one axis: ``low``, ``mid``, ``high`` or ``any``."""
    last = (CANVAS - box) // GRID
    low, high = {"low": (0, (last - 1) // 2), "mid": (last // 2, (last + 1) // 2), "high": (last // 2 + 1, last)}.get(
        where, (0, last)
    )
    return GRID * rng.randint(low, max(low, high))


def _place(rng: random.Random, box: int, place: Place) -> tuple[int, int]:
    across = {"left": "low", "right": "high", "any": "any"}.get(place, "mid")
    down = {"top": "low", "bottom": "high", "any": "any"}.get(place, "mid")
    return _span(rng, box, across), _span(rng, box, down)


def _finish(rng: random.Random, caption: str) -> str:
    if rng.random() < 0.12:
        caption = f"{caption}, {rng.choice(_FILLERS)}" if rng.random() < 0.6 else f"{rng.choice(_FILLERS)}, {caption}"
    if rng.random() < 0.15:
        caption = caption[0].upper() + caption[1:]
    return caption + "." if rng.random() < 0.12 else caption


def one(rng: random.Random, name: str, background: str, *, plain: bool = False) -> Scene:
    """A scene of one object; ``plain`` makes its caption name the background and nothing playful."""
    # Where a caption leaves the size open, things are mostly well visible, as a reader would draw them.
    say_size = rng.choice(SIZE_NAMES) if rng.random() < 0.45 else None
    size = say_size or rng.choices(SIZE_NAMES, (1, 2, 2))[0]
    place: Place = rng.choice(PLACES[1:]) if rng.random() < 0.5 and size != "large" else "any"
    if size == "large" and rng.random() < 0.3:
        place = "center"
    x, y = _place(rng, SIZES[size], place)
    said_background = plain or rng.random() < 0.88
    noun = _noun(rng, name, say_size)
    where = rng.choice(_PLACE_WORDS[place])
    if where:
        noun = f"{noun} {where}"
    template = rng.choice(_ONE if said_background else _ONE_OPEN)
    bg = "grey" if background == "gray" and rng.random() < 0.3 else background
    caption = template.format(a=noun, bg=bg).replace("a orange", "an orange")
    return Scene(
        (Thing(name, size, x, y),),
        background,
        caption if plain else _finish(rng, caption),
        (name, say_size, place, None, None, None, background if said_background else None),
    )


def two(rng: random.Random, first: str, second: str, background: str, *, plain: bool = False) -> Scene:
    """A scene of two objects, ``first`` being the left or the upper one."""
    says = [rng.choice(SIZE_NAMES[:2]) if rng.random() < 0.25 else None for _ in range(2)]
    sizes = [said or rng.choices(SIZE_NAMES[:2], (1, 3))[0] for said in says]
    relation: Relation = rng.choice(("left of", "above"))
    vague = not plain and rng.random() < 0.12
    things = []
    level = rng.randint(1, 3) * GRID
    for i, (name, size) in enumerate(zip((first, second), sizes, strict=True)):
        box = SIZES[size]
        along = rng.randint(0, (64 - box) // GRID) * GRID + 64 * i
        across = min(CANVAS - box, level + rng.choice((0, 0, GRID)))
        x, y = (along, across) if relation == "left of" else (across, along)
        things.append(Thing(name, size, x, y))
    a, b = (_noun(rng, n, s) for n, s in zip((first, second), says, strict=True))
    said_background = plain or rng.random() < 0.9
    bg = "grey" if background == "gray" and rng.random() < 0.3 else background
    tail = rng.choice((" on a {} background", " on {}", ", {} background")).format(bg) if said_background else ""
    tail = tail.replace("a orange", "an orange")
    said: tuple[str | None, ...]
    if vague:
        mentioned = [(a, first, says[0]), (b, second, says[1])]
        rng.shuffle(mentioned)
        (a, *slot_a), (b, *slot_b) = mentioned
        body = rng.choice(("{a} and {b}", "{a} next to {b}", "{a} beside {b}")).format(a=a, b=b)
        said = (*slot_a, "any", *slot_b, "any")
    elif relation == "left of":
        body = rng.choice(
            ("{a} to the left of {b}", "{a} left of {b}", "{b} to the right of {a}", "{b} right of {a}",
             "{a} on the left and {b} on the right", "{b} on the right and {a} on the left"),
        ).format(a=a, b=b)  # fmt: skip
        said = (first, says[0], "left", second, says[1], "right")
    else:
        body = rng.choice(
            ("{a} above {b}", "{a} over {b}", "{b} below {a}", "{b} under {a}",
             "{a} at the top and {b} at the bottom"),
        ).format(a=a, b=b)  # fmt: skip
        said = (first, says[0], "top", second, says[1], "bottom")
    caption = body + tail
    return Scene(
        tuple(things),
        background,
        caption if plain else _finish(rng, caption),
        (*said, background if said_background else None),
    )


def sample(rng: random.Random, *, pairs: float = 0.55) -> Scene:
    """A random training scene: held-out combinations never come, ``pairs`` is the share of two-object scenes."""
    while True:
        background = rng.choice(COLOURS)
        if rng.random() < pairs:
            first, second = rng.sample(NAMES, 2)
            scene = two(rng, first, second, background)
        else:
            scene = one(rng, rng.choice(NAMES), background)
        if not scene.held_out:
            return scene
