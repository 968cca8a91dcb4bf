"""The pictures of panels and gallery in README and docs: ``python -m tests.ui.screenshots`` takes them anew.

Everything is used as a person would, in a real JupyterLab, and shown in both themes.
"""

import argparse
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.ui import chromium, server
from tests.ui.gallery import Gallery
from tests.ui.notebook import Notebook

LAB = "from fluxlab import Lab, Sweep\nlab = Lab()\n"
PROMPT = "an owl on a {teal|pink} background"
SUBJECTS = "lab.run(Sweep('{an owl|a fox|a sailboat} on a {teal|pink} background', seed=[1, 2, 3, 4]), progress=False)"
WIDTH, QUALITY = 900, 60
PANELS = {
    "prompt-grid": f"lab.panel.prompt_grid({PROMPT!r}, seed='1..5')",
    "sweep": "lab.panel.sweep('a fox on a gray background', seed='1..3', guidance='1, 2, 3.5, 5')",
    "lora": "lab.panel.lora('a fox on a purple background', lora='ink', strength='0..1 (+0.25)', seed='1..3')",
    "catalog": "lab.panel.catalog()",
    "grid": "lab.panel.grid(lab.run(Sweep('a {red|blue} {fox|boat}', seed=[1, 2, 3, 4, 5]), progress=False))",
}


def picture(shown, path):
    """A small picture of a part of the page, or of the whole."""
    whole = Image.open(io.BytesIO(shown.screenshot()))
    whole.convert("RGB").resize((WIDTH, round(whole.height * WIDTH / whole.width)), Image.Resampling.LANCZOS).save(
        path, "WEBP", quality=QUALITY, method=6
    )


def in_both_themes(notebook, shown, folder, name):
    """The pictures ``NAME-light.webp`` and ``NAME-dark.webp``."""
    for theme in ("light", "dark"):
        notebook.theme(theme)
        picture(shown, folder / f"{name}-{theme}.webp")
    notebook.theme("light")


def take_panel(notebook, folder, name):
    """A panel alone, with the images that it made."""
    notebook.page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    notebook.run(f"{LAB}panel = {PANELS[name]}\npanel")
    panel = notebook.page.locator(".fluxlab-panel, .fluxlab-image-grid").first
    if name == "catalog":
        notebook.do("panel._rows.value = 6")
    press = {"catalog": "Show"}.get(name, "Run")
    if name != "grid":
        panel.get_by_role("button", name=press, exact=True).click()
    expect(panel.locator('.fl-cell[data-status="ok"] img[src]').nth(7)).to_be_visible()
    expect(panel.locator('.fl-cell[data-status="queued"], .fl-cell[data-status="running"]')).to_have_count(0)
    if name == "lora":
        expect(panel.locator("img[alt*=strength]")).to_be_visible()
    in_both_themes(notebook, panel, folder, f"panel-{name}")


def take_gallery(notebook, folder):
    """JupyterLab with the gallery at the side of a notebook, into which an image was inserted."""
    notebook.page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    notebook.run(f"{LAB}{SUBJECTS}.summary")
    notebook.page.set_viewport_size({"width": 1200, "height": 720})
    gallery = Gallery(notebook.page)
    gallery.open()
    gallery.search("owl -tag:bad")
    expect(gallery.tiles).to_have_count(8)
    gallery.select(gallery.tiles.nth(1), gallery.tiles.nth(2))
    gallery.press("Insert")
    in_both_themes(notebook, notebook.page, folder, "gallery")


def main():
    """Take them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"gallery, {', '.join(PANELS)}; all where none is named"
    )
    parser.add_argument("--folder", type=Path, default=Path("docs/images"))
    asked = parser.parse_args()
    if unknown := set(asked.names) - {"gallery", *PANELS}:
        parser.error(f"there is no picture {min(unknown)!r}: choose from gallery, {', '.join(PANELS)}.")
    names = asked.names or [*PANELS, "gallery"]
    asked.folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=60_000)
    with (
        tempfile.TemporaryDirectory() as home,
        sync_playwright() as playwright,
        server.running(Path(home)) as jupyter,
    ):
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
        context = browser.new_context(viewport={"width": 1500, "height": 1900})
        context.set_default_timeout(60_000)
        notebook = Notebook(context, jupyter)
        notebook.open("pictures.ipynb")
        for name in names:
            if name == "gallery":
                take_gallery(notebook, asked.folder)
            else:
                take_panel(notebook, asked.folder, name)
        notebook.close()
        notebook.check()
        browser.close()


if __name__ == "__main__":
    main()
