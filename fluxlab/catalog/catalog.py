"""`Catalog`: every generation of a folder, kept so that nothing acknowledged is ever lost."""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from weakref import finalize

from fluxlab.catalog import adopt, afterlife, given, images, lookup, marks, pace, record, runs, spool
from fluxlab.catalog.beginnings import Beginnings
from fluxlab.catalog.browsing import Browsing
from fluxlab.catalog.database import connect, immediate, sentence
from fluxlab.catalog.draft import Draft
from fluxlab.catalog.encoding import clean, dump
from fluxlab.catalog.exchanging import Exchanging
from fluxlab.catalog.foreign_catalog import check_foreign
from fluxlab.catalog.formats.infotext import parameters
from fluxlab.catalog.generation import Generation
from fluxlab.catalog.looking import Looking
from fluxlab.catalog.marking import Marking
from fluxlab.catalog.place import default_folder, make_ready
from fluxlab.catalog.private_copy import private_copy
from fluxlab.catalog.record import Record
from fluxlab.catalog.redact import redact
from fluxlab.catalog.refusal import refuse
from fluxlab.catalog.runs import RunCells
from fluxlab.catalog.schema import prepare
from fluxlab.catalog.unrecorded import NotRecordedError
from fluxlab.errors import CatalogError, NotFoundError, brief

if TYPE_CHECKING:
    from PIL import Image
    from sqlite_utils import Database


class Catalog(Browsing, Exchanging, Looking, Marking):
    """All generations of one folder.

    It holds no connection: each read and each write opens its own and closes it, so one catalog may be used by many
    threads, and many processes may open the same folder.

    - look: `get`, `get_many`, `get_each`, `df`, `pivot`, `sql`, `compare`, and `grid` of `fluxlab.Catalog`;
    - browse, without pandas: `page`, `items`, `facets`, `vocabulary`, `picture`, `state`;
    - say: `tag`, `untag`, `star`, `note`, `marks`, `tags`, `score`, `score_all`, `scores`;
    - exchange: `import_images`, `export`, `export_comfyui`;
    - record: `begin`, `complete`, `fail`, `interrupt`, `add_run`;
    - reuse: `find`, `run`, `seconds`.

    Parameters
    ----------
    folder
        Where ``catalog.db`` and ``objects/`` lie; made where it is missing. Without it, `default_folder`.
    read_only
        For the catalog of somebody else: nothing in its folder is changed, its database is checked for anything that
        fluxlab did not make, and read from a private copy as it is now. Whatever would write is refused.

    Raises
    ------
    CatalogError
        When the folder cannot be written, or holds a database that is damaged, foreign or too new. Nothing in it is
        changed then.
    """

    def __init__(self, folder: str | Path | None = None, *, read_only: bool = False) -> None:
        super().__init__((default_folder() if folder is None else given.path("folder", folder)).absolute())
        #: Records of images that are being made; nobody else needs them, and the database may fail meanwhile.
        self._open: dict[str, Record] = {}
        self._beginnings = Beginnings()
        self._closed = False
        #: What goes when the catalog is closed, or at the end of the process.
        self._held = ExitStack()
        self.read_only = read_only
        if read_only:
            self._path = self._held.enter_context(private_copy(self._path))
            finalize(self, self._held.close)
            check_foreign(self._path, self.folder)
            prepare(self._path, lambda _: None)
            return
        refuse(self._path)
        make_ready(self.folder)
        prepare(self._path, self._refill)
        spool.replay(self.folder, self._path)
        afterlife.settle(self.folder, self._path)

    def begin(self, draft: Draft, *, wait: bool = True) -> str:
        """Record that an image is about to be made; returns its uid.

        Parameters
        ----------
        draft
            What is known before.
        wait
            Until it is on the disk. Without it that goes on beside the making of the image, and should it fail, the
            next `begin` says so.
        """
        if self._closed:
            raise CatalogError(f"the catalog at '{self.folder}' is closed: open it again with Catalog(folder).")
        self._refuse_to_write_if_read_only()
        started = record.start(draft, uuid.uuid4().hex, os.getpid())
        uid = str(started["uid"])
        if wait:
            self._save(started)
        else:
            self._beginnings.write(uid, lambda: self._save(started))
        self._open[uid] = started
        return uid

    def complete(
        self, uid: str, image: Image.Image, effective: Mapping[str, Any], timings: Mapping[str, float]
    ) -> Generation:
        """Keep an image and its record; when this returns, both are on the disk.

        Parameters
        ----------
        uid
            From `begin`.
        image
            The image as it was made.
        effective
            What was really used, read back from the pipeline.
        timings
            Seconds of ``encode``, ``denoise`` and ``decode``; ``write`` is added.

        Raises
        ------
        NotRecordedError
            When the disk or the database cannot take it. The error carries the generation with its image. When only
            the database failed, the PNG is kept and the record waits in ``spool/`` for the next open.
        """
        clock = time.perf_counter()
        # All that may be refused comes first, so that the call can be made again with better values.
        news = {
            "status": "ok",
            "effective": redact(clean(dict(effective))),
            "timings": record.seconds(timings),
            "pixel_hash": images.pixel_hash(image),
            # Inside the image too: another process may take the image up before the row is written.
            "finished": record.now(),
        }
        done = self._started(uid) | news
        inside = {name: value for name, value in done.items() if name not in {"pid", "boot"}}
        data = images.encode_png(image, {"fluxlab": dump(inside), "parameters": parameters(done)})
        try:
            kept = images.store(self.folder, data)
        except OSError as error:
            with suppress(CatalogError):
                self._save(done | {"status": "failed", "error": f"the image could not be written ({error.strerror})"})
            failure = f"image {uid[:8]} cannot be written to '{self.folder}' ({error.strerror or error})"
            raise NotRecordedError(
                f"{failure}: free some space or make the folder writable, and save the image of this error with "
                "error.image.save('image.png').",
                Generation.of(done, self.folder, unsaved=images.storable(image).copy()),
            ) from error
        done |= {"path": kept.path, "file_hash": kept.sha256, "file_bytes": kept.size}
        done["timings"] = {**done["timings"], "write": time.perf_counter() - clock}
        generation = Generation.of(done, self.folder)
        try:
            with connect(self._path) as db, immediate(db):
                record.save(db, done)
        except sqlite3.Error as error:
            raise NotRecordedError(self._spooled(done, error), generation) from error
        return generation

    def fail(self, uid: str, error: BaseException, timings: Mapping[str, float] | None = None) -> Generation:
        """Record that an image could not be made, and why.

        Parameters
        ----------
        uid
            From `begin`.
        error
            What was raised.
        timings
            Seconds of the phases that ran.
        """
        text = redact(str(error) or type(error).__name__)
        return self._end(uid, {"status": "failed", "error": text, "timings": record.seconds(timings)})

    def interrupt(self, uid: str, step: int, timings: Mapping[str, float] | None = None) -> Generation:
        """Record that the user stopped an image after ``step`` steps.

        Parameters
        ----------
        uid
            From `begin`.
        step
            Steps that were finished.
        timings
            Seconds of the phases that ran.
        """
        return self._end(uid, {"status": "interrupted", "step": int(step), "timings": record.seconds(timings)})

    def find(self, keys: Iterable[str], *, mode: str | None = None) -> dict[str, Generation]:
        """The newest good generation of each content key whose image file is really there.

        Parameters
        ----------
        keys
            Content keys, any number.
        mode
            Only images of this mode, ``"exact"`` or ``"fast"``; ``None`` takes both.
        """
        self._take_up()
        with self._reading() as db:
            return lookup.newest(db, self.folder, keys, mode)

    def seconds(self, model: str, width: int, height: int) -> dict[str, float] | None:
        """Medians of what recent images of this model and size took: ``per_step``, ``encode``, ``decode``.

        Parameters
        ----------
        model, width, height
            As in the recipe.

        Returns
        -------
        dict or None
            ``None`` while nothing is recorded.
        """
        with self._reading() as db:
            return pace.medians(db, model, width, height)

    def add_run(self, run_id: str, sweep_json: str, name: str | None = None, *, cells: RunCells | None = None) -> None:
        """Record one execution of a plan; a run that is known already keeps its first record.

        Parameters
        ----------
        run_id
            As in `Draft.run`.
        sweep_json
            The sweep as JSON text.
        name
            What the user calls it.
        cells
            What its cells are, so that those it has from the catalog are found again.
        """
        with self._writing() as db:
            runs.put(db, run_id, sweep_json, name, cells)

    def run(self, run_id: str) -> dict[str, Any]:
        """``id``, ``name``, ``sweep`` (JSON text), ``created`` and ``cells`` of a run.

        ``cells`` is ``None`` for runs of a fluxlab that did not record them.

        Parameters
        ----------
        run_id
            As given to `add_run`.
        """
        given.text("run", run_id, "the id of a run", "generation.run")
        with self._reading() as db:
            found = runs.read(db, run_id)
        if found is not None:
            return found
        raise NotFoundError(f"run={brief(run_id)} is not in the catalog at '{self.folder}'.")

    def close(self) -> None:
        """Take no new images; those that were begun may still be completed. Only a read-only catalog holds anything."""
        self._closed = True
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Catalog({str(self.folder)!r})"

    def _take_up(self) -> None:
        """Write the records that wait in the spool."""
        if not self.read_only:
            spool.replay(self.folder, self._path)

    def _refill(self, db: Database) -> None:
        """Fill a new database from what lies beside it."""
        adopt.refill(db, self.folder)
        marks.restore(db, marks.files(self.folder))

    def _save(self, whole: Record) -> None:
        with self._writing() as db:
            record.save(db, whole)

    def _started(self, uid: str) -> Record:
        """The record of an image in the making, which is no longer in the making after this."""
        self._beginnings.wait(uid)
        known = self._open.pop(uid, None)
        if known is not None:
            return known
        # Begun by another process, or finished already.
        rows = self._rows("WHERE uid = ?", [uid])
        if not rows:
            raise NotFoundError(f"uid={brief(uid)} was never begun in the catalog at '{self.folder}'.")
        if rows[0]["status"] != "started":
            raise CatalogError(f"uid={uid!r} is already '{rows[0]['status']}': begin another generation.")
        return record.of_row(rows[0])

    def _end(self, uid: str, changes: Mapping[str, Any]) -> Generation:
        ended = self._started(uid) | {"finished": record.now(), **changes}
        self._save(ended)
        return Generation.of(ended, self.folder)

    def _spooled(self, done: Record, error: sqlite3.Error) -> str:
        """Keep the record of an image that the database does not take; returns the sentence for the user."""
        image = f"image {done['uid'][:8]} is safe at '{self.folder / done['path']}'"
        cause = sentence(error, self._path)
        try:
            spool.put(self.folder, done)
        except OSError as second:
            return f"{image} and carries its record, but is not in the catalog ({second.strerror}): {cause}"
        return f"{image} and its record waits in 'spool' until the catalog is opened again: {cause}"
