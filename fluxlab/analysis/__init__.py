"""Numbers about images: measures, statistics of small groups, and the effect plot."""

from fluxlab.analysis.fidelity import mean_difference, psnr
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
from fluxlab.analysis.tradeoff import tradeoff_plot

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
    "mean_difference",
    "measure",
    "psnr",
    "sharpness",
    "t_quantile",
    "tradeoff_plot",
]
