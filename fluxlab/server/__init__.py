"""The catalog for the browser: routes of a Jupyter server below ``/fluxlab/api``.

It reads catalogs and makes no image; nothing here imports torch or pandas. ``GET openapi.json`` describes every route.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from fluxlab.server.app import FluxlabServer

    return [{"module": "fluxlab.server.app", "app": FluxlabServer}]
