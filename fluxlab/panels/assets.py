"""What the browser gets: the built files of ``extension/src/grid``."""

from __future__ import annotations

from importlib.resources import files


def asset(name: str) -> str:
    """A file as text: a widget that is given a path is kept alive by the watcher of that file.

    Parameters
    ----------
    name
        ``"grid.js"`` or ``"grid.css"``.
    """
    return (files("fluxlab.panels") / "static" / name).read_text(encoding="utf-8")
