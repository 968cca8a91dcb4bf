from dataclasses import replace

import pytest

from fluxlab.errors import GridError
from fluxlab.grid import Grid


def test_distance_against_the_first_numbers_is_the_default(studio):
    axes = studio.grid({"seed": (1, 2, 3), "lora:ink": (0, 0.5, 1)}).plot().axes[0]
    assert axes.get_xlabel() == "lora:ink"
    assert axes.get_ylabel() == "distance to lora:ink = 0 (ΔE, multi-scale CIELAB)"
    assert "mean over seed (n = 3)" in axes.figure.get_supxlabel()


def test_any_recorded_number_can_be_plotted(studio):
    grid = studio.grid({"steps": (4, 8), "seed": (1, 2)})
    times = grid.plot(x="steps", y="seconds.denoise").axes[0]
    assert times.get_ylabel() == "denoise time (s)"
    assert grid.plot(x="seconds.total", y="sharpness", hue="seed").axes[0].get_xlabel() == "total time (s)"
    assert grid.plot(y="file_bytes").axes[0].get_ylabel() == "file bytes (bytes)"
    assert grid.plot(x="sharpness", y="colourfulness", hue="steps").axes


def test_distance_follows_the_axis_that_is_plotted(studio):
    grid = studio.grid({"lora:ink": (0, 1), "guidance": (2.0, 1.0)})
    assert "distance to guidance = 2" in grid.plot(x="guidance").axes[0].get_ylabel()
    assert "distance to lora:ink = 0" in grid.plot(x="lightness").axes[0].get_ylabel()


def test_a_long_baseline_is_written_inside_the_figure(studio):
    figure = studio.grid({"prompt": ("an owl on a teal background", "a large owl"), "seed": (1, 2)}).plot(x="prompt")
    figure.canvas.draw()
    title = figure.axes[0].yaxis.label
    assert " ".join(title.get_text().split()).startswith("distance to prompt = an owl on a teal background")
    written, page = title.get_window_extent(), figure.bbox
    assert page.x0 <= written.x0
    assert page.y0 <= written.y0
    assert written.y1 <= page.y1


def test_cells_without_an_image_are_counted(studio):
    grid = studio.grid({"seed": (1, 2, 3)}, {2: {"status": "failed"}})
    assert "1 cell has no value" in grid.plot(y="sharpness").get_supxlabel()


def test_prompts_are_categories_in_the_order_of_the_axis(studio):
    grid = studio.grid({"prompt": ("zebra", "a $cat$"), "seed": (1, 2)})
    figure = grid.plot(x="prompt", y="lightness", hue="seed")
    figure.canvas.draw()
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == ["zebra", "a $cat$"]


def test_cells_that_share_a_picture_count_once(studio, flat):
    colours = {1: "red", 2: "blue", 3: "green"}
    grid = studio.grid({"seed": (1, 2, 3), "guidance": (1.0, 2.0)}, paint=lambda c: flat(colours[c["seed"]]))
    caption = grid.plot(x="width", y="lightness").get_supxlabel()
    assert "(n = 3)" in caption
    assert "3 cells repeat a picture and are left out" in " ".join(caption.split())


def test_a_time_of_a_shared_recording_counts_once(studio):
    grid = studio.grid({"lora:ink": (0, 0.1), "seed": (1, 2)})
    shared = tuple(replace(c, generation=grid.cells[c.index % 2].generation) for c in grid.cells)
    caption = Grid(grid.axes, shared).plot(x="width", y="seconds.total").get_supxlabel()
    assert "(n = 2)" in caption


def test_what_cannot_be_plotted_is_explained(studio):
    grid = studio.grid({"seed": (1, 2)}, {0: {"status": "failed"}})
    with pytest.raises(GridError, match="y='sharpnes' is no column: Did you mean 'sharpness'"):
        grid.plot(y="sharpnes")
    with pytest.raises(GridError, match="x='sed' is no column: Did you mean 'seed'"):
        grid.plot(x="sed")
    with pytest.raises(GridError, match="y='status' holds text"):
        grid.plot(y="status")
    with pytest.raises(GridError, match="y='distance' has no number in any of 2 cells"):
        grid.plot()
    with pytest.raises(GridError, match="single value on every axis"):
        Grid({}, ()).plot()
