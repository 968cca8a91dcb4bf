"""What all tests share: no network, and no catalog outside a temporary folder."""

import os

# Read by huggingface_hub when it is imported, hence before anything else.
os.environ["HF_HUB_OFFLINE"] = "1"

import pytest


@pytest.fixture(scope="session", autouse=True)
def _home_of_session(tmp_path_factory):
    """Fixtures that outlive one test write here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLUXLAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A catalog folder for one test."""
    folder = tmp_path / ".fluxlab"
    monkeypatch.setenv("FLUXLAB_HOME", str(folder))
    return folder
