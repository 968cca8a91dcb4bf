"""``catalogs``: which there are."""

from __future__ import annotations

from tornado.web import authenticated

from fluxlab.catalog.record import fluxlab_version
from fluxlab.server.handler import Handler


class Catalogs(Handler):
    """The catalogs below the server's folder."""

    @authenticated
    async def get(self) -> None:
        """List them."""
        found = await self.shelf.all()
        self.answer(
            {
                "catalogs": [
                    {
                        "id": each.id,
                        "name": each.name,
                        "folder": each.shown,
                        "path": each.path,
                        "images": counted.images,
                        "problem": counted.problem,
                    }
                    for each, counted in found
                ],
                "version": fluxlab_version(),
            }
        )
