"""How the gallery feels with 100,000 generations: the first images, a search, and scrolling, in a real JupyterLab.

``python -m benchmarks.gallery_browser`` fills a catalog, opens JupyterLab in a headless Chromium, opens the gallery at
the side, searches, scrolls, prints a table, and removes the catalog. ``--json FILE`` keeps the figures. It needs
Chromium and the packages of the tests.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.catalog_queries import PARENT, fill
from benchmarks.gallery import add_pictures, asked, keep
from tests.ui import chromium
from tests.ui.server import running

QUERIES = ("red fox", '"red fox" steps:20..28', "zeppelin", "starred:yes", "seed:1..1000", "score.sharpness>12")
#: What is in sight and shows its picture; what has none to show is no blank.
_SIGHT = """
const root = document.querySelector('#fluxlab-gallery');
const list = () => root?.querySelector('.fg-list');
const sight = () => {
  const box = list()?.getBoundingClientRect();
  if (!box) return [];
  return [...root.querySelectorAll('.fg-tile')].filter(tile => {
    const {top, bottom, height} = tile.getBoundingClientRect();
    return height > 0 && bottom > box.top && top < box.bottom && !tile.hasAttribute('data-empty');
  });
};
const shows = tile => { const image = tile.querySelector('img'); return image.complete && image.naturalWidth > 0; };
const frame = () => new Promise(requestAnimationFrame);
"""
_OPEN = """async () => {
  const clock = performance.now();
  await window.jupyterapp.commands.execute('fluxlab:gallery');
  /* sight */
  let first = null;
  for (;;) {
    const tiles = sight();
    if (first === null && tiles.some(shows)) first = performance.now() - clock;
    if (tiles.length > 0 && tiles.every(shows)) return {first, all: performance.now() - clock, tiles: tiles.length};
    if (performance.now() - clock > 60000) throw new Error('no images within a minute');
    await frame();
  }
}"""
_SEARCH = """async words => {
  /* sight */
  const box = root.querySelector('[role=combobox]');
  const told = root.querySelector('.fg-total');
  const before = told.textContent;
  box.focus();
  box.value = words;
  box.dispatchEvent(new InputEvent('input', {bubbles: true}));
  const clock = performance.now();
  box.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
  // Every query here finds another number of images.
  while (told.textContent === before || !(sight().length === 0 || sight().some(shows))) {
    if (performance.now() - clock > 60000) throw new Error(`'${words}' is not answered within a minute`);
    await frame();
  }
  return {seconds: (performance.now() - clock) / 1000, told: told.textContent};
}"""
_SCROLL = """async ([pixels, seconds]) => {
  /* sight */
  list().scrollTop = 0;
  await frame();
  const blank = new Map();
  let longest = 0, slowest = 0;
  const begin = performance.now();
  for (let last = begin; last - begin < seconds * 1000;) {
    const above = list().scrollTop;
    list().scrollTop += pixels;
    await frame();
    const now = performance.now();
    slowest = Math.max(slowest, now - last);
    last = now;
    const tiles = sight();
    const lowest = Math.max(...tiles.map(tile => tile.getBoundingClientRect().bottom));
    const wanting = new Set(tiles.filter(tile => !shows(tile)).map(tile => tile.dataset.uid));
    // Rows that are not there at all, and pages that are not there yet.
    if (lowest < list().getBoundingClientRect().bottom - 150) wanting.add('rows');
    if (list().scrollTop <= above) wanting.add('end');
    for (const each of wanting) {
      if (!blank.has(each)) blank.set(each, now);
      longest = Math.max(longest, now - blank.get(each));
    }
    for (const each of [...blank.keys()]) if (!wanting.has(each)) blank.delete(each);
  }
  return {pixels: list().scrollTop, blank: longest / 1000, frame: slowest / 1000};
}"""


def _script(body: str) -> str:
    return body.replace("/* sight */", _SIGHT)


def look(page: Page) -> dict[str, Any]:
    """What a person would feel, in seconds."""
    opened = page.evaluate(_script(_OPEN))
    figures: dict[str, Any] = {
        "first image after opening": opened["first"] / 1000,
        "all images in sight after opening": opened["all"] / 1000,
        "images in sight": opened["tiles"],
    }
    for pixels in (20, 60):
        page.evaluate(_script(_SCROLL), [pixels, 1])  # the script is compiled, and the first pages are there
        found = page.evaluate(_script(_SCROLL), [pixels, 15])
        figures[f"scrolled {pixels} pixels a frame: how far, in pixels"] = found["pixels"]
        figures[f"scrolled {pixels} pixels a frame: longest blank"] = found["blank"]
        figures[f"scrolled {pixels} pixels a frame: longest frame"] = found["frame"]
    for words in QUERIES:
        found = page.evaluate(_script(_SEARCH), words)
        figures[f"{words}: {found['told']}"] = found["seconds"]
        page.evaluate(_script(_SEARCH), "")
    return figures


def measure(rows: int, pictures: int, side: int) -> dict[str, Any]:
    """All figures of one catalog."""
    found = chromium.find()
    if found is None:
        raise SystemExit(chromium.MISSING)
    with (
        tempfile.TemporaryDirectory(prefix="fluxlab-gallery-", dir=PARENT) as name,
        running(Path(name) / "lab") as server,
        sync_playwright() as play,
    ):
        folder = server.root / ".fluxlab"
        fill(folder, rows)
        add_pictures(folder, pictures, side)
        browser = play.chromium.launch(executable_path=found, args=list(chromium.ARGUMENTS))
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(f"{server.url}/lab?token={server.token}")
        page.wait_for_function("() => window.jupyterapp?.commands.hasCommand('fluxlab:gallery')", timeout=120_000)
        page.evaluate("() => window.jupyterapp.restored.then(() => null)")
        page.wait_for_load_state("networkidle")
        figures = look(page)
        browser.close()
    return {"rows": rows, **figures}


def main() -> None:
    """Print a table, and keep the figures where asked."""
    chosen = asked(__doc__)
    figures = measure(chosen.rows, chosen.pictures, chosen.side)
    for name, value in figures.items():
        print(f"{name:>64}  {value:10,.3f}" if isinstance(value, float) else f"{name:>64}  {value:10,}")
    keep(figures, chosen.json)


if __name__ == "__main__":
    main()
