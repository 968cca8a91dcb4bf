"""``code``: images as the Python of a cell."""

from __future__ import annotations

from tornado.web import authenticated

from fluxlab.catalog.browse import PAGE_MAX
from fluxlab.catalog.cell_code import cell_code
from fluxlab.grid import Catalog
from fluxlab.home import short_path
from fluxlab.server.handler import Handler


class Code(Handler):
    """Python for a notebook."""

    @authenticated
    async def post(self, catalog: str) -> None:
        """Write it."""
        body = self.body()
        wanted, kind = self.counted(body.get("uids"), 1, PAGE_MAX), body.get("kind")

        def write(opened: Catalog) -> str:
            path = short_path(str(opened.folder))
            return cell_code(kind if isinstance(kind, str) else "", path, opened.get_many(wanted))

        self.answer({"code": await self.read_catalog(catalog, write)})
