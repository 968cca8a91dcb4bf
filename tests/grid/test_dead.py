from fluxlab.grid import dead_axes


def test_an_axis_that_changes_pixels_is_not_dead(studio):
    assert studio.grid({"seed": (1, 2), "guidance": (1.0, 2.0)}).dead == ()


def test_an_axis_that_changes_nothing_is_dead_and_each_cell_says_so(studio, flat):
    colours = {1: "red", 2: "blue"}
    grid = studio.grid({"seed": (1, 2), "guidance": (1.0, 2.0, 3.5)}, paint=lambda c: flat(colours[c["seed"]]))
    (dead,) = grid.dead
    assert (dead.axis, dead.entirely, dead.groups, dead.equal) == ("guidance", True, 2, 2)
    assert [(p.one, p.other, p.equal, p.groups) for p in dead.pairs] == [
        ("1", "2", 2, 2),
        ("1", "3.5", 2, 2),
        ("2", "3.5", 2, 2),
    ]
    assert str(dead) == (
        "guidance is a dead axis: 1, 2 and 3.5 gave the same pixels in all 2 comparable groups, "
        "although the recipes differ."
    )
    assert grid.notes[grid.cell(seed=1, guidance=1).index] == ("same pixels as guidance 2 and 3.5",)


def test_an_axis_dead_in_one_place_says_where(studio, flat):
    def paint(coords):
        return flat("red") if coords["model"] == "schnell" else flat((int(40 * coords["guidance"]), 0, 0))

    grid = studio.grid({"model": ("nano", "schnell"), "guidance": (1.0, 2.0, 3.0)}, paint=paint)
    (dead,) = grid.dead
    assert (dead.entirely, dead.equal, dead.groups, dead.where) == (False, 1, 2, "model schnell")
    assert "in 1 of 2 comparable groups (those with model schnell)" in str(dead)
    assert grid.cell(model="nano", guidance=1).index not in grid.notes


def test_single_pairs_are_counted(studio, flat):
    shade = {1.0: 10, 2.0: 10, 3.0: 30}
    grid = studio.grid(
        {"seed": (1, 2), "guidance": tuple(shade)}, paint=lambda c: flat((shade[c["guidance"]], c["seed"], 0))
    )
    (dead,) = grid.dead
    assert "guidance is partly dead: 1 and 2 gave the same pixels in 2 of 2 comparable groups" in str(dead)
    assert [(p.one, p.other) for p in dead.pairs] == [("1", "2")]


def test_folded_cells_are_the_same_cell_and_no_dead_axis(studio, flat):
    # Two LoRAs at strength 0 share a key: the image was made once, on purpose.
    axes = {"lora:ink": (0, 1), "lora:wax": (0, 1)}
    keys = {0: "plain", 1: "wax", 2: "ink", 3: "both"}
    grid = studio.grid(axes, {i: {"key": k} for i, k in keys.items()})
    assert grid.dead == ()
    folded = studio.grid({"lora:ink": (0, 0.0001)}, {0: {"key": "k"}, 1: {"key": "k"}}, paint=lambda _: flat("red"))
    assert folded.dead == ()
    assert folded.notes == {1: ("same image as lora:ink 0",)}


def test_cells_without_an_image_are_not_compared(studio, flat):
    special = {1: {"status": "failed"}, 2: {"status": "waiting"}}
    grid = studio.grid({"guidance": (1.0, 2.0, 3.0)}, special)
    assert dead_axes(grid.cells, grid.axes) == ()
    two = studio.grid({"guidance": (1.0, 2.0, 3.0)}, {1: {"status": "failed"}}, paint=lambda _: flat("red"))
    (dead,) = two.dead
    assert dead.values == ("1", "3")


def test_axes_that_advance_together_are_reported_together(studio, flat):
    axes = {"steps": (4, 8), "guidance": (1.0, 2.0), "seed": (1, 2)}
    same = {(4, 1.0), (8, 2.0)}
    grid = studio.grid(
        axes, keep=lambda c: (c["steps"], c["guidance"]) in same, paint=lambda c: flat((c["seed"], 0, 0))
    )
    assert [dead.axis for dead in grid.dead] == ["steps + guidance"]
