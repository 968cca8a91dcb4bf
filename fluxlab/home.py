"""The home folder, which names a person and is somewhere else on another machine."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path


def at_home(text: str) -> str:
    """``text`` with ``~`` for the home folder, wherever it stands in it.

    Parameters
    ----------
    text
        A path, or any text that may hold one.
    """
    if os.sep not in text:  # most texts of a record, for each of which the system would be asked
        return text
    home = _plain(os.path.expanduser("~"))  # noqa: PTH111  (five times as fast)
    # Neither the root nor the "~" of a user without a home; only where a path begins with it: /home/ann is neither in
    # /home/anna nor in /data/home/ann.
    return (
        re.sub(r"(?<![\w.~-])" + re.escape(home) + r"(?![\w.-])", "~", text) if len(home) > 1 and home in text else text
    )


@lru_cache(maxsize=4)
def _plain(folder: str) -> str:
    """A folder as `Path` writes it, such as without a slash at its end."""
    return str(Path(folder))


def short_path(path: str) -> str:
    """A path inside the home folder as ``~/…``, any other as it is.

    Parameters
    ----------
    path
        A path, or a name that is none.
    """
    return at_home(path) if Path(path).is_absolute() else path
