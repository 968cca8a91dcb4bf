"""``code``: images as the Python of a cell."""

from __future__ import annotations

import os
from pathlib import Path

from tornado.web import authenticated

from fluxlab.catalog.browse import PAGE_MAX
from fluxlab.catalog.cell_code import cell_code
from fluxlab.errors import brief
from fluxlab.grid import Catalog
from fluxlab.home import short_path
from fluxlab.server.handler import Handler
from fluxlab.server.refusal import RefusedError


class Code(Handler):
    """Python for a notebook."""

    @authenticated
    async def post(self, catalog: str) -> None:
        """Write it."""
        body = self.body()
        wanted, kind = self.counted(body.get("uids"), 1, PAGE_MAX), body.get("kind")
        notebook = body.get("folder")
        if notebook is not None and not isinstance(notebook, str):
            raise RefusedError(400, f"folder={brief(notebook)} is no folder: give text, or leave it out.", "folder")

        def write(opened: Catalog) -> str:
            root = Path(self.settings["server_root_dir"]).expanduser().resolve()
            path = path_from(opened.folder.resolve(), root, notebook)
            return cell_code(kind if isinstance(kind, str) else "", path, opened.get_many(wanted))

        self.answer({"code": await self.read_catalog(catalog, write)})


def path_from(folder: Path, root: Path, notebook: str | None) -> str:
    """A catalog's folder as code in a notebook names it.

    Beside or below the notebook it is named from there: both may move together, and a kernel begins in the folder of
    its notebook. Nothing is looked up where the client says.

    Parameters
    ----------
    folder
        Of the catalog.
    root
        The server's own.
    notebook
        The folder of the notebook, from the root; ``None`` where there is none.
    """
    if notebook is not None:
        beside = Path(os.path.normpath(root / notebook.strip("/")))
        if beside.is_relative_to(root) and folder != beside and folder.is_relative_to(beside):
            return folder.relative_to(beside).as_posix()
    return short_path(str(folder))
