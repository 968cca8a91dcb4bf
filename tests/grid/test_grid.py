import pytest

from fluxlab.errors import GridError
from fluxlab.grid import Grid


def test_cells_are_found_by_coordinates(studio):
    grid = studio.grid({"lora:ink": (0, 0.5), "seed": (1, 2)})
    assert grid.cell({"lora:ink": 0.5}, seed=2).index == 3
    assert grid[0.5, 2].index == 3
    assert grid[{"lora:ink": 0, "seed": 1.0}].index == 0
    assert len(grid) == 4


@pytest.mark.parametrize(
    ("coords", "message"),
    [
        ({"sed": 1}, "axis 'sed' is not in this grid: Did you mean 'seed'"),
        ({"seed": 7}, "seed=7 is not in this grid: its values are 1 and 2"),
        ({"seed": 1}, "2 cells match seed 1: give guidance too"),
    ],
)
def test_coordinates_that_name_no_single_cell_are_explained(studio, coords, message):
    grid = studio.grid({"seed": (1, 2), "guidance": (1.0, 2.0)}, every={"status": "waiting"})
    with pytest.raises(GridError, match=message):
        grid.cell(coords)
    with pytest.raises(GridError, match="too many"):
        grid[1, 1.0, 3]


def test_a_place_that_the_sweep_left_out_says_so(studio):
    every = {"status": "waiting"}
    grid = studio.grid({"seed": (1, 2, 3), "steps": (4, 8)}, every=every, keep=lambda c: c != {"seed": 1, "steps": 8})
    with pytest.raises(GridError, match="0 cells match seed 1, steps 8: the sweep left this place out"):
        grid[1, 8]


def test_cells_must_lie_on_the_axes_one_to_a_place(studio):
    one, two = studio.cell(0, {"seed": 1}), studio.cell(1, {"seed": 1}, steps=8)
    with pytest.raises(GridError, match="cells 0 and 1 are both at seed 1"):
        Grid({"seed": (1, 2)}, (one, two))
    with pytest.raises(GridError, match="cell 0: seed=1 is not on the axis"):
        Grid({"seed": (2, 3)}, (one,))
    with pytest.raises(GridError, match="cell 0: steps=missing"):
        Grid({"steps": (2, 3)}, (one,))


def test_a_repeated_place_with_the_same_content_is_kept_once(studio):
    cell = studio.cell(0, {"seed": 1})
    assert len(Grid({"seed": (1,)}, (cell, cell))) == 1


def test_the_summary_counts_by_status_unless_one_is_given(studio):
    special = {0: {"cached": True}, 1: {"status": "failed"}, 2: {"status": "interrupted"}, 3: {"status": "waiting"}}
    grid = studio.grid({"seed": (1, 2, 3, 4, 5)}, special)
    assert grid.summary == "5 cells: 1 from the catalog, 1 failed, 1 interrupted, 1 waiting, 1 made"
    assert Grid(grid.axes, grid.cells, summary="done in 3 s").summary == "done in 3 s"


def test_fixed_parameters_are_what_all_cells_share(studio):
    fixed = studio.grid({"seed": (1, 2), "lora:ink": (0, 1)}).fixed
    assert fixed["prompt"] == "a cat"
    assert "seed" not in fixed
    assert "loras" not in fixed
    # A LoRA that all cells share is named, also beside one that is an axis.
    both = [{"loras": {"ink": strength, "wax": 0.5}} for strength in (0, 1)]
    assert studio.grid({"lora:ink": (0, 1)}, dict(enumerate(both))).fixed["loras"] == {"wax": 0.5}
    assert "loras" not in studio.grid({"lora:ink": (1,)}).fixed
    assert studio.grid({"steps": (4, 8)}, {i: {"loras": {"ink": 1}} for i in range(2)}).fixed["loras"] == {"ink": 1.0}


def test_the_text_form_names_axes_counts_and_dead_axes(studio, flat):
    grid = studio.grid({"guidance": (1.0, 2.0)}, paint=lambda _: flat("red"))
    assert repr(grid) == (
        "<Grid guidance (2): 2 cells: 2 made>\nguidance is a dead axis: 1 and 2 gave the same pixels "
        "in the one comparable group, although the recipes differ."
    )
    assert repr(Grid({}, ())) == "<Grid of one cell: no cells>"
