"""Numbers about images: measures, statistics of small groups, and the effect plot."""

from fluxlab.analysis.measures import (
    MEASURES,
    Measure,
    colourfulness,
    contrast,
    distance,
    distance_between,
    lightness,
    measure,
    sharpness,
)
from fluxlab.analysis.plots import Axis, effect_plot
from fluxlab.analysis.statistics import Group, group, t_quantile

__all__ = [
    "MEASURES",
    "Axis",
    "Group",
    "Measure",
    "colourfulness",
    "contrast",
    "distance",
    "distance_between",
    "effect_plot",
    "group",
    "lightness",
    "measure",
    "sharpness",
    "t_quantile",
]
