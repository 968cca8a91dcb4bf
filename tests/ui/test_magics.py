"""A notebook without a word of Python."""

import pytest
from playwright.sync_api import expect


@pytest.fixture
def loaded(shared_notebook):
    shared_notebook.run("%load_ext fluxlab")
    yield shared_notebook
    shared_notebook.do("get_ipython().run_line_magic('unload_ext', 'fluxlab')")


def test_a_prompt_and_a_sweep_become_images(loaded):
    image = loaded.run("%%flux --seed 42 --steps 1 --as fox\na fox\non a teal background").output.locator("img")
    expect(image).to_have_count(1)
    assert loaded.value("fox.recipe.prompt") == "a fox on a teal background"
    grid = loaded.run("%%fluxsweep\nprompt: a {fox|cat}\nsteps: 1\nseed: 1\nlora:ink: [0, 1]").output
    expect(grid.locator(".fluxlab-grid img")).to_have_count(4)
    assert loaded.value("len(lab.catalog.df())") == 5


def test_a_mistake_is_one_sentence(loaded):
    cell = loaded.run("%%flux --sed 42\na fox", fails=True)
    expect(cell.output).to_contain_text("UsageError: '--sed' is no option of %%flux: Did you mean '--seed'?")
    expect(cell.output).not_to_contain_text("Traceback")


def test_tab_completes_an_option(loaded):
    cell = loaded.edit("%%flux --see")
    loaded.press("Tab")
    expect(loaded.page.locator(".jp-Completer-item")).to_have_count(1)
    loaded.press("Enter")
    expect(cell.element.locator(".cm-content")).to_have_text("%%flux --seed")
