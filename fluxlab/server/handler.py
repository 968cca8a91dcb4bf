"""What all routes have in common: who may ask, how arguments are read, and how answers and refusals are written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from jupyter_server.base.handlers import APIHandler
from tornado.web import HTTPError, authenticated

from fluxlab.errors import FluxlabError, brief
from fluxlab.grid import Catalog
from fluxlab.server.place import Kind
from fluxlab.server.refusal import RefusedError, refused
from fluxlab.server.shelf import Shelf

T = TypeVar("T")

#: A body of JSON; uploads have a limit of their own.
BODY_MAX = 2**20
_SHORT = {403: "You are not logged in to this server, or the request lacks its token: reload the page."}


class Handler(APIHandler):
    """A route below ``/fluxlab/api``; each verb is authenticated where it is defined."""

    shelf: Shelf
    _work: asyncio.Future[Any] | None = None

    def initialize(self, shelf: Shelf) -> None:
        """Take what the routes share."""
        self.shelf = shelf

    async def prepare(self) -> None:  # type: ignore[override]  # as in Jupyter's own handlers
        """Refuse whoever is nobody, for verbs that are inherited as well."""
        await super().prepare()
        if not self.current_user:
            raise HTTPError(403)

    @authenticated
    def options(self, *_parts: str) -> None:  # type: ignore[override]  # what the decorator may give is wider
        """Refuse it: Jupyter's own answers anybody, with verbs that are not here."""
        raise HTTPError(405)

    def set_default_headers(self) -> None:
        """No answer is taken for anything but what it says it is."""
        super().set_default_headers()
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")

    def compute_etag(self) -> str | None:
        """None: what is asked anew is answered anew."""
        return None

    async def read_catalog(self, name: str, work: Callable[[Catalog], T], kind: Kind = "read") -> T:
        """Do work on the catalog of an id off the event loop; an error of fluxlab refuses the request."""
        self._work = doing = asyncio.ensure_future(self.shelf.do(name, kind, work))
        try:
            return await doing
        except FluxlabError as error:
            raise refused(error) from error
        except asyncio.CancelledError:
            raise HTTPError(499, reason="Client Closed Request") from None

    def on_connection_close(self) -> None:
        """Begin no look for a client that is gone: whoever types asks anew with every letter. What it said counts."""
        super().on_connection_close()
        if self._work is not None and self.request.method == "GET":
            self._work.cancel()

    def answer(self, told: Mapping[str, Any]) -> None:
        """Write an answer as JSON."""
        self.finish(json.dumps(told, allow_nan=False, separators=(",", ":")))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write a refusal: one sentence, and the field that it is about."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        field = None
        if isinstance(error, RefusedError):
            message, field = error.message, error.field
        elif isinstance(error, HTTPError):
            message = _SHORT.get(status_code) or error.log_message or self._reason
        else:
            message = "The server failed to answer, and its log says why: try again, and report it if it stays."
        self.finish(json.dumps({"message": message, "field": field}))

    def text(self, name: str, default: str | None = None) -> str | None:
        """An argument of the query, or the default where it is missing or empty."""
        return self.get_query_argument(name, "", strip=False) or default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number among the arguments.

        Raises
        ------
        RefusedError
            For anything else, and beyond the limits.
        """
        given = self.text(name)
        if given is None:
            return default
        if not given.isascii() or not given.isdigit() or len(given) > 9 or not least <= int(given) <= most:
            raise RefusedError(
                400, f"{name}={brief(given)} is not allowed: give a whole number, {least} to {most}.", name
            )
        return int(given)

    def uids(self, least: int, most: int) -> list[str]:
        """The uids among the arguments, by commas, each once.

        Raises
        ------
        RefusedError
            For too few or too many.
        """
        return self.counted((self.text("uids") or "").split(","), least, most)

    def counted(self, given: Any, least: int, most: int) -> list[str]:
        """A list of uids, each once.

        Raises
        ------
        RefusedError
            For anything else, and for too few or too many.
        """
        if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
            raise RefusedError(
                400, f"uids={brief(given)} are no list of uids: give {least} to {most} as texts.", "uids"
            )
        found = list(dict.fromkeys(each for each in given if each))
        if not least <= len(found) <= most:
            raise RefusedError(400, f"uids names {len(found)} generations: give {least} to {most}.", "uids")
        return found

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent.

        Raises
        ------
        RefusedError
            For anything else.
        """
        if len(self.request.body) > BODY_MAX:
            raise RefusedError(413, f"the request has {len(self.request.body):,} bytes: send at most {BODY_MAX:,}.")
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise RefusedError(415, f"the request is {brief(kind)}: send it as application/json.")
        try:
            found = json.loads(self.request.body)
        except (ValueError, RecursionError):
            raise RefusedError(400, "the request holds no JSON that can be read: send an object.") from None
        if not isinstance(found, dict):
            raise RefusedError(400, f"the request is {brief(found)}: send an object.")
        return found


class Nothing(Handler):
    """Any other address: the client is newer or older than this server."""

    @authenticated
    async def get(self) -> None:
        """Say so."""
        raise RefusedError(404, "This version of fluxlab's server has no such address: reload the page, or upgrade it.")

    post = get
