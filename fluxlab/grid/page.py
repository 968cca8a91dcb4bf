"""The grid as one HTML file: nothing is fetched, the pixels are exact, and only its own script may run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from fluxlab.grid.files import replacing
from fluxlab.grid.html import Style, body, static
from fluxlab.grid.labels import clean, shorten
from fluxlab.grid.pictures import Originals

if TYPE_CHECKING:
    from fluxlab.grid.view import Grid

HOVER_MAX = 2000


def write_page(grid: Grid, path: str | Path) -> Path:
    """Write the file piece by piece; see `Grid.save_html`."""
    with (
        replacing(path, (".html", ".htm"), "save_html") as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.writelines(_pieces(grid))
    return Path(path)


def _pieces(grid: Grid) -> Iterator[str]:
    script = static("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    title = shorten(clean(grid.title or "fluxlab grid"), 120)
    yield (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>\n{static('grid.css')}{static('page.css')}</style>\n</head>\n<body>\n<main>\n"
    )
    style = Style(picture=Originals(), name="fl", hover=HOVER_MAX, most=len(grid.cells))
    yield from body(grid, style)
    # A hash in the policy counts every character between the tags.
    yield f"\n</main>\n<script>{script}</script>\n</body>\n</html>\n"
