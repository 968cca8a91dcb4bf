"""``openapi.json``: the description of all routes, which is tested against what they answer."""

from __future__ import annotations

from tornado.web import authenticated

from fluxlab.server.handler import Handler
from fluxlab.server.openapi import description


class Description(Handler):
    """The OpenAPI document."""

    @authenticated
    async def get(self) -> None:
        """Write it."""
        self.answer(description(self.base_url))
