"""The grid as HTML without scripts: tables, foldable sections, tabs of radio buttons, and images that unfold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from fluxlab.errors import FluxlabError
from fluxlab.grid.cells import GridCell
from fluxlab.grid.details import alt, facts, hover, state
from fluxlab.grid.labels import clean, shorten, value_text
from fluxlab.grid.layout import Bundle, Label, Section
from fluxlab.grid.pictures import PIXEL_SIDE, Picture

if TYPE_CHECKING:
    from fluxlab.catalog import Generation
    from fluxlab.grid.view import Grid

#: A line of more cells than this is wrapped like text.
LINE_MAX = 8
#: Sections that are unfolded from the start.
OPEN_SECTIONS = 12
#: Characters of a heading, of a tab, and beside a row or above a column.
LABEL_MAX, TAB_MAX, ROW_MAX, COLUMN_MAX = 160, 60, 120, 80
CELL_MIN = 128
#: Text kept behind a shortened label.
TITLE_MAX = 4000
#: Each status has a sign, a word and a border of its own, so that none is told by colour alone.
SIGNS = {
    "failed": "✕",
    "interrupted": "◐",
    "started": "▷",
    "waiting": "…",
    "missing": "○",
    "cached": "⟲",
    "same": "≡",
    "lossy": "≈",
}


@dataclass(frozen=True)
class Style:
    """How much is written: into a notebook little, into a file of its own everything.

    Parameters
    ----------
    picture
        Turns a generation into a data URI.
    name
        Prefix of ids and of groups of radio buttons, different for every output on a page.
    hover
        Characters of the hover text of a cell.
    most
        Cells shown at most.
    """

    picture: Callable[[Generation], Picture]
    name: str
    hover: int
    most: int


@lru_cache
def static(name: str) -> str:
    """A stylesheet or script of this room."""
    return (files("fluxlab.grid") / "static" / name).read_text(encoding="utf-8")


def body(grid: Grid, style: Style) -> Iterator[str]:
    """The grid in pieces, so that a large file is never held in memory."""
    yield '<div class="fluxlab-grid">'
    yield from _head(grid)
    cells = grid.cells[: style.most]
    if len(grid.cells) > len(cells):
        yield (
            f'<p class="fl-note" role="note">Showing the first {len(cells)} of {len(grid.cells)} cells; '
            "<code>grid.save_html(path)</code> writes them all.</p>"
        )
    writer = _Writer(grid, style)
    if not cells:
        yield "<p>This grid has no cells.</p>"
    tabs = grid.layout.sections(cells, grid.layout.tabs, TAB_MAX) if grid.layout.tabs else []
    if not tabs:
        yield from writer.sections(cells)
    else:
        yield '<div class="fl-tabs">'
        for number, tab in enumerate(tabs):
            inside = list(tab.cells.values())
            yield from writer.tab(number, tab, inside)
        yield "</div>"
    yield "</div>"


def _head(grid: Grid) -> Iterator[str]:
    if grid.title:
        yield f'<p class="fl-title"><b>{_label(grid.title)}</b></p>'
    fixed = grid.fixed
    if fixed:
        pairs = " ".join(
            f"<span>{escape(clean(n))} <b>{_label(value_text(v, TITLE_MAX), 240)}</b></span>" for n, v in fixed.items()
        )
        yield f'<p class="fl-fixed">{pairs}</p>'
    yield f'<p class="fl-summary">{escape(clean(grid.summary))}</p>'
    if grid.dead:
        sentences = "".join(f"<li>{escape(str(dead))}</li>" for dead in grid.dead)
        heading = f"<b>{SIGNS['same']} No difference in pixels</b>"
        yield f'<div class="fl-dead" role="note">{heading}<ul>{sentences}</ul></div>'


class _Writer:
    """Writes the parts of one output."""

    def __init__(self, grid: Grid, style: Style) -> None:
        self.grid = grid
        self.style = style
        self.rows = grid.layout.rows
        self.columns = grid.layout.columns
        self.row_labels = self.rows.named(ROW_MAX) if self.rows is not None else []
        self.column_labels = self.columns.named(COLUMN_MAX) if self.columns is not None else []

    def tab(self, number: int, tab: Section, cells: Sequence[GridCell]) -> Iterator[str]:
        """A radio button, its label and its panel: CSS shows the panel behind the chosen button."""
        mark = f"{self.style.name}-{number}"
        checked = " checked" if number == 0 else ""
        text = ", ".join(f"{escape(label.name)} {_named(label)}" for label in tab.labels)
        yield f'<input type="radio" name="{self.style.name}" id="{mark}"{checked}><label for="{mark}">{text}</label>'
        yield '<div class="fl-panel">'
        yield from self.sections(cells)
        yield "</div>"

    def sections(self, cells: Sequence[GridCell]) -> Iterator[str]:
        """The facets, each under its heading, side by side where there is room."""
        parts = self.grid.layout.sections(cells, self.grid.layout.facets, LABEL_MAX)
        yield '<div class="fl-sections">'
        for number, part in enumerate(parts):
            if not part.labels:
                yield from self.table(part)
                continue
            heading = " · ".join(f"{escape(label.name)} <b>{_named(label)}</b>" for label in part.labels)
            unfolded = " open" if number < OPEN_SECTIONS else ""
            yield f'<details class="fl-section"{unfolded}><summary>{heading}</summary>'
            yield from self.table(part)
            yield "</details>"
        yield "</div>"

    def table(self, part: Section) -> Iterator[str]:
        """Rows and columns of one section; a single long line is wrapped."""
        if self.rows is None and (self.columns is None or len(self.columns.values) > LINE_MAX):
            yield from self._line(part)
            return
        columns = _used(self.columns, {c for _, c in part.cells})
        rows = _used(self.rows, {r for r, _ in part.cells})
        yield '<div class="fl-scroll"><table class="fl-table">'
        if self.columns is not None:
            corner = escape(self.rows.name) + " ↓ " if self.rows is not None else ""
            yield (
                f'<thead><tr><td class="fl-corner">{corner}{escape(self.columns.name)} →</td>'
                if self.rows
                else (f"<caption>{escape(self.columns.name)} →</caption><thead><tr>")
            )
            for at in columns:
                yield f'<th scope="col">{_named(self.column_labels[at])}</th>'
            yield "</tr></thead>"
        yield "<tbody>"
        for row in rows:
            yield "<tr>"
            if self.rows is not None:
                yield f'<th scope="row">{_named(self.row_labels[row])}</th>'
            for column in columns:
                cell = part.cells.get((row, column))
                yield "<td>"
                yield self.cell(cell) if cell is not None else '<span class="fl-absent">not in this sweep</span>'
                yield "</td>"
            yield "</tr>"
        yield "</tbody></table></div>"

    def _line(self, part: Section) -> Iterator[str]:
        yield '<div class="fl-line">'
        for (_, column), cell in sorted(part.cells.items(), key=lambda item: item[0]):
            name = f"{escape(self.columns.name)} " if self.columns is not None else ""
            caption = f"<figcaption>{name}<b>{_named(self.column_labels[column])}</b></figcaption>" if name else ""
            yield f"<figure>{self.cell(cell)}{caption}</figure>"
        yield "</div>"

    def cell(self, cell: GridCell) -> str:
        """One cell: the image (or why there is none), badges, and the facts that unfold with it."""
        remarks = self.grid.notes.get(cell.index, ())
        badges = []
        if cell.status != "ok":
            badges.append(f'<span class="fl-badge">{SIGNS.get(cell.status, "?")} {escape(state(cell))}</span>')
        elif cell.cached:
            badges.append(f'<span class="fl-badge">{SIGNS["cached"]} {escape(state(cell))}</span>')
        if cell.lossy:
            badges.append(f'<span class="fl-badge">{SIGNS["lossy"]} lossy: {escape(clean(cell.lossy))}</span>')
        badges += [f'<span class="fl-badge fl-same">{SIGNS["same"]} {escape(remark)}</span>' for remark in remarks]
        error = f'<span class="fl-error">{_label(cell.error, 160)}</span>' if cell.status != "ok" and cell.error else ""
        title = _attribute(hover(cell, remarks, self.style.hover))
        front = None
        if cell.finished is not None:
            try:
                front = self._image(cell.finished, cell, title)
            except (FluxlabError, OSError) as missing:
                # One lost file must not take the whole grid with it.
                badges.insert(0, '<span class="fl-badge">? no image</span>')
                error = f'<span class="fl-error">{_label(str(missing), 160)}</span>'
        if front is None:
            front = f'<span class="fl-empty" title="{title}">{"".join(badges)}{error}</span>'
            badges = []
        rows = "".join(f"<tr><th>{escape(n)}</th><td><bdi>{escape(t)}</bdi></td></tr>" for n, t in facts(cell))
        kind = escape(cell.status if cell.status in SIGNS else "cached" if cell.cached else "ok")
        below = f'<span class="fl-badges">{"".join(badges)}</span>' if badges else ""
        return (
            f'<div class="fl-cell fl-{kind}" style="--fl-wide:{_wide(cell)}px">'
            f'<details name="{self.style.name}-cell"><summary>{front}</summary>'
            f'<table class="fl-facts">{rows}</table></details>{below}</div>'
        )

    def _image(self, generation: Generation, cell: GridCell, title: str) -> str:
        picture = self.style.picture(generation)
        crisp = ' class="fl-crisp"' if max(picture.width, picture.height) <= PIXEL_SIDE else ""
        wide, high = _shown_size(picture.width, picture.height)
        # Enlarged by a whole number, so that every pixel becomes a square of the same size.
        zoom = max(1, 768 // max(picture.width, picture.height)) * picture.width
        return (
            f'<img{crisp} src="{picture.uri}" width="{wide}" height="{high}" style="--fl-zoom:{zoom}px" '
            f'alt="{_attribute(alt(cell))}" title="{title}">'
        )


def _shown_size(width: int, height: int) -> tuple[int, int]:
    """The size in a table: as it is, or fitted into a square."""
    shrink = min(1.0, PIXEL_SIDE / max(width, height))
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def _wide(cell: GridCell) -> int:
    """Room for a cell's badges, with or without an image; narrower ones would break every word."""
    width, height = (cell.parameters.get(side) for side in ("width", "height"))
    return max(CELL_MIN, _shown_size(width, height)[0] if width and height else 0)


def _used(bundle: Bundle | None, places: set[int]) -> list[int]:
    """The rows or columns that have a cell in a section: partial designs leave some out."""
    return [0] if bundle is None else [i for i in range(len(bundle.values)) if i in places]


def _named(label: Label) -> str:
    """A label of an axis; the whole text is in its title where it says more."""
    title = f' title="{_attribute(label.full)}"' if label.full != label.text and label.full not in label.text else ""
    return f"<bdi{title}>{escape(label.text)}</bdi>"


def _label(text: str, limit: int = LABEL_MAX) -> str:
    """Escaped text in its own direction; where it is shortened, the full text is in its title."""
    text = clean(text[: TITLE_MAX + 1])
    short = shorten(text, limit)
    title = f' title="{_attribute(shorten(text, TITLE_MAX))}"' if short != text else ""
    return f"<bdi{title}>{escape(short)}</bdi>"


def _attribute(text: str) -> str:
    """Text for an attribute; new lines as references, because some sanitisers fold them."""
    return escape(text, quote=True).replace("\n", "&#10;")
