"""Generations side by side: in a notebook, as a file, as a table, as a plot."""

from fluxlab.grid.catalog import Catalog
from fluxlab.grid.cells import GridCell
from fluxlab.grid.dead import DeadAxis, SamePixels, dead_axes
from fluxlab.grid.folded import FoldedAxis, SameImage
from fluxlab.grid.holes import recipes_of_holes
from fluxlab.grid.side_by_side import IMAGE
from fluxlab.grid.view import Grid

__all__ = [
    "IMAGE",
    "Catalog",
    "DeadAxis",
    "FoldedAxis",
    "Grid",
    "GridCell",
    "SameImage",
    "SamePixels",
    "dead_axes",
    "recipes_of_holes",
]
