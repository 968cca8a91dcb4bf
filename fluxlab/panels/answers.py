"""Answers to what a browser asks of a grid: pictures, details, comparisons, marks."""

from __future__ import annotations

from collections.abc import Callable

from fluxlab.catalog import Generation
from fluxlab.catalog.recipe_code import generate_code
from fluxlab.catalog.saying import say
from fluxlab.errors import FluxlabError, GridError, brief
from fluxlab.grid import GridCell
from fluxlab.grid.scene import Json, comparison, details, version
from fluxlab.grid.thumbnails import THUMBNAIL, thumbnail, whole
from fluxlab.panels.showing import Showing

#: Thumbnails in one message: the first ones come soon, and no message is large.
BATCH = 12
COMPARED = (2, 4)
Send = Callable[[Json, list[bytes] | None], None]


class Answers:
    """Answers messages about what is shown.

    Parameters
    ----------
    showing
        The grid.
    send
        Takes a message and its buffers.
    still
        Whether the thumbnails of this message are still wanted: each list of them replaces the one before, and who has
        scrolled on does not wait for what is out of sight.
    """

    def __init__(self, showing: Showing, send: Callable[..., None], still: Callable[[], bool]) -> None:
        self._showing = showing
        self._send = send
        self._still = still

    def give(self, asked: Json) -> None:
        """Answer one message.

        Raises
        ------
        FluxlabError
            For what cannot be answered.
        """
        kind = asked.get("type")
        if kind == "thumbs":
            self._thumbs(asked)
        elif kind == "full":
            data, mime = whole(self._finished(self._showing.cell(asked.get("id"))))
            self._reply(asked, {"mime": mime}, [data])
        elif kind == "details":
            self._reply(asked, {"details": self._details(self._showing.cell(asked.get("id")))})
        elif kind == "compare":
            ids = asked.get("ids")
            if not isinstance(ids, list) or not COMPARED[0] <= len(ids) <= COMPARED[1]:
                raise GridError(f"ids={brief(ids)} cannot be compared: mark two to four images.")
            self._reply(asked, comparison([self._showing.cell(index) for index in ids]))
        elif kind == "mark":
            self._mark(asked)
        else:
            raise GridError(f"type={brief(kind)} is no message that this version of fluxlab knows: reload the page.")

    def _thumbs(self, asked: Json) -> None:
        ids, side = asked.get("ids"), asked.get("side")
        if not isinstance(ids, list) or not isinstance(side, int):
            raise GridError(f"thumbnails of {brief(ids)} cannot be made: reload the page.")
        sent: list[tuple[int, str, bytes]] = []
        lost: list[Json] = []
        for index in ids:
            if not self._still():
                break
            cell = self._showing.cells.get(index) if isinstance(index, int) else None
            if cell is None or cell.finished is None:
                continue
            try:
                sent.append((cell.index, version(cell.finished), thumbnail(cell.finished.image, side)))
            except FluxlabError as error:
                lost.append({"id": cell.index, "status": "missing", "error": str(error)})
            if len(sent) == BATCH:
                self._send_thumbs(sent, side)
                sent = []
        if sent:
            self._send_thumbs(sent, side)
        if lost:
            self._send({"type": "cells", "cells": lost})

    def _send_thumbs(self, sent: list[tuple[int, str, bytes]], side: int) -> None:
        ids, versions, pictures = zip(*sent, strict=True)
        message = {"type": "thumbs", "ids": ids, "versions": versions, "mimes": [THUMBNAIL] * len(ids), "side": side}
        self._send(message, list(pictures))

    def _details(self, cell: GridCell) -> Json:
        cells = self._showing.cells
        first = next(iter(cells.values()))
        told = details(cell, None if first is cell else first, self._showing.places[cell.index].notes)
        return {**told, "code": "" if cell.recipe is None else generate_code(cell.recipe)}

    def _mark(self, asked: Json) -> None:
        ids, marks = asked.get("ids"), asked.get("set")
        if not isinstance(ids, list) or not isinstance(marks, dict):
            raise GridError(f"marks={brief(marks)} cannot be kept: reload the page.")
        made = (self._showing.cell(index).generation for index in ids)
        uids = list(dict.fromkeys(generation.uid for generation in made if generation is not None))
        if not uids:
            raise GridError("there is no image here yet that could be marked: wait until it is made.")
        say(self._showing.catalog, uids, marks)
        self._send({"type": "cells", "cells": self._showing.marked(uids)})

    @staticmethod
    def _finished(cell: GridCell) -> Generation:
        if cell.finished is None:
            raise GridError(f"cell {cell.index} has no image: it is '{cell.status}'.")
        return cell.finished

    def _reply(self, asked: Json, answer: Json, buffers: list[bytes] | None = None) -> None:
        self._send({"type": "reply", "request": asked.get("request"), "ok": True, **answer}, buffers)
