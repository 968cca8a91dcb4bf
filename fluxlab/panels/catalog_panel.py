"""`CatalogPanel`: a query, the newest images that match, and all of them as a grid."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from fluxlab.catalog.recipe_code import call
from fluxlab.errors import GridError, SweepError
from fluxlab.grid import Grid
from fluxlab.grid.labels import clean, shorten
from fluxlab.panels.matches import LOOKED_AT, Matches, Table
from fluxlab.panels.panel import WIDE, Panel, button
from fluxlab.panels.query_form import QueryForm
from fluxlab.panels.saved import saved_sweep
from fluxlab.panels.service import ASIDE
from fluxlab.panels.sweep_panel import SweepPanel
from fluxlab.sweep.template import escape as as_template

if TYPE_CHECKING:
    from fluxlab.engine import Mode
    from fluxlab.lab import Lab
    from fluxlab.recipe import Recipe
    from fluxlab.started_run import StartedRun
    from fluxlab.sweep import Sweep

_ROWS, _ROWS_MAX = 20, 200
_NONE = ""
_LABEL_MAX = 60


class CatalogPanel(Panel):
    """A query over the catalog: a table of the newest matches that changes with the form, and a grid of all.

    Parameters
    ----------
    lab
        Whose catalog is asked, and what fills the holes of a grid.
    """

    def __init__(self, lab: Lab) -> None:
        self._query = QueryForm(lab.loras.names())
        self._rows = widgets.BoundedIntText(value=_ROWS, min=1, max=_ROWS_MAX, description="rows", style=WIDE)
        self._x = widgets.Dropdown(options=[("side by side", _NONE)], value=_NONE, description="columns", style=WIDE)
        self._y = widgets.Dropdown(options=[("none", _NONE)], value=_NONE, description="rows of it", style=WIDE)
        self._facets = widgets.SelectMultiple(options=[], description="sections", rows=3, style=WIDE)
        self._chosen = widgets.Dropdown(options=[("none", _NONE)], value=_NONE, description="image", style=WIDE)
        self._below = widgets.VBox()
        self._table = Table(lab.catalog)
        show = button("Show", "Show all that match", self._show_soon, self, button_style="primary")
        fill = button("Fill holes", "Make the images that the grid lacks", self.begin, self)
        opens = button("Open its sweep", "Open the sweep that made the chosen image", self._open, self)
        wrap = widgets.Layout(flex_flow="row wrap")
        form = [
            self._query,
            widgets.HBox([self._x, self._y, self._facets, show, fill], layout=wrap),
            widgets.HBox([self._rows, self._chosen, opens], layout=wrap),
        ]
        super().__init__(lab, "catalog", form)
        self.children = (*self.children, self._below)

    @property
    def opened(self) -> SweepPanel | None:
        """The sweep that *Open its sweep* opened last."""
        return self._below.children[0] if self._below.children else None

    def query(self) -> dict[str, Any]:
        """The query of the form, as `fluxlab.Catalog.df` takes it.

        Raises
        ------
        FluxlabError
            Where the form cannot be understood.
        """
        return self._query.query()

    def sweep(self) -> Sweep:
        """The sweep of what the grid that is shown lacks.

        Raises
        ------
        GridError
            Without a grid, without holes, and where the images leave the recipe of a hole open.
        """
        return self.lab.holes(self._looked_at()).sweep

    def code(self) -> str:
        """The Python that does the same."""
        query = self.query()
        axes = self._axes()
        grid = call("lab.catalog.grid", axes.pop("x", None), **axes, **query)
        table = call("lab.catalog.df", **query, limit=self._rows.value)
        return f"table = {table}\ngrid = {grid}\nlab.panel.grid(grid)"

    def update(self) -> None:
        """Ask the catalog, and show the newest matches."""
        matches = Matches(self.lab.catalog, self.query())
        rows = matches.newest(self._rows.value)
        _offer(self._x, [("side by side", _NONE), *((name, name) for name in matches.varying)])
        _offer(self._y, [("none", _NONE), *((name, name) for name in matches.varying)])
        _offer(self._facets, [(name, name) for name in matches.varying])
        _offer(self._chosen, [("none", _NONE), *((_label(row), row["uid"]) for row in rows)])
        self.say(f"<div role='status'>{escape(_counted(matches, len(rows)))}</div>{self._table.html(matches, rows)}")

    def start(self, mode: Mode = "exact") -> StartedRun:
        """Make what the grid that is shown lacks, in the background; what a press on *Fill holes* does.

        Parameters
        ----------
        mode
            As in `Lab.run`.

        Raises
        ------
        GridError
            As `sweep`.
        """
        holes = self.lab.holes(self._looked_at())
        run = self.lab.start(holes.sweep, mode=mode, previews=True)
        self.show(holes.waiting)
        if self._shown is not None:
            self._shown.follow(run)
        return run

    def use(self, recipe: Recipe) -> None:
        """Open a recipe as the base of a new sweep.

        Parameters
        ----------
        recipe
            Of an image.
        """
        panel = SweepPanel(self.lab, as_template(recipe.prompt))
        panel.use(recipe)
        self._put_below(panel)

    def gather(self) -> Grid:
        """The grid of the form: all images that match, by the chosen axes or side by side.

        Raises
        ------
        FluxlabError
            Where the form cannot be understood, and for a grid of too many places.
        """
        return self.lab.catalog.grid(**self._axes(), **self.query())

    def _axes(self) -> dict[str, Any]:
        given = {"x": self._x.value, "y": self._y.value, "facets": list(self._facets.value)}
        return {name: value for name, value in given.items() if value}

    def _looked_at(self) -> Grid:
        if self.grid is None:
            raise GridError("no grid is shown yet: press Show first.")
        return self.grid

    def _show_soon(self) -> None:
        # Reading hundreds of images takes a while, and nobody's thumbnail should wait for it.
        ASIDE.put(partial(self._try, lambda: self.show(self.gather())))

    def _open(self) -> None:
        if not self._chosen.value:
            raise SweepError("no image is chosen: choose one of the table.")
        sweep = saved_sweep(self.lab.catalog, self.lab.catalog.get(self._chosen.value))
        self._put_below(SweepPanel(self.lab, sweep))

    def _put_below(self, panel: SweepPanel) -> None:
        before = self.opened
        self._below.children = (panel,)
        if before is not None:
            before.close()


def _offer(choice: Any, options: Sequence[tuple[str, str]]) -> None:
    """Change what can be chosen, and keep what is chosen where it still can be."""
    if list(choice.options) == list(options):
        return
    values = {value for _, value in options}
    kept = choice.value
    choice.options = options
    if isinstance(kept, tuple):
        choice.value = tuple(value for value in kept if value in values)
    else:
        choice.value = kept if kept in values else options[0][1]


def _label(row: dict[str, Any]) -> str:
    return f"{row['uid'][:8]} · {shorten(clean(str(row['prompt'] or '')), _LABEL_MAX)}"


def _counted(matches: Matches, shown: int) -> str:
    """What is seen, and everything that is not."""
    one = matches.count == 1
    parts = [f"{matches.count:,} image{'' if one else 's'} match{'es' if one else ''}"]
    if shown < matches.count:
        parts.append(f"the newest {shown:,} are listed")
    if matches.looked_at < matches.count:
        parts.append(f"axes are what varies among the newest {LOOKED_AT:,}")
    if matches.hidden:
        parts.append(f"{matches.hidden:,} failed or interrupted not among them")
    if matches.hint:
        parts.append(matches.hint)
    return " · ".join(parts)
