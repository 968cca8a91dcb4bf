"""``generations``: page by page, one with everything that is known of it, and what there is to choose from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tornado.web import authenticated

from fluxlab.catalog.browse import PAGE_MAX, Item
from fluxlab.catalog.recipe_code import generate_code
from fluxlab.grid import Catalog, GridCell
from fluxlab.grid.scene import details
from fluxlab.server.handler import Handler


def item_json(item: Item) -> dict[str, Any]:
    """An item as clients get it."""
    loras = [{"name": name, "strength": strength} for name, strength in item.loras.items()]
    return {**asdict(item), "loras": loras, "tags": list(item.tags)}


class Generations(Handler):
    """Generations page by page."""

    @authenticated
    async def get(self, catalog: str) -> None:
        """One page, newest first."""
        words, cursor = self.text("query") or "", self.text("cursor")
        limit = self.number("limit", 100, 1, PAGE_MAX)
        page = await self.read_catalog(catalog, lambda opened: opened.page(words, cursor=cursor, limit=limit))
        self.answer(
            {
                "items": [item_json(item) for item in page.items],
                "next": page.next,
                "total": page.total,
                "version": page.state,
            }
        )


class OneGeneration(Handler):
    """One generation."""

    @authenticated
    async def get(self, catalog: str, uid: str) -> None:
        """Everything that is known of it."""
        self.answer(await self.read_catalog(catalog, lambda opened: _whole(opened, uid)))


class Facets(Handler):
    """What there is to choose from."""

    @authenticated
    async def get(self, catalog: str) -> None:
        """Values with counts."""
        words = self.text("query") or ""
        found = await self.read_catalog(catalog, lambda opened: opened.facets(words), "count")
        self.answer({"facets": [asdict(facet) for facet in found]})


class Words(Handler):
    """What may be typed."""

    @authenticated
    async def get(self, catalog: str) -> None:
        """Fields and their values."""
        found = await self.read_catalog(catalog, lambda opened: opened.vocabulary(), "count")
        self.answer({"fields": [asdict(field) for field in found]})


def _whole(catalog: Catalog, uid: str) -> dict[str, Any]:
    (item,) = catalog.items([uid])
    (made,) = catalog.get_many([uid])
    cell = GridCell(0, {}, made, made.status, True, made.key)
    code = "" if cell.recipe is None else generate_code(cell.recipe)
    return {"item": item_json(item), "details": {**details(cell, None, ()), "code": code}}
