"""A real JupyterLab in a real browser.

Loading a page and importing torch take longer than most journeys, so that `shared_notebook` lends the same page and
kernel to one test after the other, emptied in between. `notebook` is for those that restart the kernel, or depend on
how the page begins.
"""

import itertools

import pytest
from playwright.sync_api import Error, expect, sync_playwright

from . import chromium, server
from .notebook import SECONDS, Notebook

_NOT_RUN = pytest.StashKey()
_NUMBERS = itertools.count(1)


def pytest_terminal_summary(terminalreporter, config):
    if config.stash.get(_NOT_RUN, False):
        terminalreporter.section("the browser tests did not run", sep="!", red=True, bold=True)
        terminalreporter.line(chromium.MISSING)


@pytest.fixture(scope="session")
def browser(request):
    path = chromium.find()
    if path is None:
        if chromium.is_required():
            pytest.fail(chromium.MISSING, pytrace=False)
        request.config.stash[_NOT_RUN] = True
        pytest.skip(chromium.MISSING)
    expect.set_options(timeout=SECONDS * 1000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def jupyter(browser, tmp_path_factory):
    with server.running(tmp_path_factory.mktemp("jupyter")) as running:
        yield running


@pytest.fixture
def notebook(browser, jupyter):
    """A page, a notebook and a kernel for one test: ``notebook.open("name.ipynb", "a cell", "another")``."""
    lent = Notebook.of(browser, jupyter)
    yield lent
    lent.close()
    lent.check()


class _Desk:
    """Keeps the page that tests share, and gets another one after a test has broken it."""

    def __init__(self, browser, jupyter):
        self._browser, self._jupyter = browser, jupyter
        self._notebook = None

    def lend(self):
        folder = self._jupyter.root / f"shared-{next(_NUMBERS)}"
        if self._notebook is None:
            self._notebook = Notebook.of(self._browser, self._jupyter)
            self._notebook.open(f"{folder.name}.ipynb")
        try:
            self._notebook.clear(folder)
        except Error:
            self.close()
            return self.lend()
        return self._notebook

    def close(self):
        if self._notebook is not None:
            self._notebook.close()
            self._notebook = None


@pytest.fixture(scope="session")
def _desk(browser, jupyter):
    desk = _Desk(browser, jupyter)
    yield desk
    desk.close()


@pytest.fixture
def shared_notebook(_desk):
    """An empty notebook in a kernel that other tests have used before: ``shared_notebook.run("code")``."""
    lent = _desk.lend()
    yield lent
    try:
        lent.check()
    except AssertionError:
        _desk.close()
        raise
