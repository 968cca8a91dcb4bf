"""A machine without a browser: a fault in CI, and elsewhere a gap that nobody can overlook."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from . import chromium

NEEDS_A_BROWSER = Path(__file__).with_name("test_grid_output.py")


@pytest.mark.parametrize(("ci", "code", "word"), [(True, 1, "error"), (False, 0, "skipped")])
def test_a_missing_browser_is_one_sentence(tmp_path, ci, code, word):
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PATH": str(tmp_path)} | ({"CI": "1"} if ci else {})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "shows_its_grid"]
    done = subprocess.run(
        [*command, NEEDS_A_BROWSER], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert f"1 {word}" in done.stdout
    assert chromium.MISSING in done.stdout
    assert ("the browser tests did not run" in done.stdout) is not ci
