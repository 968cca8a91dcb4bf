"""``marks``: stars, tags and notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tornado.web import authenticated

from fluxlab.catalog.browse import PAGE_MAX
from fluxlab.catalog.saying import say
from fluxlab.errors import brief
from fluxlab.grid import Catalog
from fluxlab.server.generations import item_json
from fluxlab.server.handler import Handler
from fluxlab.server.refusal import RefusedError


class Marks(Handler):
    """What a person says of images."""

    @authenticated
    async def post(self, catalog: str) -> None:
        """Say it."""
        body = self.body()
        wanted, said = self.counted(body.get("uids"), 1, PAGE_MAX), body.get("set")
        if not isinstance(said, dict):
            raise RefusedError(400, f"set={brief(said)} says nothing: send an object such as {{'stars': 5}}.", "set")
        self.answer(await self.read_catalog(catalog, lambda opened: _marked(opened, wanted, said)))


def _marked(catalog: Catalog, wanted: Sequence[str], said: Mapping[str, Any]) -> dict[str, Any]:
    catalog.items(wanted)  # a beginning of a uid would do for the catalog, and name more than was meant
    say(catalog, wanted, said)
    return {"items": [item_json(item) for item in catalog.items(wanted)]}
