"""The catalog for the browser: routes of a Jupyter server below ``/fluxlab/api``.

It reads catalogs and makes no image; nothing here imports torch or pandas. ``GET openapi.json`` describes every route.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "fluxlab.server"}]


def _load_jupyter_server_extension(server_app: ServerApp) -> None:
    from fluxlab.server.routes import install

    install(server_app)
