"""The catalog page by page, newest first: what a gallery shows, without pandas.

A page is found by the time and number of its last row, not by how many rows come before it: pages stay where they are
while new images arrive, and the thousandth costs what the first does.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fluxlab.blocks import flat_loras
from fluxlab.catalog.columns import seed_of
from fluxlab.catalog.encoding import load
from fluxlab.catalog.marks import REJECTED
from fluxlab.catalog.selection import Selection
from fluxlab.errors import CatalogError, QueryError, brief

if TYPE_CHECKING:
    import sqlite3

PAGE_MAX = 500
#: Characters of a prompt or an error in a list; `Catalog.get` has the whole. Notes stay whole: they are edited there.
TEXT_MAX = 4000
_CURSOR_MAX = 200
#: So many rows are looked up and sorted within a hundredth of a second.
_MANY = 2_000
_NEGATIVE = "CASE WHEN json_valid({0}) THEN json_extract({0}, '{1}.negative_prompt') END"
_ITEM = f"""
SELECT g.id, g.uid, g.created, g.status, g.source, g.model, g.prompt, g.seed, g.steps, g.guidance, g.width, g.height,
    g.scheduler, g.loras, g.mode, (SELECT id FROM runs WHERE runs.id = g.run) AS run, g.seconds_total, g.stars, g.error,
    CASE WHEN g.status = 'ok' THEN g.file_hash END AS image,
    (SELECT name FROM runs WHERE runs.id = g.run) AS run_name,
    (SELECT json_group_array(tag) FROM (SELECT tag FROM tags WHERE tags.uid = g.uid ORDER BY tag)) AS tags,
    (SELECT note FROM notes WHERE notes.uid = g.uid) AS note,
    (SELECT coalesce({_NEGATIVE.format("recipe", "$")}, {_NEGATIVE.format("imported", "$.parameters")})
        FROM details WHERE details.id = g.id) AS negative_prompt
FROM generations AS g
"""  # noqa: S608  (this module's own names)


@dataclass(frozen=True)
class Item:
    """What a list shows of a generation.

    Attributes
    ----------
    uid, created, status, source, model, steps, guidance, width, height, scheduler, mode
        As in `Catalog.df`; ``created`` is ISO text in UTC, and what an imported image does not say is ``None``.
    prompt, negative_prompt, error : str or None
        At most 4,000 characters each, the last an ellipsis where there are more.
    note : str or None
        All of it, since lists are where it is edited.
    seed : str or None
        As decimal text: seeds reach beyond what JSON's readers keep exactly.
    loras : dict
        Strength by name; factors of parts by ``name@part``.
    run : str or None
        Of a sweep; ``None`` for an image that was made alone.
    run_name : str or None
        What the run is called.
    seconds : float or None
        In all.
    stars, rejected, tags
        The marks.
    image : str or None
        SHA-256 of the file; ``None`` where no image was made.
    """

    uid: str
    created: str
    status: str
    prompt: str
    negative_prompt: str | None
    model: str | None
    seed: str | None
    steps: int | None
    guidance: float | None
    width: int
    height: int
    scheduler: str | None
    loras: dict[str, Any]
    mode: str
    source: str
    run: str | None
    run_name: str | None
    seconds: float | None
    stars: int | None
    rejected: bool
    tags: tuple[str, ...]
    note: str | None
    error: str | None
    image: str | None


@dataclass(frozen=True)
class Page:
    """Some of the generations that a query means, newest first.

    Attributes
    ----------
    items : tuple of Item
        In their order.
    next : str or None
        The cursor of the page after it; ``None`` at the end.
    total : int
        How many the query means.
    state : str
        Of the catalog, as in `State.text`.
    """

    items: tuple[Item, ...]
    next: str | None
    total: int
    state: str


def page(
    connection: sqlite3.Connection, selection: Selection, cursor: str | None, limit: int, total: int
) -> tuple[tuple[Item, ...], str | None]:
    """The rows of one page, and the cursor of the next.

    Parameters
    ----------
    connection
        To the catalog.
    selection
        Which are meant.
    cursor
        `Page.next` of the page before; ``None`` for the first.
    limit
        Rows, 1 to 500.
    total
        How many the selection means.

    Raises
    ------
    QueryError
        For a cursor that no page gave.
    """
    sql, bound = selection.newest(many=total > _MANY)
    if cursor is not None:
        created, number = _read(cursor)
        # The first half is for the index of times, which SQLite does not use for pairs of values.
        sql += " AND created <= :_created AND (created < :_created OR _id < :_number)"
        bound |= {"_created": created, "_number": number}
    if not total:
        return (), None
    rows = connection.execute(f"{sql} ORDER BY created DESC, _id DESC LIMIT {int(limit) + 1}", bound).fetchall()
    shown = rows[:limit]
    found = dict(_numbered(connection, "g.id", [number for number, _ in shown]))
    after = _written(shown[-1][1], shown[-1][0]) if len(rows) > limit else None
    return tuple(found[number] for number, _ in shown), after


def items(connection: sqlite3.Connection, uids: Sequence[str]) -> dict[str, Item]:
    """What a list shows of some generations, by uid; those that are not there are left out.

    Parameters
    ----------
    connection
        To the catalog.
    uids
        Whole ones.
    """
    return {item.uid: item for _, item in _numbered(connection, "g.uid", uids)}


def _numbered(connection: sqlite3.Connection, column: str, values: Sequence[str | int]) -> Iterable[tuple[int, Item]]:
    sql = f"{_ITEM} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608  (own names)
    return [(row[0], _item(row)) for row in connection.execute(sql, [json.dumps(list(values))]).fetchall()]


def _item(row: Sequence[Any]) -> Item:
    (
        _, uid, created, status, source, model, prompt, seed, steps, guidance, width, height,
        scheduler, loras, mode, run, seconds, stars, error, image, run_name, tags, note, negative,
    ) = row  # fmt: skip
    tagged = json.loads(tags)
    return Item(
        uid=uid,
        created=created,
        status=status,
        prompt=_shortened(prompt) or "",
        negative_prompt=_shortened(negative),
        model=model,
        seed=seed if isinstance(seed_of(seed), int) else None,
        steps=steps,
        guidance=guidance,
        width=width,
        height=height,
        scheduler=scheduler,
        loras=_loras(loras),
        mode=mode,
        source=source,
        run=run,
        run_name=run_name,
        seconds=seconds,
        stars=stars,
        rejected=REJECTED in tagged,
        tags=tuple(tag for tag in tagged if tag != REJECTED),
        note=note,
        error=_shortened(error),
        image=image,
    )


def _shortened(text: Any) -> str | None:
    if not isinstance(text, str):
        return None
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"


def _loras(text: str) -> dict[str, Any]:
    """The LoRAs of a row; of one that somebody changed there are none."""
    try:
        found = flat_loras(load(text))
    except (CatalogError, AttributeError, KeyError, TypeError, ValueError):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


def _written(created: str, number: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([created, number]).encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[str, int]:
    try:
        padded = cursor[:_CURSOR_MAX] + "=" * (-len(cursor) % 4)
        created, number = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if isinstance(created, str) and type(number) is int and 0 <= number < 2**63 and len(cursor) <= _CURSOR_MAX:
            return created, number
    except (ValueError, TypeError, binascii.Error, RecursionError):
        pass
    raise QueryError(f"cursor={brief(cursor)} is none that a page gave: leave it out for the first page.", "cursor")
