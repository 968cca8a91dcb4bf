"""``imports``: an image of another program, or another catalog, taken into this one."""

from __future__ import annotations

from urllib.parse import unquote

from tornado.web import HTTPError, authenticated, stream_request_body

from fluxlab.grid import Catalog
from fluxlab.server.generations import item_json
from fluxlab.server.handler import Handler
from fluxlab.server.refusal import RefusedError
from fluxlab.server.shelf import Shelf

BYTES_MAX = 64 * 2**20
_NAME_MAX = 200
#: How a PNG, a JPEG and a WebP begin.
_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF")


@stream_request_body
class Imports(Handler):
    """Takes images that are dropped onto a gallery."""

    def initialize(self, shelf: Shelf) -> None:
        """Take what the routes share."""
        super().initialize(shelf)
        self._data = bytearray()

    async def prepare(self) -> None:  # type: ignore[override]  # as in Jupyter's own handlers
        """Refuse what is too large, whoever is nobody, and every verb but one, before the bytes are read."""
        await super().prepare()
        if self.request.method != "POST":
            raise HTTPError(405)
        length = self.request.headers.get("Content-Length", "0")
        if length.isdigit() and int(length) > BYTES_MAX:
            self.set_header("Connection", "close")
            raise _too_large()

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the body; one without a length of its own is cut off where it becomes too large."""
        if self._finished:
            return
        if len(self._data) + len(chunk) > BYTES_MAX:
            self._data.clear()
            self.set_header("Connection", "close")
            error = _too_large()
            self.send_error(error.status_code, exc_info=(type(error), error, None))
            return
        self._data += chunk

    @authenticated
    async def post(self, catalog: str) -> None:
        """Import the body."""
        if self._finished:
            return
        data, self._data = bytes(self._data), bytearray()
        if not data.startswith(_BEGINNINGS):
            raise RefusedError(415, "the file is no PNG, JPEG or WebP: import one of these.")
        name = _name(self.request.headers.get("X-Fluxlab-Name", ""))
        self.answer(await self.read_catalog(catalog, lambda opened: _imported(opened, data, name)))


def _imported(catalog: Catalog, data: bytes, name: str) -> dict[str, object]:
    uid, new = catalog.import_bytes(data, name)
    return {"item": item_json(catalog.items([uid])[0]), "new": new}


def _name(given: str) -> str:
    """A name to be shown; it is never a place."""
    text = unquote(given, errors="replace").replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in text if letter.isprintable())[:_NAME_MAX]


def _too_large() -> RefusedError:
    return RefusedError(413, f"the file is larger than {BYTES_MAX >> 20} MiB: import it with 'fluxlab import' instead.")
