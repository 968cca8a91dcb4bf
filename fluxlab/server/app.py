"""What the Jupyter server loads, and tells when it stops."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp

from fluxlab.server.routes import install
from fluxlab.server.shelf import Shelf


class FluxlabServer(ExtensionApp):
    """The extension: it has no page and no command of its own."""

    name = "fluxlab"
    shelf: Shelf | None = None

    def initialize_handlers(self) -> None:
        """Add the routes."""
        if self.serverapp is not None:
            self.shelf = install(self.serverapp)

    async def stop_extension(self) -> None:
        """Let go of what the routes share."""
        if self.shelf is not None:
            self.shelf.close()
