"""`FluxPipeline` of diffusers, which looks for hooks in every module only where there can be any.

Before every image diffusers asks all modules of all parts where they compute, and after it whether they keep a state.
For a large model on a GPU that is nothing; for a small one on a CPU it is a tenth of the image.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import diffusers

if TYPE_CHECKING:
    import torch


class FluxPipeline(diffusers.FluxPipeline):  # type: ignore[misc]  # diffusers has no types
    """The same pipeline with the same images.

    Attributes
    ----------
    settled_on : torch.device or None
        Where every part lies and stays, without a hook that moves it; ``None`` has diffusers look.
    """

    settled_on: torch.device | None = None

    @property
    def _execution_device(self) -> torch.device:
        found: torch.device = super()._execution_device if self.settled_on is None else self.settled_on
        return found

    def maybe_free_model_hooks(self) -> None:
        """Move parts away and empty step caches, as diffusers does after each image."""
        if self.settled_on is None or self.transformer.is_cache_enabled:
            super().maybe_free_model_hooks()
