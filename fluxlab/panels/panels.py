"""`Panels`: what ``lab.panel`` offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fluxlab.grid import Grid
    from fluxlab.lab import Lab
    from fluxlab.panels.image_grid import ImageGrid
    from fluxlab.started_run import StartedRun


class Panels:
    """The panels of a lab.

    Parameters
    ----------
    lab
        What makes the images.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def grid(self, shown: Grid | StartedRun) -> ImageGrid:
        """A grid to look around in: axes to choose, zoom, comparison, stars; or a run to be watched.

        Parameters
        ----------
        shown
            What ``lab.run(sweep)``, ``lab.catalog.grid(...)`` or ``lab.start(sweep)`` returned.
        """
        from fluxlab.panels.image_grid import ImageGrid

        return ImageGrid(self._lab, shown)
