"""Whether a database may be opened, looked at before anything is made in its folder."""

from __future__ import annotations

import stat
from pathlib import Path

from fluxlab.catalog.database import connect, sentences
from fluxlab.catalog.schema import check
from fluxlab.errors import CatalogError


def refuse(path: Path) -> None:
    """Refuse what is no catalog of this fluxlab, before its folder gets anything.

    Through SQLite like every other look at it: a file that is opened and closed beside SQLite lets go of the locks that
    other connections of this process hold on it.

    Parameters
    ----------
    path
        Of ``catalog.db``; it need not be there.

    Raises
    ------
    CatalogError
        When it is no file, damaged, another program's, or a newer fluxlab's.
    """
    try:
        kind = path.stat().st_mode
    except OSError:
        return  # it is not there, or what is made next tells what is wrong
    if not stat.S_ISREG(kind):
        raise CatalogError(f"'{path}' is no file, so no catalog can be kept there: move it, or name another folder.")
    with sentences(path), connect(path) as db:
        check(db, path)
