"""Files listed and opened as files: no link out of the folder, no pipe that never answers."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path


def json_files(folder: Path) -> list[Path]:
    """The JSON files of a folder, sorted; none where there is no folder.

    Raises
    ------
    OSError
        When the folder cannot be read: `Path.glob` would pass it over without a word.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".json")
    except (FileNotFoundError, NotADirectoryError):
        return []


def is_unread(error: Exception) -> bool:
    """Whether a file could only not be read, perhaps for a moment: it is no link, pipe or folder, and not gone."""
    return isinstance(error, OSError) and error.errno not in {errno.ELOOP, errno.EINVAL, errno.ENOENT, errno.EISDIR}


def open_plain(path: Path) -> BufferedReader:
    """A file for reading that is a file: no link is followed, and no pipe is waited for.

    Raises
    ------
    OSError
        When there is none, or something else has the name.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a plain file", str(path))
    return os.fdopen(descriptor, "rb")
