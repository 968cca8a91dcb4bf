"""The grid as one PNG, a contact sheet: every picture with whole pixels, every label whole or with an ellipsis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

from fluxlab.errors import FluxlabError, GridError
from fluxlab.grid.cells import GridCell
from fluxlab.grid.details import state
from fluxlab.grid.files import replacing
from fluxlab.grid.html import LINE_MAX, SIGNS
from fluxlab.grid.labels import clean, value_text
from fluxlab.grid.layout import Section
from fluxlab.grid.typeset import Font, font, line_height, wrap, wrap_all

if TYPE_CHECKING:
    from fluxlab.grid.view import Grid

MARGIN, GAP = 24, 8
#: Small images are enlarged by a whole factor until their longer side would pass this.
ENLARGE_TO = 256
#: A cell that is shrunk below this shows nothing.
SIDE_MIN = 48
#: A narrower cell has no room for a label.
CELL_MIN = 96
ROW_LABEL_MAX = 220
#: Sections flow side by side until the sheet is about this many times wider than high.
ASPECT = 1.4
SECTION_GAP = 28
WIDTH_MIN = 560
TEXT_MAX = 2000
INK, FAINT, LINE, PAPER, BAD = "#1f2328", "#59636e", "#d1d5db", "#ffffff", "#b3261e"


@dataclass
class _Sheet:
    """What is drawn and where: the size is known before a pixel of it is made."""

    width: int = WIDTH_MIN
    height: int = MARGIN
    texts: list[tuple[int, int, str, Font, str]] = field(default_factory=list)
    cells: list[tuple[int, int, GridCell]] = field(default_factory=list)

    def write(self, x: int, y: int, lines: Sequence[str], face: Font, colour: str = INK) -> int:
        """Place lines of text; the height that they take."""
        step = line_height(face)
        self.texts += [(x, y + i * step, line, face, colour) for i, line in enumerate(lines)]
        return step * len(lines)

    def place(self, part: _Sheet, x: int, y: int) -> None:
        """Put what is on another sheet onto this one."""
        self.texts += [(x + left, y + top, text, face, colour) for left, top, text, face, colour in part.texts]
        self.cells += [(x + left, y + top, cell) for left, top, cell in part.cells]


@dataclass(frozen=True)
class _Scale:
    """Pictures are drawn ``up`` times larger, or ``down`` times smaller."""

    up: int = 1
    down: int = 1

    def __call__(self, side: int) -> int:
        return max(1, side * self.up // self.down)


@dataclass(frozen=True)
class _Measures:
    """Where the pictures of a table begin, how large their places are, and the wrapped labels of the rows."""

    left: int
    width: int
    height: int
    row_labels: Sequence[Sequence[str]]


def write_sheet(grid: Grid, path: str | Path, max_megapixels: float = 100.0) -> Path:
    """Draw and write the sheet; see `Grid.contact_sheet`."""
    with replacing(path, (".png",), "contact_sheet") as temporary:
        draw(grid, max_megapixels).save(temporary, "PNG")
    return Path(path)


def draw(grid: Grid, max_megapixels: float = 100.0) -> Image.Image:
    """The sheet as an image.

    Raises
    ------
    GridError
        When the sheet would be too large even with very small pictures.
    """
    pictures = {c.index: image for c in grid.cells if (image := _open(c)) is not None}
    wide = max((i.width for i in pictures.values()), default=CELL_MIN)
    high = max((i.height for i in pictures.values()), default=CELL_MIN)
    scale = _Scale(up=max(1, ENLARGE_TO // max(wide, high)))
    sheet = _arrange(grid, wide, high, scale)
    while sheet.width * sheet.height > max_megapixels * 1e6:
        scale = _Scale(up=scale.up - 1) if scale.up > 1 else _Scale(down=scale.down + 1)
        if scale.down > 1 and scale(max(wide, high)) < SIDE_MIN:
            size = f"{sheet.width} x {sheet.height} pixels"
            raise GridError(
                f"a contact sheet of {len(grid.cells)} cells would still have {size} at {SIDE_MIN} pixels each "
                f"and max_megapixels={max_megapixels:g} allows less: raise max_megapixels, or use save_html(path)."
            )
        sheet = _arrange(grid, wide, high, scale)
    canvas = Image.new("RGB", (sheet.width, sheet.height), PAPER)
    pen = ImageDraw.Draw(canvas)
    for x, y, cell in sheet.cells:
        box = (max(CELL_MIN, scale(wide)), scale(high))
        if cell.index in pictures:
            image = _scaled(pictures[cell.index], scale)
            # Sizes may differ along an axis: smaller pictures stand at the top left of their place.
            canvas.paste(image, (x, y))
        else:
            _blank(pen, x, y, box, cell)
    for x, y, text, face, colour in sheet.texts:
        pen.text((x, y), text, font=face, fill=colour)
    return canvas


def _open(cell: GridCell) -> Image.Image | None:
    """The image of a finished cell; one whose file is gone is drawn as an empty place."""
    if cell.finished is None:
        return None
    try:
        return cell.finished.image.convert("RGB")
    except (FluxlabError, OSError):
        return None


def _scaled(image: Image.Image, scale: _Scale) -> Image.Image:
    if scale.down > 1:
        return image.reduce(scale.down)
    return image.resize((image.width * scale.up, image.height * scale.up), Image.Resampling.NEAREST)


def _arrange(grid: Grid, wide: int, high: int, scale: _Scale) -> _Sheet:
    """Place everything for one scale."""
    cell_width, cell_height = max(CELL_MIN, scale(wide)), scale(high)
    sheet = _Sheet()
    layout = grid.layout
    directions = (*layout.tabs, *layout.facets)
    parts = layout.sections(grid.cells, directions, TEXT_MAX)
    face = font(13, bold=True)
    row_texts = layout.rows.labels(TEXT_MAX) if layout.rows else []
    row_lines = max(1, cell_height // line_height(face))
    row_labels = wrap_all(row_texts, face, ROW_LABEL_MAX, row_lines)
    left = max((int(face.getlength(line)) + 1 for found in row_labels for line in found), default=0)
    left += 12 if row_labels else 0
    across = len(layout.columns.values) if layout.columns else 1
    across = across if layout.rows or across <= LINE_MAX else LINE_MAX
    width = max(left + across * (cell_width + GAP) - GAP, CELL_MIN)
    blocks = _blocks(grid, parts, _Measures(left, cell_width, cell_height, row_labels), width)
    abreast = _abreast([block.height for block in blocks], width)
    sheet.width = max(WIDTH_MIN, abreast * (width + SECTION_GAP) - SECTION_GAP + 2 * MARGIN)
    inner = sheet.width - 2 * MARGIN
    _heading(grid, sheet, inner, scale)
    for start in range(0, len(blocks), abreast):
        line = blocks[start : start + abreast]
        for i, block in enumerate(line):
            sheet.place(block, MARGIN + i * (width + SECTION_GAP), sheet.height)
        sheet.height += max(block.height for block in line)
    for dead in grid.dead:
        text = f"{SIGNS['same']} {dead}"
        sheet.height += sheet.write(MARGIN, sheet.height, wrap(text, font(12), inner, 12), font(12)) + 2
    sheet.height += MARGIN
    return sheet


def _blocks(grid: Grid, parts: Sequence[Section], measures: _Measures, width: int) -> list[_Sheet]:
    """Every section on a sheet of its own, with its heading."""
    head = font(15, bold=True)
    headings = [" · ".join(f"{label.name} {label.text}" for label in part.labels) for part in parts]
    blocks = []
    for part, lines in zip(parts, wrap_all(headings, head, width, 3), strict=True):
        block = _Sheet(width=width, height=0)
        if lines:
            block.height += 8 + block.write(0, 8, lines, head)
        _table(grid, block, part, measures)
        blocks.append(block)
    return blocks


def _abreast(heights: Sequence[int], width: int) -> int:
    """How many sections stand side by side, for a sheet of pleasant proportions with few gaps."""

    def badness(count: int) -> float:
        lines = [max(heights[i : i + count]) for i in range(0, len(heights), count)]
        gaps = -len(heights) % count / len(heights)
        return gaps + abs(math.log(count * (width + SECTION_GAP) / max(1, sum(lines)) / ASPECT))

    return min(range(1, len(heights) + 1), key=badness, default=1)


def _heading(grid: Grid, sheet: _Sheet, inner: int, scale: _Scale) -> None:
    if grid.title:
        sheet.height += sheet.write(
            MARGIN, sheet.height, wrap(grid.title, font(18, bold=True), inner, 3), font(18, bold=True)
        )
    fixed = ", ".join(f"{name} {value_text(value, TEXT_MAX)}" for name, value in grid.fixed.items())
    for text in (fixed, grid.summary):
        if text:
            sheet.height += sheet.write(MARGIN, sheet.height, wrap(text, font(12), inner, 4), font(12), FAINT)
    if scale.down > 1:
        text = f"Pictures are shown at 1/{scale.down} of their size, so that the sheet stays below its limit of pixels."
        sheet.height += sheet.write(MARGIN, sheet.height, wrap(text, font(12), inner, 2), font(12), FAINT)
    names = [
        f"{bundle.name} {arrow}" for bundle, arrow in ((grid.layout.rows, "↓"), (grid.layout.columns, "→")) if bundle
    ]
    if names:
        sheet.height += 6 + sheet.write(
            MARGIN, sheet.height + 6, wrap("   ".join(names), font(12), inner, 2), font(12), FAINT
        )


def _table(grid: Grid, sheet: _Sheet, part: Section, measures: _Measures) -> None:
    """One section: labels above the columns, and rows; one long line is broken into several."""
    left, width, height, row_labels = measures.left, measures.width, measures.height, measures.row_labels
    head, small = font(13, bold=True), font(11)
    columns = sorted({column for _, column in part.cells})
    lines = (
        [columns[i : i + LINE_MAX] for i in range(0, len(columns), LINE_MAX)] if grid.layout.rows is None else [columns]
    )
    texts = grid.layout.columns.labels(TEXT_MAX) if grid.layout.columns else []
    labels = wrap_all(texts, head, width, 4)
    for shown in lines:
        sheet.height += 4
        if labels:
            tallest = max(len(labels[column]) for column in shown)
            for i, column in enumerate(shown):
                # Labels stand on one line above their pictures.
                drop = (tallest - len(labels[column])) * line_height(head)
                sheet.write(left + i * (width + GAP), sheet.height + drop, labels[column], head)
            sheet.height += tallest * line_height(head) + 4
        for row in sorted({row for row, column in part.cells if column in shown}):
            if row_labels:
                sheet.write(0, sheet.height, row_labels[row], head)
            deepest = 0
            for i, column in enumerate(shown):
                x, here = left + i * (width + GAP), part.cells.get((row, column))
                if here is None:
                    sheet.write(x, sheet.height, wrap("not in this sweep", small, width, 2), small, FAINT)
                    continue
                sheet.cells.append((x, sheet.height, here))
                marks = [f"{SIGNS['same']} {remark}" for remark in grid.notes.get(here.index, ())]
                marks += [f"{SIGNS['lossy']} lossy: {clean(here.lossy)}"] if here.lossy else []
                marks += [f"{SIGNS['cached']} {state(here)}"] if here.count > 1 else []
                marks = [line for mark in marks for line in wrap(mark, small, width, 3)]
                deepest = max(deepest, sheet.write(x, sheet.height + height + 2, marks, small))
            sheet.height += height + deepest + GAP


def _blank(pen: ImageDraw.ImageDraw, x: int, y: int, box: tuple[int, int], cell: GridCell) -> None:
    """The place of a cell without an image: a frame of its own kind, the status in words, and the error."""
    width, height = box
    failed = cell.status == "failed"
    pen.rectangle((x, y, x + width - 1, y + height - 1), outline=BAD if failed else FAINT, width=3 if failed else 1)
    if cell.status == "interrupted":
        pen.line((x, y + height - 1, x + width - 1, y), fill=LINE, width=1)
    head, small = font(12, bold=True), font(11)
    words = f"{SIGNS.get(cell.status, '?')} {state(cell)}" if cell.status != "ok" else "? image file is missing"
    room = max(1, (height - 12) // line_height(head))
    top = y + 6
    lines = wrap(words, head, width - 12, room)
    for line in lines:
        pen.text((x + 6, top), line, font=head, fill=INK)
        top += line_height(head)
    left = (y + height - 6 - top) // line_height(small)
    for line in wrap(cell.error or "", small, width - 12, left) if left > 0 and failed else ():
        pen.text((x + 6, top), line, font=small, fill=INK)
        top += line_height(small)
