"""The `Lab` that the magics use: the one that the notebook has, or one that is made for the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from fluxlab.lab import Lab

NAME = "lab"


class SessionLab:
    """Finds the lab when it is needed, because a notebook may make one at any time.

    Parameters
    ----------
    shell
        Whose names are looked through.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._own: Lab | None = None

    def get(self) -> Lab:
        """The notebook's ``lab``; where there is none, one is made, named ``lab`` if that is free, and told of.

        Raises
        ------
        FluxlabError
            When no lab can be made here.
        """
        from fluxlab.lab import Lab

        names = self._shell.user_ns
        found = names.get(NAME)
        if isinstance(found, Lab):
            return found
        if self._own is None:
            self._own = Lab()
            where = f"named {NAME}" if NAME not in names else f"kept apart from your '{NAME}', which is something else"
            print(f"No Lab was here, so one was made and {where}: {self._own!r}")
            names.setdefault(NAME, self._own)
        return self._own
