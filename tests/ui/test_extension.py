"""The extension in a real JupyterLab: from an image at the side to a cell that makes it again, and back."""

import base64
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .gallery import ACTIVATE, SIDE, Gallery
from .notebook import READY, SECONDS, Notebook

GOLDEN = Path(__file__).parents[1] / "catalog/formats/golden"
MAKE = """from fluxlab import Lab, Sweep
lab = Lab()
lab.run(Sweep("a {cat|dog}", seed=[1, 2], steps=1))"""
#: A run that waits with its first image until it is let go.
HELD = """import threading
go = threading.Event()
def hold(event):
    if type(event).__name__ == "CellDone":
        go.wait()
held = lab.start(Sweep("a boat", seed=[1, 2, 3], steps=1), listener=hold)"""
NEWEST_FIRST = "list(lab.catalog.df().sort_values('created', ascending=False, kind='stable').index)"
ROWS = "len(lab.catalog.df())"
SOURCES = """() => {
  const {sharedModel} = window.jupyterapp.shell.currentWidget.content.model;
  return sharedModel.cells.map(cell => cell.source);
}"""
#: Without bringing the notebook to the front, as `Notebook.do` would have it.
RELEASE = """async () => {
  const notebook = [...window.jupyterapp.shell.widgets('main')].find(widget => widget.sessionContext);
  await notebook.sessionContext.session.kernel.requestExecute({code: 'go.set()', store_history: false}).done;
}"""
#: JupyterLab keeps the state of a page with a delay.
KEPT = """async () => {
  const [, workspace] = /workspaces\\/([^/?]+)/.exec(location.pathname);
  return (await fetch(`/lab/api/workspaces/${workspace}`)).text();
}"""
#: Of the first image, where it is more than this.
WIDTH = f"""least => {{
  const width = document.querySelector('{SIDE} .fg-tile')?.offsetWidth ?? 0;
  return width > least && width;
}}"""
MADE_AGAIN = re.compile(r"lab\.generate\(")


@pytest.fixture(scope="module")
def work(browser, jupyter):
    """A notebook that has made four images, with the gallery open beside it."""
    lent = Notebook.of(browser, jupyter)
    lent.open("gallery/work.ipynb")
    lent.run(MAKE)
    Gallery(lent.page).open()
    yield lent
    lent.close()
    lent.check()


@pytest.fixture
def gallery(work):
    side = Gallery(work.page)
    side.tidy()
    work.theme("light")
    return side


def tab_of(page, title):
    return page.locator("#jp-main-dock-panel .lm-TabBar-tab", has_text=title)


def kept(work, *parts):
    """Wait until the server has this part of the state of the page."""
    end = time.monotonic() + SECONDS
    while not all(part in (found := work.page.evaluate(KEPT)) for part in parts):
        assert time.monotonic() < end, found
        work.page.wait_for_timeout(100)


def sources(work):
    return work.page.evaluate(SOURCES)


def test_images_stand_at_the_side_newest_first(work, gallery):
    expect(gallery.tiles).to_have_count(4)
    assert gallery.uids() == work.value(NEWEST_FIRST)
    expect(gallery.tiles.first).to_have_attribute("aria-label", re.compile("a dog"))


def test_an_image_appears_when_a_notebook_has_made_it(work, gallery):
    expect(gallery.tiles).to_have_count(4)
    work.run("newest = lab.generate('a fox', seed=9, steps=1)")
    expect(gallery.tile(work.value("newest.uid"))).to_be_visible()
    expect(gallery.tiles).to_have_count(5)
    assert gallery.uids()[0] == work.value("newest.uid")


def test_words_search_and_wrong_ones_are_a_sentence(gallery):
    gallery.search("cat seed:2")
    expect(gallery.tiles).to_have_count(1)
    expect(gallery.tiles).to_have_attribute("aria-label", re.compile("a cat"))
    gallery.search("sead:2")
    expect(gallery.root.locator(".fg-error").first).to_contain_text("sead")


def test_facets_count_and_narrow_down(work, gallery):
    before = work.value(ROWS)
    expect(gallery.tiles).to_have_count(before)
    gallery.root.get_by_text("Narrow down").click()
    model = gallery.root.get_by_role("button", name=re.compile(r"^model: .*nano, "))
    expect(model).to_have_attribute("aria-label", re.compile(rf", {before}$"))
    model.click()
    expect(gallery.search_box).to_have_value(re.compile("^model[:=]"))
    expect(gallery.tiles).to_have_count(before)
    gallery.root.get_by_text("Narrow down").click()


def test_stars_and_the_state_of_the_gallery_survive_a_reload(work, gallery):
    gallery.search("cat")
    expect(gallery.tiles).to_have_count(2)
    starred = gallery.uids()[0]
    gallery.select(gallery.tile(starred))
    work.press("f")
    expect(gallery.tile(starred).locator(".fg-marks")).to_contain_text("★")
    work.until(f"lab.catalog.marks([{starred!r}])[{starred!r}].stars", 5)
    gallery.select(*(gallery.tile(uid) for uid in gallery.uids()))
    work.press("c")
    expect(tab_of(work.page, "Comparison of 2 images")).to_be_visible()
    work.page.evaluate(ACTIVATE)
    kept(work, '"query": "cat"', '"view": "compare"')
    work.reload()
    expect(gallery.search_box).to_have_value("cat")
    expect(gallery.tiles).to_have_count(2)
    expect(gallery.tile(starred).locator(".fg-marks")).to_contain_text("★")
    expect(gallery.root.locator(".fg-tile[aria-selected=true]")).to_have_count(2)
    expect(tab_of(work.page, "Comparison of 2 images")).to_be_visible()


def test_insert_gives_a_cell_that_takes_the_same_image_from_the_catalog(work, gallery):
    before = work.value(ROWS)
    work.page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    gallery.select(gallery.tiles.first)
    gallery.press("Insert")
    work.page.wait_for_function(f"({SOURCES})()[1]?.includes('lab.generate(')")
    cell = work.run(1)
    expect(cell.output.locator("img").first).to_be_visible()
    assert work.value(ROWS) == before
    # Beside the notebook: both may move together.
    assert "lab = Lab(catalog='.fluxlab')" in sources(work)[1]


def test_the_documented_key_inserts_a_cell_with_the_focus_on_an_image(work, gallery):
    before = sources(work)
    gallery.select(gallery.tiles.first)
    expect(gallery.tiles.first).to_be_focused()
    work.press("Alt+Shift+I")
    work.page.wait_for_function(f"count => ({SOURCES})().length > count", arg=len(before))
    assert sum(bool(MADE_AGAIN.search(source)) for source in sources(work)) > sum(
        bool(MADE_AGAIN.search(source)) for source in before
    )


def test_a_gallery_tab_that_was_closed_can_be_opened_again(work, gallery):
    wide = work.page.locator(".fluxlab-gallery[data-wide]")
    for _ in range(2):
        work.command("fluxlab:tab")
        expect(wide.locator(".fg-tile").first).to_be_visible()
        tab_of(work.page, "fluxlab Gallery").locator(".lm-TabBar-tabCloseIcon").click()
        expect(wide).to_have_count(0)


def test_a_gallery_that_is_open_as_a_tab_goes_to_what_is_opened_there(work, gallery):
    wide = work.page.locator(".fluxlab-gallery[data-wide]")
    opener = gallery.root.get_by_role("button", name="Open as a tab")
    gallery.search("dog")
    expect(gallery.tiles).to_have_count(2)
    opener.click()
    expect(wide.get_by_role("combobox", name="Search")).to_be_focused()
    expect(wide.locator(".fg-tile")).to_have_count(2)
    work.page.evaluate(ACTIVATE)
    gallery.search("cat seed:2")
    expect(gallery.tiles).to_have_count(1)
    gallery.select(gallery.tiles.first)
    opener.click()
    expect(wide).to_have_count(1)
    expect(wide).to_be_visible()
    expect(wide.get_by_role("combobox", name="Search")).to_have_value("cat seed:2")
    expect(wide.locator(".fg-tile[aria-selected=true]")).to_have_count(1)
    expect(tab_of(work.page, "fluxlab Gallery")).to_have_count(1)


def test_an_image_is_dropped_between_the_cells_of_a_notebook(work, gallery):
    work.page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 0; }")
    before = sources(work)
    first = work.page.locator('.jp-Notebook .jp-Cell[data-windowed-list-index="0"]')
    gallery.tiles.first.drag_to(first, target_position={"x": 200, "y": 4})
    work.page.wait_for_function(f"count => ({SOURCES})().length > count", arg=len(before))
    after = sources(work)
    assert MADE_AGAIN.search(after[0])
    assert after[1:] == before


def test_two_images_are_compared_in_a_tab(work, gallery):
    cats = "a cat"
    gallery.search(cats)
    expect(gallery.tiles).to_have_count(2)
    gallery.select(gallery.tiles.nth(0), gallery.tiles.nth(1))
    gallery.press("Compare")
    tab = work.page.locator(".fl-compare-tab")
    expect(tab.locator("figure img")).to_have_count(2)
    expect(tab).to_contain_text("What differs: seed")
    tab.get_by_role("button", name="Difference").click()
    expect(tab.locator(".fl-numbers")).to_contain_text(re.compile(r"\d"))
    tab_of(work.page, "Comparison of 2 images").locator(".lm-TabBar-tabCloseIcon").click()
    expect(tab).to_have_count(0)


def test_of_three_images_those_that_lie_over_each_other_are_chosen(work, gallery):
    gallery.select(*(gallery.tiles.nth(index) for index in range(3)))
    gallery.press("Compare")
    tab = work.page.locator(".fl-compare-tab")
    expect(tab.locator("figure img")).to_have_count(3)
    expect(tab.get_by_label("First image")).to_be_hidden()
    tab.get_by_role("button", name="Swipe").click()
    tab.get_by_label("First image").select_option(label="C")
    expect(tab.get_by_role("slider", name="Line between C and B")).to_be_visible()


def test_a_sweep_is_a_grid_with_axes_to_choose(work, gallery):
    gallery.search("cat seed:1")
    expect(gallery.tiles).to_have_count(1)
    gallery.select(gallery.tiles.first)
    gallery.press("Sweep")
    grid = work.page.locator(".fl-sweep-tab .fluxlab-image-grid")
    expect(grid.locator('.fl-cell[data-status="ok"] img')).to_have_count(4)
    grid.get_by_label("Rows", exact=True).select_option(label="seed")
    grid.get_by_label("Columns", exact=True).select_option(label="prompt")
    expect(grid.get_by_role("rowheader")).to_have_count(2)
    grid.get_by_label("Size").fill("512")
    work.page.set_viewport_size({"width": 1400, "height": 600})
    assert work.page.locator(".fl-lab-tab").evaluate("tab => tab.scrollHeight <= tab.clientHeight")
    work.page.set_viewport_size({"width": 1400, "height": 1000})
    grid.locator('.fl-cell[data-status="ok"]').first.click()
    work.press("4")
    work.page.evaluate(ACTIVATE)
    work.until("len(lab.catalog.df(where='stars = 4'))", 1)


def test_a_sweep_that_still_runs_fills_its_open_tab(work, gallery):
    work.run(HELD)
    gallery.search('"a boat"')
    expect(gallery.tiles).to_have_count(1)
    gallery.select(gallery.tiles.first)
    gallery.press("Sweep")
    grid = work.page.locator(".fl-sweep-tab .fluxlab-image-grid")
    made, missing = (grid.locator(f'.fl-cell[data-status="{status}"]') for status in ("ok", "missing"))
    expect(made).to_have_count(1)
    expect(missing).to_have_count(2)
    work.page.evaluate(RELEASE)
    expect(made.locator("img[src]")).to_have_count(3)
    expect(missing).to_have_count(0)
    work.page.evaluate(ACTIVATE)
    work.do("held.wait()")


def test_a_png_of_another_program_is_dropped_onto_the_gallery(work, gallery):
    gallery.drop("portrait.png", base64.b64encode((GOLDEN / "a1111.png").read_bytes()).decode())
    gallery.search("source:a1111")
    expect(gallery.tiles).to_have_count(1)
    expect(gallery.tiles).to_have_attribute("aria-label", re.compile("imported from a1111"))
    work.until("len(lab.catalog.df(prompt_has='portrait'))", 1)


def test_images_are_chosen_in_the_browsers_dialog_from_the_keyboard_and_from_the_palette(work, gallery):
    page = work.page
    # Playwright asks for the choosers of a page when somebody listens, and does not wait for the answer: a key that is
    # pressed at once may be quicker, and its chooser is nobody's. The focus is a question that is answered after it.
    page.on("filechooser", lambda _: None)
    gallery.root.get_by_role("button", name="Import image files").focus()
    with page.expect_file_chooser() as asked:
        work.press("Enter")
    assert asked.value.is_multiple()
    asked.value.set_files([GOLDEN / "forge.png", GOLDEN / "expected.json"])
    expect(gallery.root.locator(".fg-message-line", has_text="Imported 1 image.")).to_be_visible()
    expect(gallery.root.locator(".fg-message-line", has_text="expected.json: ")).to_contain_text("PNG, JPEG or WebP")
    work.command("apputils:activate-command-palette")
    page.locator(".lm-CommandPalette-input").fill("import image files")
    found = page.locator(".lm-CommandPalette-item").first  # not before what was typed has been looked for
    expect(found).to_contain_text("Import Image Files")
    with page.expect_file_chooser() as asked:
        found.click()
    asked.value.set_files([GOLDEN / "forge.png"])
    expect(gallery.root.locator(".fg-message-line", has_text="In the catalog already: 1 image.")).to_be_visible()


def test_the_context_menu_is_about_the_image_under_it(work, gallery):
    gallery.tiles.last.click(button="right")
    expect(gallery.tiles.last).to_have_attribute("aria-selected", "true")
    menu = work.page.locator(".lm-Menu")
    expect(menu.get_by_text("Compare the Images")).to_be_visible()
    menu.get_by_text("Open the Gallery in a Tab").click()
    wide = work.page.locator(".fluxlab-gallery[data-wide]")
    expect(wide.locator(".fg-tile").first).to_be_visible()


def test_the_gallery_follows_the_theme(work, gallery):
    colour = "node => getComputedStyle(node).backgroundColor"
    light = gallery.root.evaluate(colour)
    work.theme("dark")
    assert gallery.root.evaluate(colour) != light
    text = gallery.root.locator(".fg-total").evaluate("node => getComputedStyle(node).color")
    assert text != gallery.root.evaluate(colour)


def test_the_open_gallery_follows_the_settings_editor(work, gallery):
    before = work.page.evaluate(WIDTH, 0)
    gallery.search("cat")
    work.command("settingeditor:open", query="fluxlab")
    size = work.page.locator("input[label='Thumbnail size']")
    size.fill("200")
    work.page.wait_for_function(WIDTH, arg=before + 50)
    expect(gallery.search_box).to_have_value("cat")
    expect(gallery.tiles).to_have_count(2)
    size.fill("104")
    work.page.wait_for_function(f"width => ({WIDTH})(0) === width", arg=before)
    work.page.evaluate("() => window.jupyterapp.shell.currentWidget.close()")


def test_the_launcher_gives_a_first_notebook_that_runs(work, gallery):
    work.command("launcher:create")
    work.page.locator(".jp-LauncherCard", has_text="fluxlab notebook").click()
    work.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget?.context?.path.startsWith('gallery/Untitled')"
    )
    work.page.wait_for_function(f"({SOURCES})().length > 3")
    work.page.wait_for_function(READY)
    work.command("notebook:run-all-cells")
    shown = work.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    expect(shown.locator(".fluxlab-panel")).to_be_visible()
    expect(shown.locator('[data-mime-type="application/vnd.jupyter.error"]')).to_have_count(0)
    work.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    work.page.evaluate("() => window.jupyterapp.shell.currentWidget.dispose()")


def test_the_palette_knows_the_commands(work, gallery):
    work.command("apputils:activate-command-palette")
    work.page.locator(".lm-CommandPalette-input").fill("fluxlab notebook")
    expect(work.page.locator(".lm-CommandPalette-item", has_text="New fluxlab Notebook")).to_be_visible()
    work.press("Escape")
