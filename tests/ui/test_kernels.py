"""A grid on each generation of ipykernel, through a reload of the page and a restart of the kernel."""

from importlib.metadata import version

from playwright.sync_api import expect

from .server import OLD_IPYKERNEL

RUN = "from fluxlab import Lab, Sweep\nLab().run(Sweep('a fox on a teal background', seed=[1, 2], steps=1))"
VERSION = "__import__('ipykernel').__version__"


def test_a_grid_outlives_the_page(shared_notebook):
    assert shared_notebook.value(VERSION) == version("ipykernel")
    images = shared_notebook.run(RUN).output.locator(".fluxlab-grid img")
    expect(images).to_have_count(2)
    shared_notebook.do("kept = 1")
    shared_notebook.reload()
    expect(images).to_have_count(2)
    assert shared_notebook.value("kept") == 1


def test_a_grid_outlives_the_page_and_an_older_kernel(notebook):
    assert OLD_IPYKERNEL.is_dir(), f"{OLD_IPYKERNEL} is missing: 'make test' installs it."
    notebook.open("older.ipynb", RUN, kernel="ipykernel-6")
    assert notebook.value(VERSION).startswith("6.")
    images = notebook.run(0).output.locator(".fluxlab-grid img")
    expect(images).to_have_count(2)
    notebook.do("kept = 1")
    notebook.reload()
    expect(images).to_have_count(2)
    assert notebook.value("kept") == 1
    notebook.restart()
    expect(images).to_have_count(2)
    assert notebook.value("'kept' in globals()") is False
