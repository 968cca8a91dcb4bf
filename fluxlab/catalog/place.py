"""Where the catalog lies, and whether it can be written there."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

from fluxlab.catalog.images import sync_folder, sync_store
from fluxlab.errors import CatalogError


def default_folder() -> Path:
    """``FLUXLAB_HOME`` where it is set, else ``.fluxlab`` beside the notebook."""
    home = os.environ.get("FLUXLAB_HOME")
    return Path(home).expanduser() if home else Path.cwd() / ".fluxlab"


def make_ready(folder: Path) -> None:
    """Make the folder where it is missing, and its name durable.

    Raises
    ------
    CatalogError
        When it cannot be made or written.
    """
    try:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        (folder / "objects" / "tmp").mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        # A durable file is lost when the folders above it are not durable.
        sync_store(folder)
        for each in (folder, *(made.parent for made in missing)):
            sync_folder(each)
    except OSError as error:
        raise CatalogError(
            f"the catalog folder '{folder}' cannot be written ({error.strerror}): make it writable, "
            "or set FLUXLAB_HOME to a folder that is."
        ) from error
    # Whoever made the folder may have ended before its name was durable. The one above is not ours, so it may refuse.
    with suppress(OSError):
        sync_folder(folder.parent)
