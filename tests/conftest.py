"""What all tests share: no network, and no catalog outside a temporary folder."""

import os

# Read by huggingface_hub when it is imported, hence before anything else.
os.environ["HF_HUB_OFFLINE"] = "1"
# Tests run beside each other, and nano is so small that threads of torch wait for each other longer than they compute.
# Processes that tests start have it from here.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest

from .scripts import Scripts

#: Files that take longest, in few tests: begun last, one of them would go on alone while other workers wait.
_LONG = ("test_notebooks.py", "test_docs.py", "test_cli.py")


def pytest_collection_modifyitems(items):
    """Long files first, and those with a browser last: its event loop runs on, and a process can run only one."""
    items.sort(key=lambda item: (item.path.parent.name == "ui", item.path.name not in _LONG))


@pytest.fixture(scope="session", autouse=True)
def _home_of_session(tmp_path_factory):
    """Fixtures that outlive one test write here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLUXLAB_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def scripts():
    """See `Scripts`."""
    scripts = Scripts()
    yield scripts
    scripts.close()


@pytest.fixture
def run_script(scripts, tmp_path):
    """Runs the code of a generation: ``run_script(text)`` gives the path of the one file that it wrote."""

    def run(text):
        script, folder = tmp_path / "again.py", tmp_path / "elsewhere"
        script.write_text(text, encoding="utf-8")
        folder.mkdir()
        said, status = scripts.run(script, folder)
        assert status == 0, said
        (written,) = folder.iterdir()
        return written

    return run


@pytest.fixture
def nothing_loaded(monkeypatch):
    """As in a new process, so that no LoRA of another test is in a pipeline."""
    from fluxlab.models import loading

    for kept in ("_LOADED", "_SHARED", "_PLANS"):
        monkeypatch.setattr(loading, kept, {})


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A catalog folder for one test."""
    folder = tmp_path / ".fluxlab"
    monkeypatch.setenv("FLUXLAB_HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def _no_added_loras(monkeypatch):
    """Names that a test gives to LoRAs end with it."""
    monkeypatch.setattr("fluxlab.models.loras._ADDED", {})


@pytest.fixture
def nano_lora(tmp_path):
    """Write a LoRA file for nano with random weights; returns its path.

    ``shapes`` gives outputs and inputs by the module's key in the file, ``names`` the words for the two matrices.
    """
    import torch
    from safetensors.torch import save_file

    def write(
        name, shapes, *, rank=2, alpha=None, names=("lora_A.weight", "lora_B.weight"), seed=1, extra=(), meta=None
    ):
        noise = torch.Generator().manual_seed(seed)
        state = dict(extra)
        for key, (outputs, inputs) in shapes.items():
            state[f"{key}.{names[0]}"] = torch.randn(rank, inputs, generator=noise) * 0.3
            state[f"{key}.{names[1]}"] = torch.randn(outputs, rank, generator=noise) * 0.3
            if alpha is not None:
                state[f"{key}.alpha"] = torch.tensor(float(alpha))
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(state, path, metadata=meta)
        return path

    return write
