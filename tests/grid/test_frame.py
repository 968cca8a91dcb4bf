import numpy as np
import pandas as pd
import pytest

from fluxlab.analysis import distance, sharpness
from fluxlab.errors import GridError
from fluxlab.grid import Grid


def test_one_row_a_cell_with_its_coordinates_and_records(studio):
    special = {1: {"status": "failed"}, 3: {"status": "waiting"}}
    table = studio.grid({"lora:ink": (0, 1), "steps": (4, 8)}, special).df()
    assert list(table.index) == [0, 1, 2, 3]
    assert list(table["lora:ink"]) == [0, 0, 1, 1]
    assert list(table["status"]) == ["ok", "failed", "ok", "waiting"]
    assert "out of memory" in table.loc[1, "error"]
    assert table.loc[0, "seconds.denoise"] == pytest.approx(0.4)
    assert table.loc[0, "seconds.total"] > 0.43
    assert (table.loc[0, "width"], table.loc[0, "megapixels"]) == (32, 32 * 32 / 1e6)
    assert table.loc[0, "file_bytes"] > 100
    assert table.loc[2, "effective.steps"] == 4
    assert table.loc[3, ["uid", "seconds.total", "width"]].isna().all()
    assert "sharpness" not in table


def test_measures_come_when_asked_for(studio):
    grid = studio.grid({"lora:ink": (0, 0.5, 1)})
    table = grid.df(measures=True)
    images = [cell.generation.image for cell in grid.cells]
    assert list(table["sharpness"]) == [sharpness(image) for image in images]
    assert list(table["distance"]) == [0, distance(images[1], images[0]), distance(images[2], images[0])]
    assert "distance" not in grid.df("contrast")
    assert table.attrs["baseline"] == "lora:ink = 0"
    assert table.attrs["units"]["seconds.encode"] == "s"


def test_distance_is_to_the_cell_that_agrees_in_all_else(studio):
    grid = studio.grid({"seed": (1, 2), "lora:ink": (1, 0)})
    table = grid.df("distance")
    # The baseline is strength 0, not the first value of the axis.
    assert list(table.query("`lora:ink` == 0")["distance"]) == [0, 0]
    expected = distance(grid[2, 1].generation.image, grid[2, 0].generation.image)
    assert table.loc[grid[2, 1].index, "distance"] == expected > 0


def test_the_baseline_of_other_axes_is_their_first_value_and_can_be_chosen(studio):
    grid = studio.grid({"seed": (1, 2), "guidance": (5.0, 1.0)})
    assert list(grid.df("distance").query("guidance == 5")["distance"]) == [0, 0]
    by_seed = grid.df("distance", baseline="seed")
    assert list(by_seed.query("seed == 1")["distance"]) == [0, 0]
    assert (by_seed.query("seed == 2")["distance"] > 0).all()
    assert by_seed.attrs["baseline"] == "seed = 1"


def test_without_a_baseline_image_or_of_another_size_there_is_no_distance(studio):
    grid = studio.grid({"lora:ink": (0, 1), "seed": (1, 2)}, {0: {"status": "failed"}})
    assert list(np.isnan(grid.df("distance")["distance"])) == [True, False, True, False]
    sizes = studio.grid({"width": (32, 48)}).df("distance")
    assert list(np.isnan(sizes["distance"])) == [False, True]
    assert studio.grid({}).df("distance")["distance"].isna().all()


def test_axes_that_advance_together_share_a_baseline(studio):
    same = {(4, 1.0), (8, 2.0), (16, 3.0)}
    axes = {"steps": (4, 8, 16), "guidance": (1.0, 2.0, 3.0)}
    table = studio.grid(axes, keep=lambda c: (c["steps"], c["guidance"]) in same).df("distance")
    assert table["distance"].iloc[0] == 0
    assert (table["distance"].iloc[1:] > 0).all()


def test_a_lost_file_costs_its_numbers_and_nothing_else(studio):
    # Seeds of their own: numbers of pixels that were measured before are remembered.
    grid = studio.grid({"seed": (771, 772)})
    grid.cells[1].generation.path.unlink()
    table = grid.df("lightness")
    assert list(table["lightness"].isna()) == [False, True]


def test_dtypes_do_not_depend_on_the_rows(studio):
    full = studio.grid({"seed": (1, 2)}).df(measures=True)
    empty = Grid({"seed": (1, 2)}, ()).df(measures=True)
    common = [c for c in empty if c != "seed"]
    assert len(empty) == 0
    assert {c: str(empty[c].dtype) for c in common} == {c: str(full[c].dtype) for c in common}
    assert pd.api.types.is_bool_dtype(full["cached"])


def test_unknown_names_have_hints(studio):
    grid = studio.grid({"seed": (1, 2)}, every={"status": "waiting"})
    with pytest.raises(GridError, match="measure 'sharpnes' is unknown: Did you mean 'sharpness'"):
        grid.df(measures=["sharpnes"])
    with pytest.raises(GridError, match="baseline='sed' is no axis: Did you mean 'seed'"):
        grid.df(baseline="sed")
