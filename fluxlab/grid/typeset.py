"""Text on pictures: measured, wrapped, and ended by an ellipsis, so that no label is clipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

from fluxlab.grid.labels import clean

Font = ImageFont.FreeTypeFont
#: A code point that no font has a glyph for.
_NO_GLYPH = "\U0010fffe"


@lru_cache
def font(size: int, *, bold: bool = False) -> Font:
    """DejaVu Sans, which matplotlib brings along: it has Latin, Greek, Cyrillic, Arabic, Hebrew and many signs."""
    import matplotlib as mpl

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / name, size)


@lru_cache(maxsize=4096)
def _drawable(letter: str) -> bool:
    """Whether the font has the letter; otherwise every such letter would be the same empty box."""
    face = font(16)
    return letter.isspace() or bytes(face.getmask(letter)) != bytes(face.getmask(_NO_GLYPH))


def printable(text: str) -> str:
    """Text that the font can draw: other letters are written as their number, so that labels stay different."""
    return "".join(letter if _drawable(letter) else f"[U+{ord(letter):X}]" for letter in clean(text))


def line_height(face: Font) -> int:
    """Pixels from one line to the next."""
    above, below = face.getmetrics()
    return above + below + 1


def wrap(text: str, face: Font, width: int, lines: int) -> list[str]:
    """Break a text into at most ``lines`` lines of at most ``width`` pixels; what does not fit ends in an ellipsis."""
    out: list[str] = []
    # A label never shows more than this; measuring a prompt of a million letters would take minutes.
    text = printable(text[: width * lines])
    words = text.split()
    line = ""
    while words:
        word = words.pop(0)
        attempt = f"{line} {word}" if line else word
        if face.getlength(attempt) <= width:
            line = attempt
            continue
        if line:
            out.append(line)
            line = ""
            words.insert(0, word)
        else:
            fitting = _fitting(word, face, width)
            out.append(word[:fitting])
            if word[fitting:]:
                words.insert(0, word[fitting:])
        if len(out) == lines:
            break
    if line and len(out) < lines:
        out.append(line)
    if words and out:
        last = out[-1]
        while last and face.getlength(last + "…") > width:
            last = last[:-1]
        out[-1] = last.rstrip() + "…"
    return out


def _fitting(word: str, face: Font, width: int) -> int:
    """How many letters of a word fit, at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if face.getlength(word[:middle]) <= width else (low, middle - 1)
    return low


def wrap_all(texts: Sequence[str], face: Font, width: int, lines: int) -> list[list[str]]:
    """`wrap` for the labels of one axis: those that an ellipsis made equal are numbered."""
    wrapped = [wrap(text, face, width, lines) for text in texts]
    times = Counter(map(tuple, wrapped))
    return [
        wrap(f"[{place}] {text}", face, width, lines) if times[tuple(found)] > 1 else found
        for place, (text, found) in enumerate(zip(texts, wrapped, strict=True), start=1)
    ]
