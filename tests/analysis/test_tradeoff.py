"""The trade-off plot: a mark for each combination of levers, and nothing hidden."""

import pandas as pd
import pytest

from fluxlab.analysis import tradeoff_plot
from fluxlab.errors import GridError


def table():
    rows = [
        (None, 4.0, None),
        (None, 4.2, None),
        ("step_cache first_block:0.12", 2.0, 3.0),
        ("step_cache first_block:0.12", 2.2, 5.0),
        ("compile", 3.0, 0.1),
        ("compile", 3.0, None),
        ("attention sage", None, 1.0),
    ]
    return pd.DataFrame(rows, columns=["lossy", "seconds.denoise", "exact.distance"])


def plot(rows):
    return tradeoff_plot(rows, "exact.distance", "seconds.denoise", y_title="distance (ΔE)", title="A $ title_")


def test_every_combination_has_a_mark_at_its_mean():
    figure = plot(table())
    figure.canvas.draw()
    axes = figure.axes[0]
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["exact (n = 2)", "compile (n = 1)", "step_cache first_block:0.12 (n = 2)"]
    means = [tuple(c.get_offsets()[0]) for c in axes.collections if c.get_label() in legend]
    assert means == [pytest.approx((4.1, 0)), pytest.approx((3, 0.1)), pytest.approx((2.1, 4))]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("denoise time (s)", "distance (ΔE)")


def test_images_without_both_numbers_are_counted():
    assert "2 images have no time or no exact image to compare with" in plot(table()).get_supxlabel()


@pytest.mark.parametrize("keep", [slice(0, 2), slice(5, 7), slice(0, 0)])
def test_nothing_lossy_to_plot_says_how_to_get_it(keep):
    with pytest.raises(GridError, match="vary a lever and keep the exact value on its axis"):
        plot(table()[keep])


def test_too_many_combinations_are_refused():
    many = pd.DataFrame([(f"attention {i}", 1.0, 1.0) for i in range(40)], columns=table().columns)
    with pytest.raises(GridError, match="40 combinations of levers cannot be told apart"):
        plot(many)
