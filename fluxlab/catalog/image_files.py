"""The image files of a folder."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from fluxlab.errors import CatalogError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def find_images(path: Path) -> list[Path]:
    """The PNG, JPEG and WebP files of a folder and those below it, sorted; or the one file that is named.

    Links are not followed, and hidden folders are left out: a catalog may lie in one.

    Raises
    ------
    CatalogError
        When nothing is there, or a folder cannot be read: its images would be passed over without a word.
    """

    def refuse(error: OSError) -> None:
        raise CatalogError(
            f"'{error.filename}' cannot be read ({error.strerror}): make it readable, or name other images or folders "
            "to import."
        ) from error

    try:
        kind = path.stat().st_mode
    except OSError as error:
        if error.errno not in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG}:
            refuse(error)
        raise CatalogError(f"'{path}' is not there: name an image or a folder of images to import.") from None
    if stat.S_ISREG(kind):
        return [path]
    if not stat.S_ISDIR(kind):
        raise CatalogError(f"'{path}' is no file: name an image or a folder of images to import.")
    found: list[Path] = []
    for folder, folders, names in os.walk(path, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = (Path(folder) / name for name in names if Path(name).suffix.lower() in SUFFIXES)
        # A pipe would be waited for.
        found += (file for file in files if _is_plain(file))
    return sorted(found)


def _is_plain(path: Path) -> bool:
    """Whether it is a file and no link; of one that cannot be looked at, the import itself says why it is skipped."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False
    except OSError:
        return True
