"""The pictures of the panels in README and docs: ``python -m tests.ui.screenshots [FOLDER]`` takes them anew.

Every panel is used as a person would, in a real JupyterLab, and shown in both themes.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import expect, sync_playwright

from tests.ui import chromium, server
from tests.ui.notebook import Notebook

LAB = "from fluxlab import Lab, Sweep\nlab = Lab()\n"
PROMPT = "an owl on a {teal|pink} background"
WIDTH, QUALITY = 900, 60
PANELS = {
    "prompt-grid": f"lab.panel.prompt_grid({PROMPT!r}, seed='1..5')",
    "sweep": "lab.panel.sweep('a fox on a gray background', seed='1..3', guidance='1, 2, 3.5, 5')",
    "lora": "lab.panel.lora('a fox on a purple background', lora='ink', strength='0..1 (+0.25)', seed='1..3')",
    "catalog": "lab.panel.catalog()",
    "grid": "lab.panel.grid(lab.run(Sweep('a {red|blue} {fox|boat}', seed=[1, 2, 3, 4, 5]), progress=False))",
}


def picture(notebook, path):
    """A small picture of the panel alone."""
    whole = Image.open(io.BytesIO(notebook.page.locator(".fluxlab-panel, .fluxlab-image-grid").first.screenshot()))
    whole.convert("RGB").resize((WIDTH, round(whole.height * WIDTH / whole.width)), Image.Resampling.LANCZOS).save(
        path, "WEBP", quality=QUALITY, method=6
    )


def take(browser, jupyter, folder):
    """All pictures into a folder."""
    context = browser.new_context(viewport={"width": 1500, "height": 1900})
    context.set_default_timeout(60_000)
    notebook = Notebook(context, jupyter)
    notebook.open("pictures.ipynb")
    for name, code in PANELS.items():
        notebook.page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        notebook.run(f"{LAB}panel = {code}\npanel")
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
        for theme in ("light", "dark"):
            notebook.theme(theme)
            picture(notebook, folder / f"panel-{name}-{theme}.webp")
        notebook.theme("light")
    notebook.close()
    notebook.check()


def main():
    """Take them."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/images")
    folder.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=60_000)
    with (
        tempfile.TemporaryDirectory() as home,
        sync_playwright() as playwright,
        server.running(Path(home)) as jupyter,
    ):
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
        take(browser, jupyter, folder)
        browser.close()


if __name__ == "__main__":
    main()
