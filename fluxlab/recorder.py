"""The engine's results into the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fluxlab.catalog import Catalog, Draft, Generation

if TYPE_CHECKING:
    from PIL import Image

    from fluxlab.engine.recorder import Attempt


class CatalogRecorder:
    """A `fluxlab.engine.recorder.Recorder` that keeps attempts as generations.

    Parameters
    ----------
    catalog
        Where to.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def begin(self, attempt: Attempt) -> str:
        """See `Catalog.begin`."""
        return self._catalog.begin(
            Draft(
                recipe=attempt.recipe,
                key=attempt.key,
                files=attempt.files,
                environment=attempt.environment,
                pipeline=attempt.pipeline,
                mode=attempt.mode,
                run=attempt.run,
                coords=attempt.coords,
            ),
            wait=False,
        )

    def complete(
        self, uid: str, image: Image.Image, effective: Mapping[str, Any], timings: Mapping[str, float]
    ) -> Generation:
        """See `Catalog.complete`."""
        return self._catalog.complete(uid, image, effective, timings)

    def fail(self, uid: str, error: BaseException) -> Generation:
        """See `Catalog.fail`."""
        return self._catalog.fail(uid, error)

    def interrupt(self, uid: str, step: int) -> Generation:
        """See `Catalog.interrupt`."""
        return self._catalog.interrupt(uid, step)
