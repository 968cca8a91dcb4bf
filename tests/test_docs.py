"""Every command and every snippet in the documentation works as printed.

The ``sh``, ``python`` and ``ipython`` blocks of a file run in their order and in one folder. Those of Python share one
process, so that a later snippet may use what an earlier one made; an ``ipython`` block is one cell of a notebook. What
stands behind ``# →`` is printed by the block, up to a closing ``…``.
"""

import json
import os
import re
import shlex
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.catalog import PARTS

ROOT = Path(__file__).parents[1]
FILES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
FENCE = re.compile(r"^```(sh|python|ipython)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
#: A reader's first steps, which would install or start something here.
NOT_RUN = re.compile(r"(git clone|cd|source|\.|python3? -m venv|(sudo )?apt(-get)? install|jupyter lab)\b|\. ")

DRIVER = """
import contextlib, io, json, re, subprocess, sys
path, *blocks = json.load(open(__file__.replace("driver.py", "blocks.json")))
space = {"__name__": "__main__"}
shell = None
for kind, line, text in blocks:
    if kind == "ipython":
        if shell is None:
            from IPython.core.interactiveshell import InteractiveShell
            shell = InteractiveShell(user_ns=space)
        shell.run_cell(text).raise_error()
    elif kind == "python":
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile("\\n" * line + text, path, "exec"), space)
        print(out.getvalue())
        printed = out.getvalue().splitlines()
        for said in re.findall("# → (.*)", text):
            if not any(line == said or said.endswith("…") and line.startswith(said[:-1].rstrip()) for line in printed):
                sys.exit(f"{said!r} is not what is printed: {printed}")
    else:
        for command in text.splitlines():
            subprocess.run(["bash", "-euo", "pipefail", "-c", command], check=True)
"""


@dataclass(frozen=True)
class Block:
    kind: str
    line: int
    text: str

    def commands(self):
        """Shell lines without comments, with continued lines joined."""
        lines = self.text.replace("\\\n", " ").splitlines()
        return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]


def blocks(path):
    text = path.read_text(encoding="utf-8")
    return [Block(found[1], text.count("\n", 0, found.start(2)), found[2]) for found in FENCE.finditer(text)]


def is_checked_only(command):
    return command.startswith(("make", "pip install")) or NOT_RUN.match(command) is not None


def shell(path):
    return [command for block in blocks(path) if block.kind == "sh" for command in block.commands()]


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_snippets_run(path, scripts, tmp_path, monkeypatch):
    work = [str(path)]
    for block in blocks(path):
        text = block.text
        if block.kind == "sh":
            text = "\n".join(command for command in block.commands() if not is_checked_only(command))
        work.append((block.kind, block.line, text))
    folder = tmp_path / "reader"
    folder.mkdir()
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER)
    (tmp_path / "blocks.json").write_text(json.dumps(work))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    said, status = scripts.run(driver, folder)
    assert status == 0, said


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_make_targets_exist(path):
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for command in shell(path):
        words = shlex.split(command, comments=True)
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word and not word.startswith("-")} <= targets, command


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_extras_that_pip_is_asked_for_exist(path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for command in shell(path):
        if command.startswith("pip install"):
            for asked in re.findall(r"(?:fluxlab|\.)\[([\w,-]+)\]", command):
                assert set(asked.split(",")) <= set(project["optional-dependencies"]), command


def test_the_readme_shows_python_and_a_command():
    assert {block.kind for block in blocks(ROOT / "README.md")} == {"python", "sh"}


LINK = re.compile(r"\]\((?!https?://|#)([^)\s]+)\)")


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_links_inside_the_project_lead_somewhere(path):
    for target in LINK.findall(path.read_text(encoding="utf-8")):
        assert (path.parent / target.partition("#")[0]).exists(), target


def test_the_commands_of_the_figures_can_be_pasted():
    text = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    named = dict.fromkeys(re.findall(r"`(?:python -m ([\w.]+)|… )((?: [\w.-]+)*)`", text))
    assert named
    for module, _ in named:
        assert module, "a command that begins with an ellipsis"
        place = ROOT / Path(*module.split("."))
        assert place.with_suffix(".py").is_file() or (place / "__main__.py").is_file(), module
    # What one command says, the command of all parts runs.
    for module, options in named:
        parts = [part for part in PARTS.values() if part[1] == module and "--only" not in options]
        assert not parts or shlex.split(options) in [part[2:] for part in parts], (module, options)
