"""The extension where something is missing: in Notebook, and beside a server that does not have it."""

from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from fluxlab import Catalog

from . import server
from .gallery import Gallery
from .notebook import SECONDS

GOLDEN = Path(__file__).parents[1] / "catalog/formats/golden"


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(SECONDS * 1000)
    yield context.new_page()
    context.close()


def test_in_notebook_the_gallery_stands_at_the_right_and_inserts_cells(page, jupyter):
    folder = jupyter.root / "elsewhere"
    with Catalog(folder / ".fluxlab") as catalog:
        catalog.import_images([GOLDEN / "a1111.png"])
    cells = [nbformat.v4.new_code_cell("'the only cell'")]
    spec = {"name": "python3", "display_name": "python3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), folder / "one.ipynb")
    page.goto(f"{jupyter.url}/notebooks/elsewhere/one.ipynb?token={jupyter.token}")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    gallery = Gallery(page)
    gallery.open()
    expect(gallery.tiles).to_have_count(1)
    assert gallery.root.bounding_box()["x"] > page.locator(".jp-Notebook").bounding_box()["x"]
    gallery.select(gallery.tiles.first)
    gallery.press("Show")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
    expect(page.locator(".jp-Notebook .jp-Cell").nth(1)).to_contain_text("catalog")


def test_a_server_without_the_extension_is_told_in_a_sentence(page, tmp_path):
    with server.running(tmp_path / "server", jpserver_extensions="{'fluxlab.server': False}") as without:
        page.goto(f"{without.url}/lab?token={without.token}&reset")
        page.wait_for_selector(".jp-Launcher")
        page.evaluate("() => window.jupyterapp.commands.execute('fluxlab:gallery')")
        expect(page.locator(".fluxlab-gallery")).to_contain_text("This Jupyter server has no fluxlab")
