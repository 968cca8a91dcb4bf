"""`Catalog`: every generation of a folder, kept so that nothing acknowledged is ever lost."""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from fluxlab.catalog import adopt, afterlife, images, lookup, pace, query, record, runs, scores, spool
from fluxlab.catalog.database import connect, immediate, sentence, sentences
from fluxlab.catalog.draft import Draft
from fluxlab.catalog.encoding import clean, dump
from fluxlab.catalog.generation import Generation
from fluxlab.catalog.infotext import parameters
from fluxlab.catalog.place import default_folder, make_ready
from fluxlab.catalog.record import Record
from fluxlab.catalog.redact import redact
from fluxlab.catalog.schema import prepare
from fluxlab.catalog.unrecorded import NotRecordedError
from fluxlab.errors import CatalogError, NotFoundError

if TYPE_CHECKING:
    import pandas as pd
    from PIL import Image
    from sqlite_utils import Database

_PREFIX_MIN = 6


class Catalog:
    """All generations of one folder.

    It holds no connection: each read and each write opens its own and closes it, so one catalog may be used by many
    threads, and many processes may open the same folder.

    Parameters
    ----------
    folder
        Where ``catalog.db`` and ``objects/`` lie; made where it is missing. Without it, `default_folder`.

    Raises
    ------
    CatalogError
        When the folder cannot be written, or holds a database that is damaged, foreign or too new. Nothing in it is
        changed then.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(folder).expanduser().absolute() if folder is not None else default_folder().absolute()
        self._path = self.folder / "catalog.db"
        #: Records of images that are being made; nobody else needs them, and the database may fail meanwhile.
        self._open: dict[str, Record] = {}
        self._closed = False
        make_ready(self.folder)
        prepare(self._path, lambda db: adopt.refill(db, self.folder))
        spool.replay(self.folder, self._path)
        afterlife.settle(self.folder, self._path)

    def begin(self, draft: Draft) -> str:
        """Record that an image is about to be made; returns its uid.

        Parameters
        ----------
        draft
            What is known before.
        """
        if self._closed:
            raise CatalogError(f"the catalog at '{self.folder}' is closed: open it again with Catalog(folder).")
        started = record.start(draft, uuid.uuid4().hex, os.getpid())
        self._save(started)
        self._open[started["uid"]] = started
        return str(started["uid"])

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
        spool.replay(self.folder, self._path)
        with sentences(self._path), connect(self._path) as db:
            rows = list(lookup.newest(db, self.folder, keys, mode, record.SELECT))
        return {row["key"]: Generation.of(record.of_row(row), self.folder) for row in rows}

    def known(self, keys: Iterable[str], *, mode: str | None = None) -> set[str]:
        """Those of the keys that `find` would find, without reading their records.

        Parameters
        ----------
        keys, mode
            As in `find`.
        """
        spool.replay(self.folder, self._path)
        select = "SELECT key, file_hash, file_bytes FROM generations"
        with sentences(self._path), connect(self._path) as db:
            return {str(row["key"]) for row in lookup.newest(db, self.folder, keys, mode, select)}

    def get(self, uid: str) -> Generation:
        """The generation of a uid, or of the first characters of one (6 or more).

        Parameters
        ----------
        uid
            All 32 hexadecimal digits, or the beginning.

        Raises
        ------
        NotFoundError
            When there is none, or more than one.
        """
        text = str(uid).strip().lower()
        if len(text) < _PREFIX_MIN or not set(text) <= set("0123456789abcdef"):
            raise NotFoundError(f"uid={str(uid)[:60]!r} is not a uid: give at least {_PREFIX_MIN} hexadecimal digits.")
        # The letter after f ends the range of all texts that begin so; the index on uid serves it.
        rows = self._rows("WHERE uid >= ? AND uid < ? ORDER BY uid LIMIT 2", [text, text + "g"])
        if not rows:
            raise NotFoundError(f"uid={text!r} is not in the catalog at '{self.folder}': look it up with df().")
        if len(rows) > 1:
            raise NotFoundError(f"uid={text!r} begins more than one uid: give more of its digits.")
        return Generation.of(record.of_row(rows[0]), self.folder)

    def df(
        self,
        *,
        status: str | Sequence[str] | None = "ok",
        where: str | None = None,
        params: Mapping[str, Any] | None = None,
        columns: Sequence[str] | None = None,
        limit: int | None = None,
        **filters: Any,
    ) -> pd.DataFrame:
        """One row an image, indexed by uid, oldest first, with dtypes that do not depend on the rows.

        ``df.attrs`` holds the query, the ``count`` of all matching rows, whether a ``limit`` left some out
        (``truncated``), and how many failed or interrupted ones the status hides (``hidden_failed``).

        Parameters
        ----------
        status
            One status, several, or ``None`` for all.
        where
            A condition in SQL over the columns, such as ``"guidance > :g"``. It can only read. Names with a dot are
            quoted: ``'"seconds.total" > 3'``. Seeds are text: ``"seed = '7'"``.
        params
            Values for the names in ``where``.
        columns
            Names of columns; also ``lora.<name>`` for a LoRA's strength and ``score.<metric>`` for a measure.
        limit
            Keep the newest so many rows.
        **filters
            Column and value, or values: ``steps=[4, 8]``, ``prompt="a cat"``, ``guidance=None``.

        Raises
        ------
        CatalogError
            For an unknown column or a condition that cannot be run.
        """
        return query.frame(self._path, filters, status=status, where=where, params=params, columns=columns, limit=limit)

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
        with sentences(self._path), connect(self._path) as db:
            return pace.medians(db, model, width, height)

    def add_run(self, run_id: str, sweep_json: str, name: str | None = None) -> None:
        """Record one execution of a plan; a run that is known already keeps its first record.

        Parameters
        ----------
        run_id
            As in `Draft.run`.
        sweep_json
            The sweep as JSON text.
        name
            What the user calls it.
        """
        with self._writing() as db:
            runs.put(db, run_id, sweep_json, name)

    def run(self, run_id: str) -> dict[str, Any]:
        """``id``, ``name``, ``sweep`` (JSON text) and ``created`` of a run.

        Parameters
        ----------
        run_id
            As given to `add_run`.
        """
        with sentences(self._path), connect(self._path) as db:
            found = runs.read(db, run_id)
        if found is not None:
            return found
        raise NotFoundError(f"run={run_id!r} is not in the catalog at '{self.folder}'.")

    def score(self, uid: str, metric: str, value: float, *, version: str = "1") -> None:
        """Keep a measure of an image; measuring again replaces it.

        Parameters
        ----------
        uid
            Of the generation.
        metric
            Name of the measure.
        value
            A finite number.
        version
            Of the measure's definition.
        """
        self.score_all(metric, {uid: value}, version=version)

    def score_all(self, metric: str, values: Mapping[str, float], *, version: str = "1") -> None:
        """Keep one measure of many images in one write.

        Parameters
        ----------
        metric
            Name of the measure.
        values
            Uid and value.
        version
            Of the measure's definition.
        """
        checked = scores.checked(metric, values)
        with self._writing() as db:
            scores.put(db, metric, checked, version)

    def scores(self, uids: Iterable[str], metric: str, *, version: str | None = None) -> dict[str, float]:
        """The kept measures by uid; images that were not measured are left out.

        Parameters
        ----------
        uids
            Of the generations.
        metric
            Name of the measure.
        version
            Only measures of this version; ``None`` takes any.
        """
        with sentences(self._path), connect(self._path) as db:
            return scores.read(db, uids, metric, version)

    def close(self) -> None:
        """Take no new images; those that were begun may still be completed. Nothing is open that needs closing."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Catalog({str(self.folder)!r})"

    @contextmanager
    def _writing(self) -> Iterator[Database]:
        with sentences(self._path), connect(self._path) as db, immediate(db):
            yield db

    def _save(self, whole: Record) -> None:
        with self._writing() as db:
            record.save(db, whole)

    def _rows(self, condition: str, bound: Sequence[Any]) -> list[dict[str, Any]]:
        """Whole rows, all read before the connection closes: a cursor that waits would block writers."""
        with sentences(self._path), connect(self._path) as db:
            return list(db.query(record.SELECT + condition, bound))

    def _started(self, uid: str) -> Record:
        """The record of an image in the making, which is no longer in the making after this."""
        known = self._open.pop(uid, None)
        if known is not None:
            return known
        # Begun by another process, or finished already.
        rows = self._rows("WHERE uid = ?", [uid])
        if not rows:
            raise NotFoundError(f"uid={str(uid)[:60]!r} was never begun in the catalog at '{self.folder}'.")
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
