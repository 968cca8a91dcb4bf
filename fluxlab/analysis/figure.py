"""A figure without pyplot: no global state, no window, and it shows itself in a notebook."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Okabe and Ito's colours ("Color Universal Design", 2008), told apart with every kind of colour vision; yellow is
#: left out, because it is too pale for lines on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
#: A second sign beside the colour, for print without it.
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":")
INK = "#1f2328"
FAINT = "#6b7280"
LINES = "#e5e7eb"


class LabFigure(Figure):
    """A white figure with a canvas of its own.

    A figure made by pyplot is shown because pyplot remembers it; this one brings its PNG along.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(facecolor="white", layout="constrained", **options)
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


def quiet(axes: Axes) -> None:
    """Take away what carries no number: the box, the tick marks; leave a faint horizontal grid behind the points."""
    axes.set_facecolor("white")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(LINES)
    axes.grid(visible=True, axis="y", color=LINES, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=FAINT, labelsize=9)
