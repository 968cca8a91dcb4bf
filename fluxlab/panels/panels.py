"""`Panels`: what ``lab.panel`` offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fluxlab.catalog import Generation
    from fluxlab.grid import Grid
    from fluxlab.lab import Lab
    from fluxlab.panels.catalog_panel import CatalogPanel
    from fluxlab.panels.image_grid import ImageGrid
    from fluxlab.panels.lora_panel import LoraPanel
    from fluxlab.panels.prompt_grid import PromptGrid
    from fluxlab.panels.sweep_panel import SweepPanel
    from fluxlab.started_run import StartedRun
    from fluxlab.sweep import Sweep


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

    def prompt_grid(self, prompt: str | Sequence[str] | None = None, **values: Any) -> PromptGrid:
        """Variants of a prompt as rows and seeds as columns, with token meters and hints.

        Parameters
        ----------
        prompt
            A template such as ``"a {red|blue} fox"``, or several.
        **values
            What all images share, and ``seed``, as `Sweep` takes them.

        Raises
        ------
        SweepError
            For values that a form cannot hold.
        """
        from fluxlab.panels.prompt_grid import TEMPLATE, PromptGrid

        return PromptGrid(self._lab, TEMPLATE if prompt is None else prompt, **values)

    def sweep(
        self,
        prompt: str | Sequence[str] | Sweep | StartedRun | Generation | Grid | None = None,
        *,
        run: str | None = None,
        **values: Any,
    ) -> SweepPanel:
        """Any axes, with the plan's cost before it runs; a sweep that was run before opens in it again.

        Parameters
        ----------
        prompt
            A template, several, or a whole `Sweep`; or what a sweep made: a run, a generation, or a grid whose images
            are of one run.
        run
            The id of a run instead, as ``generation.run`` has it.
        **values
            Axes and fixed values, as `Sweep` takes them.

        Raises
        ------
        FluxlabError
            For values that a form cannot hold, and for a run that is not in the catalog.
        """
        from fluxlab.panels.saved import saved_sweep
        from fluxlab.panels.sweep_panel import SweepPanel
        from fluxlab.sweep import Sweep

        if run is not None or not isinstance(prompt, str | Sequence | Sweep | None):
            prompt = saved_sweep(self._lab.catalog, prompt, run)
        return SweepPanel(self._lab, prompt, **values)

    def lora(self, prompt: str | Sequence[str] | None = None, **values: Any) -> LoraPanel:
        """LoRAs by strength, with the curve of what they do; strength 0 is always among them.

        Parameters
        ----------
        prompt
            A template, or several.
        **values
            ``lora`` (names, files or ids of the hub), ``strength``, ``seed``, and what all images share.

        Raises
        ------
        SweepError
            For values that a form cannot hold.
        """
        from fluxlab.panels.lora_panel import PROMPT, LoraPanel

        return LoraPanel(self._lab, PROMPT if prompt is None else prompt, **values)

    def catalog(self) -> CatalogPanel:
        """A query over the catalog: a table of the newest matches, and all as a grid whose holes can be filled."""
        from fluxlab.panels.catalog_panel import CatalogPanel

        return CatalogPanel(self._lab)
