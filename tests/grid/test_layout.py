import pytest

from fluxlab.errors import GridError


def directions(grid):
    layout = grid.layout
    name = lambda bundle: bundle and bundle.name  # noqa: E731
    return name(layout.rows), name(layout.columns), [b.name for b in layout.tabs], [b.name for b in layout.facets]


def waiting(studio, axes, **options):
    """A grid whose layout is looked at and not its pictures."""
    every = {"status": "waiting"}
    return studio.grid(axes, every=every, **options)


def test_a_single_cell_needs_no_direction(studio):
    assert directions(waiting(studio, {})) == (None, None, [], [])


def test_one_axis_becomes_columns(studio):
    assert directions(waiting(studio, {"seed": (1, 2)})) == (None, "seed", [], [])


def test_numbers_before_seeds_before_words_before_prompts(studio):
    axes = {
        "prompt": ("a cat on a blue background", "a dog on a red background"),
        "scheduler": ("euler", "unipc"),
        "seed": (1, 2, 3, 4, 5),
        "steps": (4, 8),
        "guidance": (1.0, 2.0, 3.5),
    }
    assert directions(waiting(studio, axes)) == ("steps", "guidance", [], ["prompt", "scheduler", "seed"])
    assert directions(waiting(studio, {k: axes[k] for k in ("prompt", "seed")})) == ("prompt", "seed", [], [])


def test_an_axis_of_one_value_takes_no_room_but_can_be_asked_for(studio):
    grid = waiting(studio, {"seed": (1,), "guidance": (1.0, 2.0)})
    assert directions(grid) == (None, "guidance", [], [])
    assert directions(grid.view(rows="seed")) == ("seed", "guidance", [], [])


def test_view_moves_axes_and_keeps_the_grid(studio):
    grid = waiting(studio, {"seed": (1, 2), "steps": (4, 8), "guidance": (1.0, 2.0, 3.0)}, title="T")
    other = grid.view(rows="guidance", columns="seed", tabs="steps")
    assert directions(other) == ("guidance", "seed", ["steps"], [])
    assert directions(grid) == ("steps", "guidance", [], ["seed"])
    assert (other.title, other.cells) == (grid.title, grid.cells)


def test_axes_that_advance_together_are_one_direction(studio):
    pairs = {(4, 1.0), (8, 2.0), (16, 3.0)}
    axes = {"steps": (4, 8, 16), "guidance": (1.0, 2.0, 3.0), "seed": (1, 2)}
    grid = waiting(studio, axes, keep=lambda c: (c["steps"], c["guidance"]) in pairs)
    assert directions(grid) == ("seed", "steps + guidance", [], [])
    assert grid.layout.columns.labels() == ["steps 4, guidance 1", "steps 8, guidance 2", "steps 16, guidance 3"]
    assert directions(grid.view(rows="guidance")) == ("steps + guidance", "seed", [], [])
    assert directions(grid.view(rows="steps", columns="guidance")) == ("steps", "guidance", [], ["seed"])


def test_a_wrong_axis_has_a_hint(studio):
    grid = waiting(studio, {"seed": (1, 2), "guidance": (1.0, 2.0)})
    with pytest.raises(GridError, match="axis 'guidence' is not in this grid: Did you mean 'guidance'"):
        grid.view(rows="guidence")
    with pytest.raises(GridError, match="axis 'seed' is asked for twice"):
        grid.view(rows="seed", columns="seed")
    with pytest.raises(GridError, match="single cell"):
        waiting(studio, {}).view(rows="seed")
