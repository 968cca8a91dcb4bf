"""`Catalog` as people meet it: the catalog of `fluxlab.catalog`, and grids of what is in it.

The catalog itself knows nothing of how images are shown, so that a server or a command opens it without this room.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fluxlab import catalog
from fluxlab.errors import GridError, brief
from fluxlab.grid.gather import gather
from fluxlab.grid.side_by_side import side_by_side
from fluxlab.grid.view import Grid


class Catalog(catalog.Catalog):
    """All generations of one folder, and grids of them.

    Parameters
    ----------
    folder
        Where ``catalog.db`` and ``objects/`` lie; made where it is missing. Without it, ``FLUXLAB_HOME``, or
        ``.fluxlab`` beside the notebook.

    Raises
    ------
    CatalogError
        When the folder cannot be written, or holds a database that is damaged, foreign or too new.
    """

    def grid(
        self,
        *axes: Any,
        x: str | None = None,
        y: str | None = None,
        facets: str | Sequence[str] = (),
        **query: Any,
    ) -> Grid:
        """A grid of images that were made at any time.

        A place shows its newest image and says how many there are. A place that nobody made is a hole, which
        ``lab.fill(grid)`` fills. What else differs between the images that match stands below the title.

        Parameters
        ----------
        *axes
            x, y and facets in this order, where they are not named.
        x, y
            Parameters along the columns and the rows: a field of `fluxlab.Recipe`, ``"size"`` or ``"lora:<name>"``.
            Without them all images that match stand side by side, the newest first, at most 500.
        facets
            More of them, one or several, for sections.
        **query
            Which images: everything that `df` takes but columns, such as ``prompt_has="red fox"`` or ``since="7d"``.

        Raises
        ------
        GridError
            For an axis that is no parameter or is given twice, and for a grid of too many places.
        CatalogError
            For a query that is not understood.
        """
        named: dict[str, Any] = {"x": x, "y": y, "facets": facets}
        if len(axes) > len(named):
            raise GridError(
                f"{brief(axes[len(named)])} is one axis too many: give x, y and facets, which may be a list."
            )
        for (name, value), given in zip(named.items(), axes, strict=False):
            if value:
                raise GridError(
                    f"{brief(given)} stands where {name} does, which is also given as {name}={brief(value)}: give it "
                    "once, and say by name which images are meant, as in prompt_has='red fox'."
                )
            named[name] = given
        x, y, facets = named.values()
        for word in ("columns", "varying", "limit"):
            if word in query:
                raise GridError(f"{word}= has no place in a grid: say which images are meant, as in catalog.df.")
        if x is not None:
            return gather(self, x, y, facets, query)
        if y is not None or facets:
            raise GridError("x is missing: y and facets are for a grid that has an x.")
        return side_by_side(self, query)
