"""The home folder, which names a person and is somewhere else on another machine."""

from __future__ import annotations

import re
from pathlib import Path


def at_home(text: str) -> str:
    """``text`` with ``~`` for the home folder, wherever it stands in it.

    Parameters
    ----------
    text
        A path, or any text that may hold one.
    """
    try:
        home = str(Path.home())
    except RuntimeError:  # a user without one
        return text
    # Only the whole folder name: /home/ann must not match in /home/anna.
    return re.sub(re.escape(home) + r"(?![\w.-])", "~", text) if len(home) > 1 else text


def short_path(path: str) -> str:
    """A path inside the home folder as ``~/…``, any other as it is.

    Parameters
    ----------
    path
        A path, or a name that is none.
    """
    return at_home(path) if Path(path).is_absolute() else path
