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
#: JupyterLab's own dialog may lie above, and the gallery may have found the server by itself.
RETRY = "() => document.querySelector('.fg-banner button')?.click()"


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(SECONDS * 1000)
    yield context.new_page()
    context.close()


def images(folder, *names):
    """A catalog of imported images."""
    with Catalog(folder / ".fluxlab") as catalog:
        catalog.import_images([GOLDEN / name for name in names])


@pytest.fixture
def in_notebook(page, jupyter):
    """The gallery beside a document of Notebook."""
    folder = jupyter.root / "elsewhere"
    images(folder, "a1111.png", "comfyui.png")
    cells = [nbformat.v4.new_code_cell("'the only cell'")]
    spec = {"name": "python3", "display_name": "python3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), folder / "one.ipynb")
    page.goto(f"{jupyter.url}/notebooks/elsewhere/one.ipynb?token={jupyter.token}")
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    gallery = Gallery(page)
    gallery.open()
    expect(gallery.tiles).to_have_count(2)
    return gallery


def test_in_notebook_the_gallery_stands_at_the_right_and_inserts_cells(page, in_notebook):
    gallery = in_notebook
    assert gallery.root.bounding_box()["x"] > page.locator(".jp-Notebook").bounding_box()["x"]
    gallery.select(gallery.tiles.first)
    gallery.press("Show")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
    expect(page.locator(".jp-Notebook .jp-Cell").nth(1)).to_contain_text("catalog")


def test_in_notebook_a_comparison_takes_the_place_of_the_gallery_and_leads_back(page, in_notebook):
    gallery = in_notebook
    expect(gallery.root.get_by_role("button", name="Open as a tab")).to_have_count(0)
    gallery.select(gallery.tiles.nth(0), gallery.tiles.nth(1))
    gallery.press("Compare")
    comparison = page.locator(".fl-compare-tab")
    expect(comparison.locator("figure img")).to_have_count(2)
    expect(gallery.root).to_be_hidden()
    page.get_by_role("menuitem", name="View").click()
    page.get_by_text("Right Sidebar").hover()
    expect(page.get_by_text("Show Comparison of 2 images")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Back to the gallery").click()
    expect(comparison).to_have_count(0)
    expect(gallery.root.locator(".fg-tile[aria-selected=true]")).to_have_count(2)


def test_a_server_that_ends_is_told_and_retry_goes_on_where_it_is_there_again(page, tmp_path):
    home = tmp_path / "server"
    gallery = Gallery(page)
    banner = gallery.root.locator(".fg-banner")
    with server.running(home) as first:
        images(first.root, "a1111.png")
        page.goto(f"{first.url}/lab?token={first.token}&reset")
        page.wait_for_selector(".jp-Launcher")
        gallery.open()
        expect(gallery.tiles).to_have_count(1)
    expect(banner).to_contain_text("The Jupyter server cannot be reached: see whether it runs, then press Retry.")
    expect(gallery.tiles).to_have_count(1)
    # JupyterLab's own dialog may lie above.
    gallery.root.locator(".fg-search").evaluate(
        "box => { box.value = 'steps:1..99'; box.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    expect(gallery.root.locator(".fg-error")).to_contain_text("These words got no answer")
    expect(gallery.root.locator(".fg-total")).to_have_text("")
    images(first.root, "comfyui.png")
    with server.running(home, again=first):
        page.evaluate(RETRY)
        expect(banner).to_have_count(0)
        expect(gallery.tiles).to_have_count(2)


def test_a_server_without_the_extension_is_told_in_a_sentence(page, tmp_path):
    with server.running(tmp_path / "server", jpserver_extensions="{'fluxlab.server': False}") as without:
        page.goto(f"{without.url}/lab?token={without.token}&reset")
        page.wait_for_selector(".jp-Launcher")
        page.evaluate("() => window.jupyterapp.commands.execute('fluxlab:gallery')")
        expect(page.locator(".fluxlab-gallery")).to_contain_text("This Jupyter server has no fluxlab")
