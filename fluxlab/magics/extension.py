"""Putting the magics into a shell, and taking them out again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fluxlab.magics.commands import CELL_MAGICS, LINE_MAGICS, Commands
from fluxlab.magics.completion import IDENTIFIER, Completion

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def load(shell: InteractiveShell) -> None:
    """Register the magics and their completions.

    Parameters
    ----------
    shell
        The shell that loads the extension.
    """
    commands = Commands(shell)
    for kind, names in (("cell", CELL_MAGICS), ("line", LINE_MAGICS)):
        for name in names:
            shell.register_magic_function(getattr(commands, name), kind, name)
    shell.Completer.custom_matchers.append(Completion(commands).match)


def unload(shell: InteractiveShell) -> None:
    """Take the magics and their completions out again.

    Parameters
    ----------
    shell
        The shell that they were loaded into.
    """
    for kind, names in (("cell", CELL_MAGICS), ("line", LINE_MAGICS)):
        for name in names:
            shell.magics_manager.magics[kind].pop(name, None)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [each for each in matchers if getattr(each, "matcher_identifier", "") != IDENTIFIER]
