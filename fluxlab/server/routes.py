"""Which address leads to which handler."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_server.utils import url_path_join

from fluxlab.server.catalogs import Catalogs
from fluxlab.server.code import Code
from fluxlab.server.description import Description
from fluxlab.server.events import Events
from fluxlab.server.generations import Facets, Generations, OneGeneration, Words
from fluxlab.server.grids import Compare, Grids
from fluxlab.server.handler import Handler, Nothing
from fluxlab.server.imports import Imports
from fluxlab.server.marks import Marks
from fluxlab.server.pictures import Images, SmallImages
from fluxlab.server.shelf import Shelf

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

API = "fluxlab/api"
_CATALOG = "catalogs/{catalog}"
#: Addresses as OpenAPI writes them; what stands for a part in braces is checked where it is looked up.
ROUTES: dict[str, type[Handler]] = {
    "catalogs": Catalogs,
    f"{_CATALOG}/generations": Generations,
    f"{_CATALOG}/generations/{{uid}}": OneGeneration,
    f"{_CATALOG}/facets": Facets,
    f"{_CATALOG}/words": Words,
    f"{_CATALOG}/images/{{sha256}}": Images,
    f"{_CATALOG}/thumbnails/{{sha256}}": SmallImages,
    f"{_CATALOG}/marks": Marks,
    f"{_CATALOG}/compare": Compare,
    f"{_CATALOG}/grid": Grids,
    f"{_CATALOG}/code": Code,
    f"{_CATALOG}/imports": Imports,
    f"{_CATALOG}/events": Events,
    "openapi.json": Description,
}


def install(server_app: ServerApp) -> Shelf:
    """Add the routes to a server.

    Parameters
    ----------
    server_app
        The server that loads the extension.

    Returns
    -------
    Shelf
        What the routes share; to be closed when the server stops.
    """
    shelf = Shelf(Path(server_app.root_dir))
    base = str(server_app.web_app.settings["base_url"])
    patterns = {re.sub(r"{\w+}", "([^/]+)", path): handler for path, handler in ROUTES.items()}
    server_app.web_app.add_handlers(  # type: ignore[no-untyped-call]
        ".*$",
        [
            (url_path_join(base, API, pattern), handler, {"shelf": shelf})
            for pattern, handler in {**patterns, ".*": Nothing}.items()
        ],
    )
    return shelf
