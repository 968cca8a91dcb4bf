"""A grid without axes: images of the catalog side by side, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fluxlab.analysis.exactness import known_distances
from fluxlab.catalog import Catalog, Generation
from fluxlab.grid.cells import GridCell
from fluxlab.grid.view import Grid

#: Its only direction, along which every image stands alone: the beginning of its uid.
IMAGE = "image"
IMAGES_MAX = 500
_UID_MIN = 8


def side_by_side(catalog: Catalog, query: Mapping[str, Any]) -> Grid:
    """The images that match, at most 500; see `fluxlab.Catalog.grid`."""
    table = catalog.values(["status"], limit=IMAGES_MAX, **query)
    uids = list(reversed(table.uids))
    names = _beginnings(uids)
    cells = []
    for index, (name, found) in enumerate(zip(names, catalog.get_each(uids), strict=True)):
        if isinstance(found, Generation):
            cells.append(GridCell(index, {IMAGE: name}, found, found.status, True, found.key))
        else:
            # Its row cannot be read: the sentence stands in its place.
            cells.append(GridCell(index, {IMAGE: name}, None, "failed", False, "", str(found)))
    made = [cell.generation for cell in cells if cell.generation is not None]
    scores = known_distances(catalog, made)
    cells = [replace(c, scores=scores.get(c.generation.uid, {})) if c.generation is not None else c for c in cells]
    prompts = dict.fromkeys(str(each.parameters.get("prompt")) for each in made)
    return Grid(
        axes={IMAGE: tuple(names)},
        cells=tuple(cells),
        title=next(iter(prompts), "") + (f" and {len(prompts) - 1} more" if len(prompts) > 1 else ""),
        summary=_summary(len(cells), table.count, table.hidden_failed),
    )


def _beginnings(uids: Sequence[str]) -> list[str]:
    """The uids as short as they differ, and no shorter than `Catalog.get` is used with."""
    most = max(map(len, uids), default=_UID_MIN)
    length = next(n for n in range(_UID_MIN, most + 1) if len({uid[:n] for uid in uids}) == len(uids))
    return [uid[:length] for uid in uids]


def _summary(shown: int, count: int, failed: int) -> str:
    parts = [f"{shown:,} image{'' if shown == 1 else 's'}, the newest first" if shown else "no image matches"]
    if count > shown:
        parts.append(f"{count - shown:,} older not shown: at most {IMAGES_MAX} are")
    if failed:
        parts.append(f"{failed:,} failed one{' is' if failed == 1 else 's are'} not shown")
    return " · ".join(parts)
