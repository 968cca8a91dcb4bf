"""A cell that is run again shows a new panel: the one it showed before is closed, or it would stay for ever."""

from __future__ import annotations

from typing import Any, Protocol


class _Closable(Protocol):
    def close(self) -> None: ...


#: What each cell of the notebook shows: the execution that showed it, and the panels.
_SHOWN: dict[str, tuple[str, list[_Closable]]] = {}


def shown_by_this_cell(panel: _Closable) -> None:
    """Note that the cell that runs now shows a panel, and close those that it showed when it ran before.

    Hosts that do not name their cells keep every panel. A panel that another cell shows too is not closed.

    Parameters
    ----------
    panel
        What is shown.
    """
    cell, execution = _running()
    if cell is None:
        return
    before, panels = _SHOWN.get(cell, (execution, []))
    if before != execution:
        elsewhere = [each for other, (_, found) in _SHOWN.items() if other != cell for each in found]
        for old in panels:
            if old is not panel and not any(old is each for each in elsewhere):
                old.close()
        panels = []
    _SHOWN[cell] = (execution, [*panels, panel])


def _running() -> tuple[str | None, str]:
    """The id of the cell that runs now, and of its execution."""
    from IPython.core.getipython import get_ipython

    shell: Any = get_ipython()
    if not hasattr(shell, "get_parent"):
        return None, ""
    message = shell.get_parent() or {}
    return message.get("metadata", {}).get("cellId"), str(message.get("header", {}).get("msg_id", ""))
