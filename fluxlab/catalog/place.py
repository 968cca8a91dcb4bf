"""Where the catalog lies, and whether it can be written there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from fluxlab.errors import CatalogError


def default_folder() -> Path:
    """``FLUXLAB_HOME`` where it is set, else ``.fluxlab`` beside the notebook."""
    home = os.environ.get("FLUXLAB_HOME")
    return Path(home).expanduser() if home else Path.cwd() / ".fluxlab"


def make_ready(folder: Path) -> None:
    """Make the folder where it is missing.

    Raises
    ------
    CatalogError
        When it cannot be made or written.
    """
    try:
        (folder / "objects" / "tmp").mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise CatalogError(
            f"the catalog folder '{folder}' cannot be written ({error.strerror}): make it writable, "
            "or set FLUXLAB_HOME to a folder that is."
        ) from error
