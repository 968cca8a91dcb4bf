"""Which address leads to which handler."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.utils import url_path_join

from fluxlab.server.catalogs import Catalogs
from fluxlab.server.generations import Facets, Generations, OneGeneration, Words
from fluxlab.server.handler import Handler
from fluxlab.server.pictures import Images, SmallImages
from fluxlab.server.shelf import Shelf

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

API = "fluxlab/api"
_CATALOG = r"catalogs/([0-9a-f]{16})"
_SHA256 = r"([0-9a-f]{64})"
_UID = r"([0-9a-f]{32})"
ROUTES: dict[str, type[Handler]] = {
    "catalogs": Catalogs,
    rf"{_CATALOG}/generations": Generations,
    rf"{_CATALOG}/generations/{_UID}": OneGeneration,
    rf"{_CATALOG}/facets": Facets,
    rf"{_CATALOG}/words": Words,
    rf"{_CATALOG}/images/{_SHA256}": Images,
    rf"{_CATALOG}/thumbnails/{_SHA256}": SmallImages,
}


def install(server_app: ServerApp) -> None:
    """Add the routes to a server.

    Parameters
    ----------
    server_app
        The server that loads the extension.
    """
    shelf = Shelf(Path(server_app.root_dir))
    base = str(server_app.web_app.settings["base_url"])
    server_app.web_app.add_handlers(  # type: ignore[no-untyped-call]
        ".*$", [(url_path_join(base, API, path), handler, {"shelf": shelf}) for path, handler in ROUTES.items()]
    )
