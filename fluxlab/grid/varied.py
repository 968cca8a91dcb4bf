"""In what the images of a grid differ beside its axes: those that are shown, and those behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any

from fluxlab.catalog import Catalog
from fluxlab.catalog.encoding import load
from fluxlab.catalog.record import OWN
from fluxlab.errors import CatalogError
from fluxlab.grid.cells import GridCell
from fluxlab.grid.holes import shared
from fluxlab.grid.labels import frozen
from fluxlab.lora_axes import LORA

#: What every row has in a column of its own; the rest of a recipe is told of the images shown alone.
_COLUMNS = (
    *("model", "prompt", "seed", "steps", "guidance", "width", "height"),
    *("max_sequence_length", "scheduler"),
)


def varied(
    catalog: Catalog, query: Mapping[str, Any], cells: Sequence[GridCell], axes: Mapping[str, tuple[Any, ...]]
) -> dict[str, int]:
    """How many different values there are, by parameter; only of those that have several.

    Parameters
    ----------
    catalog, query
        Where the images come from, and which are meant.
    cells
        The grid's.
    axes
        They are left out.
    """
    _, found = shared(cells, axes)
    if all(cell.count == 1 for cell in cells):
        return found  # nothing stands behind what is shown
    table = catalog.values(["source", *_COLUMNS, "loras"], **query).columns
    own = [source == OWN for source in table["source"]]
    counts = {name: len(set(compress(table[name], own))) for name in _COLUMNS}
    worn = [strengths_in(text) for text in dict.fromkeys(compress(table["loras"], own))]
    for name in dict.fromkeys(name for loras in worn for name in loras):
        # A LoRA that a recipe does not name has no effect.
        counts[LORA + name] = len({frozen(loras.get(name, 0.0)) for loras in worn})
    on_axes = {*axes, *(("width", "height") if "size" in axes else ())}
    more = {name: max(count, found.get(name, 0)) for name, count in counts.items() if count > 1 and name not in on_axes}
    return found | more


def strengths_in(text: Any) -> Mapping[str, Any]:
    """The LoRAs of a row of the catalog, by name; of one that somebody changed there are none.

    Parameters
    ----------
    text
        Of the column ``loras``.
    """
    try:
        loras = load(text)
    except (CatalogError, TypeError):
        return {}
    return loras if isinstance(loras, Mapping) else {}
