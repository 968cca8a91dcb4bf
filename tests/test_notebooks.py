"""The tutorials run from top to bottom, as a reader would run them."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.timeout(900)
@pytest.mark.parametrize("source", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(source, tmp_path):
    copy = tmp_path / "notebooks"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns(".*"))
    notebook = nbformat.read(copy / source.name, as_version=4)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", store_widget_state=False, resources={"metadata": {"path": copy}}
    )
    client.execute()

    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    pages = [
        output.data["text/html"]
        for cell in cells
        for output in cell.outputs
        if output.output_type in {"execute_result", "display_data"} and "text/html" in output.get("data", {})
    ]
    grid = next(page for page in pages if "fluxlab-grid" in page)
    assert "<img" in grid
