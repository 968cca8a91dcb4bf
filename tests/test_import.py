"""What ``import fluxlab`` costs, and the names it offers."""

import re
import subprocess
import sys

import pytest

import fluxlab

HEAVY = ("torch", "diffusers", "pandas", "matplotlib", "transformers")
MODELS = ("torch", "diffusers", "transformers", "peft")
#: The import is waited for at the head of every notebook and behind every command.
SECONDS = 0.3


def python(*arguments):
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("fluxlab", HEAVY),
        ("fluxlab.cli", HEAVY),
        ("fluxlab.magics", HEAVY),
        ("fluxlab.recipe", HEAVY),
        ("fluxlab.sweep", MODELS),
        ("fluxlab.catalog", HEAVY),
        ("fluxlab.grid", HEAVY),
        ("fluxlab.server.routes", HEAVY),
    ],
)
def test_an_import_loads_no_heavy_library(module, heavy):
    loaded = python("-c", f"import sys, {module}; print(*sys.modules)").stdout.split()
    assert module in loaded
    assert not set(heavy) & set(loaded)


def test_importing_fluxlab_is_quick():
    totals = []
    for _ in range(5):
        table = python("-X", "importtime", "-c", "import fluxlab").stderr
        row = re.search(r"\|\s*(\d+) \| fluxlab$", table, re.MULTILINE)
        totals.append(int(row.group(1)) / 1e6)
    assert min(totals) < SECONDS


@pytest.mark.parametrize("name", fluxlab.__all__)
def test_every_public_name_is_there(name):
    assert name in dir(fluxlab)
    assert getattr(fluxlab, name) is not None


def test_a_misspelt_name_is_answered_with_the_nearest():
    with pytest.raises(AttributeError, match=r"no attribute 'Sweeep'\. Did you mean 'Sweep'\?$"):
        _ = fluxlab.Sweeep


def test_a_name_that_is_near_nothing_gets_no_hint():
    with pytest.raises(AttributeError, match=r"^module 'fluxlab' has no attribute 'xyzzy'\.$"):
        _ = fluxlab.xyzzy
