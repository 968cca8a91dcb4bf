import subprocess
import sys
from io import BytesIO

import pandas as pd
import pytest
from PIL import Image

from fluxlab.analysis import Axis, effect_plot
from fluxlab.errors import GridError


def table():
    rows = [(g, s, p, 10 * g + s) for g in (1.0, 2.0, 4.0) for s in (1, 2, 3) for p in ("a cat", "a dog")]
    return pd.DataFrame(rows, columns=["guidance", "seed", "prompt", "value"])


def texts(figure):
    figure.canvas.draw()
    axes = figure.axes[0]
    found = [axes.get_xlabel(), axes.get_ylabel(), axes.get_title(loc="left"), figure.get_supxlabel()]
    legend = axes.get_legend()
    found += [t.get_text() for t in legend.get_texts()] if legend else []
    return found + [t.get_text() for t in axes.get_xticklabels()]


def points(figure):
    return sum(len(c.get_offsets()) for c in figure.axes[0].collections if type(c).__name__ == "PathCollection")


def test_every_row_is_a_point_and_the_line_goes_through_the_means():
    figure = effect_plot(table(), "guidance", "value")
    assert points(figure) == 18
    (line,) = [found for found in figure.axes[0].lines if len(found.get_xdata()) == 3 and found.get_linewidth() == 2]
    assert list(line.get_ydata()) == [12.0, 22.0, 42.0]


def test_the_caption_says_n_the_spread_and_what_is_pooled():
    caption = effect_plot(table(), "guidance", "value", pooled=["seed", "prompt"]).get_supxlabel()
    assert "mean over seed, prompt (n = 6)" in caption
    assert "95 % t-interval" in caption
    two = table().query("seed < 3 and prompt == 'a cat'")
    assert "Bars: range" in effect_plot(two, "guidance", "value").get_supxlabel()
    assert "One cell a point (n = 1)" in effect_plot(two.query("seed == 1"), "guidance", "value").get_supxlabel()


def test_missing_values_are_counted_not_hidden():
    rows = table()
    rows.loc[0, "value"] = None
    figure = effect_plot(rows, "guidance", "value")
    assert points(figure) == 17
    assert "1 cell has no value" in figure.get_supxlabel()


def test_units_stand_on_the_axes_and_hues_in_the_legend():
    words = {"value": Axis("decode time", "s"), "prompt": Axis("prompt")}
    found = texts(effect_plot(table(), "guidance", "value", "prompt", words=words, title="Times"))
    assert {"decode time (s)", "guidance", "Times", "a cat", "a dog"} <= set(found)


def test_categories_stand_in_their_order_and_are_not_joined():
    figure = effect_plot(table(), "prompt", "value", "seed")
    assert "a cat" in texts(figure)
    assert all(line.get_linestyle() == "None" for line in figure.axes[0].lines)


def test_text_that_looks_like_mathematics_or_a_hidden_label_is_drawn_as_it_is():
    rows = table().replace({"prompt": {"a cat": "cost $\\frac{", "a dog": "_hidden"}})
    found = texts(effect_plot(rows, "guidance", "value", "prompt", title="$x^{"))
    assert "cost $\\frac{" in found
    assert " _hidden" in found
    assert "$x^{" in found


@pytest.mark.parametrize(
    ("x", "y", "hue", "message"),
    [
        ("guidnce", "value", None, "x='guidnce' is no column: Did you mean 'guidance'"),
        ("guidance", "valu", None, "y='valu' is no column: Did you mean 'value'"),
        ("guidance", "value", "sed", "hue='sed' is no column: Did you mean 'seed'"),
        ("guidance", "prompt", None, "y='prompt' holds text: plot a column of numbers, such as guidance, seed, value"),
    ],
)
def test_a_wrong_column_is_named_with_the_nearest(x, y, hue, message):
    with pytest.raises(GridError, match=message.replace("(", r"\(")):
        effect_plot(table(), x, y, hue)


def test_nothing_to_draw_and_too_much_to_tell_apart_are_refused():
    rows = table()
    with pytest.raises(GridError, match="no number in any of 18 cells"):
        effect_plot(rows.assign(value=float("nan")), "guidance", "value")
    with pytest.raises(GridError, match="18 different values"):
        effect_plot(rows.assign(uid=range(18)), "guidance", "value", "uid")
    with pytest.raises(GridError, match="at most 40"):
        effect_plot(pd.DataFrame({"x": [f"p{i}" for i in range(50)], "value": 1.0}), "x", "value")


def test_values_of_every_kind_can_be_a_hue():
    rows = table().assign(kind=[None, True, "x"] * 6)
    assert points(effect_plot(rows, "guidance", "value", "kind")) == 18


def test_the_figure_shows_itself_on_white():
    image = Image.open(BytesIO(effect_plot(table(), "guidance", "value")._repr_png_()))
    assert image.convert("RGB").getpixel((1, 1)) == (255, 255, 255)


def test_plots_leave_pyplot_alone_and_measures_load_neither_matplotlib_nor_torch():
    code = (
        "import sys, fluxlab.analysis as a, fluxlab.grid\n"
        "assert not {'matplotlib', 'torch', 'diffusers'} & set(sys.modules)\n"
        "import pandas as pd\n"
        "a.effect_plot(pd.DataFrame({'x': [1, 2], 'y': [1, 2]}), 'x', 'y').savefig('/dev/null', format='png')\n"
        "assert not {'matplotlib.pyplot', 'torch', 'diffusers'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
