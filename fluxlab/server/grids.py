"""``compare`` and ``grid``: images beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tornado.web import authenticated

from fluxlab.grid import Catalog, GridCell
from fluxlab.grid.choices import choices
from fluxlab.grid.recorded_run import images_of_run, recorded_run
from fluxlab.grid.scene import comparison, scene, uids
from fluxlab.server.handler import Handler
from fluxlab.server.refusal import RefusedError

CELLS_MAX = 500


class Compare(Handler):
    """What two to four images have in common and what not."""

    @authenticated
    async def get(self, catalog: str) -> None:
        """A table."""
        wanted = self.uids(2, 4)
        self.answer(await self.read_catalog(catalog, lambda opened: _compared(opened, wanted)))


class Grids(Handler):
    """Images along axes."""

    @authenticated
    async def get(self, catalog: str) -> None:
        """A scene of some images, or of a run."""
        run, x, y = self.text("run"), self.text("x"), self.text("y")
        if run is not None and self.text("uids"):
            raise RefusedError(400, "uids stands beside run: give one of them.", "uids")
        wanted = [] if run is not None else self.uids(1, CELLS_MAX)
        self.answer(await self.read_catalog(catalog, lambda opened: _scene(opened, wanted, run, x, y)))


def _compared(catalog: Catalog, wanted: Sequence[str]) -> dict[str, Any]:
    made = catalog.get_many(wanted)
    return comparison([GridCell(index, {}, each, each.status, True, each.key) for index, each in enumerate(made)])


def _scene(catalog: Catalog, wanted: list[str], run: str | None, x: str | None, y: str | None) -> dict[str, Any]:
    if run is None:
        catalog.items(wanted)  # whatever is not there is told, not left out
        images = wanted
    else:
        images = images_of_run(catalog, run)
    query: dict[str, Any] = {"status": None, "uid": images}
    if run is not None and x is None and y is None:
        grid = recorded_run(catalog, run)
    else:
        grid = catalog.grid(x=x, y=y, **query)
    shown = uids(grid.cells)
    return {"scene": scene(grid, catalog.marks(shown) if shown else {}), "axes": choices(catalog, query)}
