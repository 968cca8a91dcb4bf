"""``catalogs``: which there are."""

from __future__ import annotations

from tornado.web import authenticated

from fluxlab.catalog.record import fluxlab_version
from fluxlab.errors import FluxlabError
from fluxlab.server.handler import Handler
from fluxlab.server.refusal import refused


class Catalogs(Handler):
    """The catalogs below the server's folder."""

    @authenticated
    async def get(self) -> None:
        """List them."""
        try:
            found = await self.shelf.all()
        except FluxlabError as error:
            raise refused(error) from error
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
