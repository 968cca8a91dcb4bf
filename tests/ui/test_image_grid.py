"""The image grid in a browser: from click to catalog row, by mouse and by keys, through reloads and restarts."""

import re

from playwright.sync_api import expect

LAB = "from fluxlab import Lab, Sweep\nlab = Lab()\n"
STATUSES = "[cell.status for cell in panel.grid.cells]"
#: Images of which nothing had to be made: one generation under many coordinates.
MANY = (
    LAB
    + """
from fluxlab import Grid
from fluxlab.grid import GridCell
one = lab.generate("a fox", seed=1, steps=1, width=64, height=64)
axes = {"seed": tuple(range(25)), "guidance": tuple(range(1, 21))}
cells = tuple(
    GridCell(25 * i + j, {"seed": j, "guidance": i + 1}, one, "ok", True, f"{i}-{j}", recipe=one.recipe)
    for i in range(20) for j in range(25)
)
panel = lab.panel.grid(Grid(axes=axes, cells=cells))
panel
"""
)


def cells(notebook):
    return notebook.page.locator(".fluxlab-image-grid .fl-cell")


def shown(notebook, status="ok"):
    return notebook.page.locator(f'.fluxlab-image-grid .fl-cell[data-status="{status}"]')


def make(notebook, sweep):
    """A finished grid in a panel."""
    notebook.run(f"{LAB}panel = lab.panel.grid(lab.run({sweep}, progress=False))\npanel")
    notebook.page.locator(".fluxlab-image-grid .fl-cell img[src]").first.wait_for()
    return notebook.page.locator(".fluxlab-image-grid")


def test_keys_move_mark_and_open_images_and_reach_no_cell_of_the_notebook(shared_notebook):
    grid = make(shared_notebook, "Sweep('a fox', seed=[1, 2, 3], guidance=[1, 2], steps=1)")
    page = shared_notebook.page
    before = page.locator(".jp-Notebook .jp-Cell").count()
    cells(shared_notebook).first.click()
    shared_notebook.press("Home", "ArrowRight", "ArrowDown")
    second = shared_notebook.page.locator(".fluxlab-image-grid .fl-cell:focus")
    expect(second).to_have_attribute("data-id", re.compile(r"\d+"))
    at = int(second.get_attribute("data-id"))
    uid = shared_notebook.value(f"panel.grid.cells[{at}].generation.uid")
    shared_notebook.press("f")
    expect(second.locator(".fl-marks")).to_contain_text("★")
    marks = f"[lab.catalog.marks({uid!r})[{uid!r}].stars, list(lab.catalog.marks({uid!r})[{uid!r}].tags)]"
    shared_notebook.until(marks, [5, []])
    shared_notebook.press("3")
    expect(second).to_have_attribute("aria-label", re.compile("3"))
    shared_notebook.press("x")
    expect(second).to_have_attribute("data-rejected", "")
    shared_notebook.until(marks, [3, ["rejected"]])
    shared_notebook.press("b", "a", "d", "d")
    shared_notebook.press("Enter")
    details = grid.locator(".fl-lightbox")
    expect(details).to_contain_text("guidance")
    expect(details.locator("img").first).to_be_visible()
    shared_notebook.press("Escape")
    expect(details).to_be_hidden()
    expect(second).to_be_focused()
    assert page.locator(".jp-Notebook .jp-Cell").count() == before


def test_images_are_compared_and_what_differs_is_named(shared_notebook):
    grid = make(shared_notebook, "Sweep('a fox', seed=[1, 2], guidance=[1, 3], steps=1)")
    corner = grid.locator(".fl-corner")
    expect(corner).to_have_text(re.compile("↓.*→"))
    assert corner.evaluate("corner => corner.scrollHeight <= corner.clientHeight"), "the names of the axes are cut off"
    grid.get_by_label("Columns", exact=True).select_option(label="guidance")
    cells(shared_notebook).first.click()
    shared_notebook.press("Home", "c", "ArrowRight", "c", "v")
    compare = grid.locator(".fl-compare")
    expect(compare).to_contain_text("What differs: guidance.")
    for way, seen in (
        ("Swipe", compare.get_by_label("Line between A and B")),
        ("Onion skin", compare.get_by_label("Opacity of B")),
        ("Difference", compare.get_by_role("img", name="Difference of A and B")),
    ):
        expect(seen).to_have_count(0)
        compare.get_by_role("button", name=way, exact=True).click()
        expect(seen).to_be_visible()
    expect(compare.locator(".fl-numbers")).to_contain_text(re.compile(r"Largest difference \d+ of 255, mean"))
    shared_notebook.press("Escape")
    expect(compare).to_be_hidden()


def test_rows_and_columns_change_without_making_anything_again(shared_notebook):
    grid = make(shared_notebook, "Sweep('a {fox|owl}', seed=[1, 2, 3], guidance=[1, 2], steps=1)")
    before = shared_notebook.value("len(lab.catalog.df(status=None))")
    rows, columns = (grid.get_by_label(name, exact=True) for name in ("Rows", "Columns"))
    for axis, labels in (("prompt", ["a fox", "a owl"]), ("guidance", ["1", "2"])):
        columns.select_option(label="seed")
        rows.select_option(label=axis)
        expect(grid.get_by_role("rowheader")).to_have_text([re.compile(f"{label}$") for label in labels])
        expect(shown(shared_notebook)).to_have_count(6)
    assert shared_notebook.value("len(lab.catalog.df(status=None))") == before


def test_a_running_grid_is_cancelled_and_resumed_and_survives_the_page(shared_notebook):
    shared_notebook.run(
        f"{LAB}run = lab.start(Sweep('a fox', seed=list(range(4)), steps=40), previews=True)\n"
        "panel = lab.panel.grid(run)\npanel"
    )
    grid = shared_notebook.page.locator(".fluxlab-image-grid")
    expect(shown(shared_notebook, "running").locator("img[src]")).to_have_count(1)
    grid.get_by_role("button", name="Cancel").click()
    expect(shown(shared_notebook, "interrupted")).to_have_count(1)
    shared_notebook.value("run.wait(60) and None")
    left = shared_notebook.value(STATUSES)
    assert left.count("interrupted") == 1
    assert "waiting" in left
    shared_notebook.reload()
    expect(shown(shared_notebook, "interrupted")).to_have_count(1)
    grid.get_by_role("button", name="Resume").click()
    expect(shown(shared_notebook)).to_have_count(4)
    assert shared_notebook.value("len(lab.catalog.df())") == 4
    expect(grid.get_by_role("button", name="Cancel")).to_be_hidden()


def test_two_panels_at_once_take_turns_and_a_click_on_one_stops_only_that_one(shared_notebook):
    shared_notebook.run(
        f"{LAB}from IPython.display import display\n"
        "runs = [lab.start(Sweep('a fox', seed=seeds, steps=30)) for seeds in ([1, 2, 3], [4, 5])]\n"
        "panels = [lab.panel.grid(run) for run in runs]\ndisplay(*panels)"
    )
    grids = shared_notebook.page.locator(".fluxlab-image-grid")
    expect(grids).to_have_count(2)
    grids.nth(0).get_by_role("button", name="Cancel").click()
    expect(grids.nth(1).locator('.fl-cell[data-status="ok"]')).to_have_count(2)
    assert shared_notebook.value("[run.state for run in runs]") == ["stopped", "done"]


def test_five_hundred_cells_scroll_with_few_elements(shared_notebook):
    shared_notebook.run(MANY)
    grid = shared_notebook.page.locator(".fluxlab-image-grid")
    expect(grid.locator(".fl-cell img[src]").first).to_be_visible()
    assert cells(shared_notebook).count() < 200
    cells(shared_notebook).first.click()
    shared_notebook.press("Control+End")
    last = shared_notebook.page.locator(".fluxlab-image-grid .fl-cell:focus")
    expect(last).to_have_attribute("data-id", "499")
    expect(last.locator("img[src]")).to_be_visible()
    assert cells(shared_notebook).count() < 200


def test_hostile_prompts_are_only_text(shared_notebook):
    evil = (
        "<img src=x onerror=window.hurt=1>\u202e\u05e9\u05dc\u05d5\u05dd <script>window.hurt=1</script>"
        + "long " * 2000
    )
    grid = make(shared_notebook, f"Sweep([{evil!r}, 'a fox'], seed=1, steps=1)")
    cells(shared_notebook).first.click()
    shared_notebook.press("Enter")
    expect(grid.locator(".fl-lightbox")).to_contain_text("onerror")
    shared_notebook.press("Escape")
    assert shared_notebook.page.evaluate("window.hurt") is None
    assert grid.locator("script").count() == 0
    width = shared_notebook.page.locator(".fluxlab-image-grid").evaluate("grid => grid.scrollWidth - grid.clientWidth")
    assert width <= 1


def test_a_restarted_kernel_is_told_and_a_saved_notebook_shows_its_images(notebook):
    notebook.open("restart/restart.ipynb")
    make(notebook, "Sweep('a fox', seed=[1, 2], steps=1)")
    notebook.restart()
    expect(notebook.page.locator(".fluxlab-image-grid .fl-banner")).to_contain_text("kernel")
    static = notebook.page.locator("[class^=fluxlab-static] img")
    expect(static.first).to_be_hidden()
    notebook.reload()
    expect(static).to_have_count(2)
    expect(static.first).to_be_visible()
