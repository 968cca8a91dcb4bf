"""A lab, and a browser that hears what a panel says and says what a person would do."""

import threading
from dataclasses import dataclass, field

import pytest

from fluxlab import Lab
from fluxlab.panels.service import ASIDE, SERVICE, STARTS
from fluxlab.worker import RUNS

PROMPT = "an owl on a teal background"


@dataclass
class Browser:
    """The other side of a widget's messages."""

    panel: object
    heard: list = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _requests: int = 0

    def hear(self, content, buffers=None):
        with self._news:
            self.heard.append((content, list(buffers or ())))
            self._news.notify_all()

    def say(self, **content):
        self.panel._heard(self.panel, content, [])

    def wait_for(self, wanted, seconds=60):
        """The first message, heard or yet to come, for which ``wanted`` is true; those before it are forgotten."""

        def found():
            return next((i for i, (content, _) in enumerate(self.heard) if wanted(content)), None)

        with self._news:
            assert self._news.wait_for(lambda: found() is not None, seconds), [c["type"] for c, _ in self.heard]
            at = found()
            message = self.heard[at]
            del self.heard[: at + 1]
            return message

    def ask(self, **content):
        self._requests += 1
        number = self._requests
        self.say(request=number, **content)
        return self.wait_for(lambda told: told["type"] == "reply" and told["request"] == number)

    def scene(self):
        self.say(type="hello")
        return self.wait_for(lambda told: told["type"] == "scene")[0]["scene"]

    def ended(self, *states):
        """The scene after a run."""
        wanted = set(states or ("done", "stopped", "paused", "failed"))
        told, _ = self.wait_for(
            lambda told: told["type"] == "scene" and (told["scene"]["progress"] or {}).get("state") in wanted
        )
        return told["scene"]

    def notice(self):
        return self.wait_for(lambda told: told["type"] == "notice")[0]


@pytest.fixture
def lab(tmp_path):
    return Lab(catalog=tmp_path / "catalog")


@pytest.fixture
def held_worker():
    """Runs that are started wait until this event is set."""
    go = threading.Event()
    RUNS.submit(lambda: go.wait(60), go.set)
    yield go
    go.set()


@pytest.fixture
def open_panel(monkeypatch):
    """Show something in a panel; returns its browser."""
    opened = []

    def show(panel):
        browser = Browser(panel)
        monkeypatch.setattr(panel, "send", browser.hear)
        opened.append(panel)
        return browser

    yield show
    for panel in opened:
        panel.close()


def done_with(put):
    """Wait until a thread has done everything that it was given before."""
    reached = threading.Event()
    put(reached.set)
    assert reached.wait(60)


@pytest.fixture
def settled():
    """Wait until panels have looked at their forms, drawn what they draw, and runs have ended."""

    def wait():
        # Twice, because the one may ask for the other.
        for _ in range(2):
            done_with(SERVICE.put)
            done_with(STARTS.put)
            RUNS.submit(lambda: None, lambda: None).result(60)
            done_with(SERVICE.put)
            done_with(lambda reached: SERVICE.beat(reached, reached))
            done_with(ASIDE.put)

    return wait


@pytest.fixture
def press(settled):
    """Press a button of a panel by what stands on it, and wait for what it does."""

    def press(panel, text):
        found = [each for each in widgets_of(panel) if getattr(each, "description", "") == text]
        (button,) = [each for each in found if hasattr(each, "click")]
        button.click()
        settled()

    return press


def widgets_of(panel):
    out = []
    for child in panel.children:
        out.append(child)
        if hasattr(child, "children"):
            out += widgets_of(child)
    return out
