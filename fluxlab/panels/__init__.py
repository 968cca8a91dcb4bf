"""Panels: forms and image grids inside a notebook."""

from fluxlab.panels.panels import Panels

__all__ = ["Panels"]
