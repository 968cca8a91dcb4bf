"""The grid of a run, read from the catalog alone, is the one that the run gave."""

import sqlite3

import pytest

from fluxlab import Sweep
from fluxlab.catalog.encoding import dump, load
from fluxlab.errors import GridError
from fluxlab.grid.recorded_run import images_of_run, recorded_run
from fluxlab.run_grid import cells_of_run

PROMPT = "an owl on a teal background"


def told(grid):
    return {
        tuple(cell.coords[axis] for axis in sorted(grid.axes)): (cell.status, cell.cached, cell.key, cell.finished)
        for cell in grid.cells
    }


def run(lab, *given, mode="exact", **values):
    """The id of a run, and its grid."""
    started = lab.start(Sweep(*given, steps=1, **values), mode=mode)
    return started.id, started.wait(120)


@pytest.mark.parametrize(
    "asked",
    [
        {"seed": [1, 2, 3], "guidance": [1.0, 3.3]},
        {"seed": [1, 2, 3], "guidance": [1.0, 2.0, 3.3], "zip": ("seed", "guidance")},
        {"seed": [3, 2, 1], "guidance": [1.0, 3.3], "where": lambda cell: cell["seed"] != 2},
        {"seed": [3, 2, 1], "guidance": [1.0, 3.3], "sample": 5},
        {"seed": [1, 2], "guidance": [1.0, 1.000001]},
        {"seed": 2, "guidance": 1.0},
    ],
    ids=["product", "zip", "where", "sample", "one image for two cells", "nothing to make"],
)
def test_cells_of_a_run_are_found_again_whether_it_made_them_or_had_them(lab, asked):
    run(lab, PROMPT, seed=[1, 2], guidance=1.0)
    number, grid = run(lab, PROMPT, **asked)
    found = recorded_run(lab.catalog, number)
    assert told(found) == told(grid)
    assert any(cell.cached for cell in found.cells)
    assert set(images_of_run(lab.catalog, number)) == {cell.generation.uid for cell in grid.cells}


def test_an_exact_run_shows_no_fast_image(lab):
    _, grid = run(lab, PROMPT, seed=[1, 2], mode="fast")
    fast = {cell.generation.uid for cell in grid.cells}
    sweep = Sweep(PROMPT, seed=[1, 2], steps=1)
    for mode, uids in (("exact", set()), ("fast", fast)):
        lab.catalog.add_run(mode, sweep.to_json(), cells=cells_of_run(lab.plan(sweep), mode))
        cells = recorded_run(lab.catalog, mode).cells
        assert {cell.generation.uid for cell in cells if cell.generation} == uids
        assert set(images_of_run(lab.catalog, mode)) == uids


def test_an_image_whose_file_is_gone_is_not_shown(lab):
    _, grid = run(lab, PROMPT, seed=[1, 2])
    number, _ = run(lab, PROMPT, seed=[1, 2])
    grid.cells[0].generation.path.unlink()
    assert [cell.status for cell in recorded_run(lab.catalog, number).cells] == ["missing", "ok"]


def test_a_recorded_sweep_opens_as_it_was(lab):
    number, _ = run(lab, PROMPT, seed=[1, 2])
    assert Sweep.from_json(lab.catalog.run(number)["sweep"]) == Sweep(PROMPT, seed=[1, 2], steps=1)


@pytest.mark.parametrize(
    "cells",
    [None, [], {}, {"mode": "exact", "places": None}, {"mode": "exact", "places": [0], "keys": []},
     {"mode": "exact", "places": ["x"], "keys": ["y"]}, {"mode": "exact", "places": None, "keys": 7}],
)  # fmt: skip
def test_a_run_whose_cells_are_not_recorded_shows_what_it_made_and_says_so(lab, cells):
    run(lab, PROMPT, seed=1)
    number, _ = run(lab, PROMPT, seed=[1, 2])
    change(lab, number, cells)
    found = recorded_run(lab.catalog, number)
    assert [cell.status for cell in found.cells] == ["missing", "ok"]
    assert "the catalog had them before" in found.summary


def test_a_run_with_cells_beyond_its_axes_is_refused(lab):
    number, _ = run(lab, PROMPT, seed=[1, 2])
    change(lab, number, {"mode": "exact", "places": [0, 2], "keys": ["x", "y"]})
    with pytest.raises(GridError, match="cells beyond its axes"):
        recorded_run(lab.catalog, number)


def test_a_large_run_records_no_cells(monkeypatch, lab):
    monkeypatch.setattr("fluxlab.run_grid.PLACES_MAX", 1)
    number, _ = run(lab, PROMPT, seed=[1, 2])
    assert lab.catalog.run(number)["cells"] is None


def change(lab, number, cells):
    """Write something else where the cells of a run stand."""
    with sqlite3.connect(lab.catalog.folder / "catalog.db") as db:
        (text,) = db.execute("SELECT sweep FROM runs WHERE id = ?", [number]).fetchone()
        db.execute("UPDATE runs SET sweep = ? WHERE id = ?", [dump({**load(text), "cells": cells}), number])
    db.close()
