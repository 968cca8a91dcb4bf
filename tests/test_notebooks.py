"""The tutorials run from top to bottom, as a reader would run them."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
#: Code hosts do not show notebooks of a few megabytes.
BYTES_MAX = 1_000_000
#: Panels that a notebook shows, how many of them surely have images, and what its text says that its outputs show.
PROMISED = {
    "01-first-sweep": (0, 0, ["cells: ", "cells: .* from the catalog"]),
    "02-prompt-grids": (
        1,
        0,
        [
            "18 cells: 18 made",
            r"a gorgeous owl on a teal background' moves it by \d+\.\d: \d+% of that",
            "<meter .* of 77 tokens",
            "often draws cats",
            "6 cells: 6 made",
            "seed='1..3'",
            "^3 4$",
        ],
    ),
    "03-sweeps": (
        3,
        1,
        [
            "24 to make .* time unknown",
            "1 in the catalog, 23 to make .* about",
            "^stopped$",
            r"\d+ not made: run again for the rest",
            r"24 cells: \d+ from the catalog, \d+ made",
            "24 cells: 24 from the catalog",
            "scheduler is partly dead: euler and euler-karras gave the same pixels",
            "fast: 4 cells: 4 made",
            "exact: 4 cells: 4 made",
            "16 cells: 16 made",
        ],
    ),
    "04-lora-strength": (
        1,
        0,
        [
            "pixel: .* rank 16",
            r"grows at every step of strength for \d of 4 seeds",
            "3 sharing the image of another cell",
            r"'single.3': \[0.0\]",
            r"at strength 0, 0\.25, 0\.5, 1",
            'alt="Effect curve',
            "16 cells: 16 made",
        ],
    ),
    "05-catalog-and-pandas": (
        1,
        1,
        [
            "'steps': 2, 'width': 128",
            "^4 foxes on teal$",
            "^4 cats with more than 2$",
            "keeper",
            "6 places: 5 images, 1 hole",
            "1 hole filled",
            "One factor changed: guidance",
            "2 factors changed: seed, guidance",
            "the same image, bit for bit",
            "table.csv",
        ],
    ),
}


def test_every_notebook_promises_something():
    assert [path.stem for path in NOTEBOOKS] == sorted(PROMISED)


def outputs(notebook):
    """What was shown, by MIME type; printed text is ``text/plain`` too."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield {"text/plain": output.text} if output.output_type == "stream" else output.data


@pytest.mark.timeout(900)
@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(source, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where some keep a catalog of their own
    copy = tmp_path / "notebooks"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns(".*"))
    notebook = nbformat.read(copy / source.name, as_version=4)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", store_widget_state=False, resources={"metadata": {"path": copy}}
    )
    client.execute()

    nbformat.validate(notebook)
    assert len(nbformat.writes(notebook).encode()) < BYTES_MAX
    shown = list(outputs(notebook))
    pages = [data["text/html"] for data in shown if "text/html" in data]
    grid = next(page for page in pages if "fluxlab-grid" in page)
    assert "<img" in grid

    count, pictured, promised = PROMISED[source.stem]
    panels = [page for page in pages if 'class="fluxlab-static-' in page]
    assert len(panels) == count
    assert all(re.search("<img|<b>plan</b>|fl-waiting", page) for page in panels)
    assert sum("<img" in page for page in panels) >= pictured

    text = "\n".join(data[kind] for data in shown for kind in ("text/plain", "text/html") if kind in data)
    assert [words for words in promised if not re.search(words, text, re.MULTILINE)] == []


@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(source):
    notebook = nbformat.read(source, as_version=4)
    kept = [cell for cell in notebook.cells if cell.cell_type == "code" and (cell.outputs or cell.execution_count)]
    assert kept == []


@pytest.mark.parametrize("source", NOTEBOOKS[1:], ids=lambda path: path.stem)
def test_a_notebook_says_what_one_will_know_and_where_to_go_next(source):
    first, *_, last = nbformat.read(source, as_version=4).cells
    assert "At the end of this notebook you will" in first.source
    assert last.source.startswith("## Where to go next")
    for target in re.findall(r"\]\(([^)#]+)", last.source):
        assert (FOLDER / target).exists(), target
