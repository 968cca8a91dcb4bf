"""The part of `Catalog` that exchanges images and tables with other programs."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from fluxlab.catalog import exporting, given
from fluxlab.catalog.generation import Generation
from fluxlab.catalog.image_files import find_images
from fluxlab.catalog.importing import BYTES_MAX, ImportReport, InMemory, import_images, uid_of
from fluxlab.catalog.looking import Looking
from fluxlab.errors import CatalogError

_BATCH = 100
#: Folders of a catalog in which everything else is a finding of ``fluxlab fsck``.
_OWN = ("objects", "marks", "spool", "quarantine")


class Exchanging(Looking):
    """Images and tables in and out."""

    def import_images(
        self, path: str | Path | Iterable[str | Path], *, progress: Callable[[int, int], None] | None = None
    ) -> ImportReport:
        """Take PNG, JPEG and WebP images of other programs, or of other catalogs, into this one.

        What A1111, Forge, ComfyUI, InvokeAI and SwarmUI wrote is read into the columns of the same meaning; the raw
        texts are kept in ``generation.imported``, and `Generation.source` names the program. The files are only read.
        An image that is in the catalog already is not taken twice. Checksums are looked at, but no pixels are decoded,
        which would take most of the time: ``fluxlab fsck --deep`` does that.

        Parameters
        ----------
        path
            An image, a folder that is searched with all below it, or several of them.
        progress
            Called with the numbers of files done and of all files.

        Raises
        ------
        CatalogError
            When the path is not there, or the catalog cannot be written.
        """
        self._refuse_to_write_if_read_only()
        several = path if isinstance(path, Iterable) and not isinstance(path, str) else [path]
        paths = [file for each in several for file in find_images(given.path("path", each))]

        def told(done: int) -> None:
            if progress is not None:
                progress(done, len(paths))

        return import_images(self.folder, self._path, paths, progress=told)

    def import_bytes(self, data: bytes, name: str = "") -> tuple[str, bool]:
        """Take one image that is no file here, as `import_images` does.

        Parameters
        ----------
        data
            The bytes of a PNG, JPEG or WebP, at most 256 MiB.
        name
            What it is called where it comes from.

        Returns
        -------
        tuple
            Its uid, and whether it is new.

        Raises
        ------
        CatalogError
            When it is no such image, or the catalog cannot be written.
        """
        self._refuse_to_write_if_read_only()
        if len(data) > BYTES_MAX:
            raise CatalogError(f"the image has {len(data):,} bytes: give at most {BYTES_MAX >> 20} MiB.")
        image = InMemory(name, data)
        report = import_images(self.folder, self._path, [image])
        if report.uids:
            return report.uids[0], True
        if report.skipped:
            raise CatalogError(f"the image was not imported: {report.skipped[0][1].rstrip('.')}.")
        uid = uid_of(self._path, image)
        if uid is None:
            raise CatalogError("the image went out of the catalog while it was imported: import it again.")
        return uid, False

    def export(
        self,
        target: str | Path,
        *,
        strip: bool = False,
        progress: Callable[[int, int], None] | None = None,
        left_out: Callable[[str], None] | None = None,
        **query: Any,
    ) -> Path:
        """Write a table, or a folder of images with their table.

        Parameters
        ----------
        target
            ``*.parquet`` or ``*.csv`` for a table; a name without such an ending is a new folder that gets the
            images, under names that a person can read, and ``table.csv``. In CSV, texts that a spreadsheet would take
            for a formula (they begin with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return) get a ``'`` before
            them; Parquet keeps every text as it is.
        strip
            Images without any metadata, with numbers for names and no table. Only for a folder.
        progress
            Called with the numbers of images done and of all images.
        left_out
            Called at the end with a sentence for each image whose file is gone or was changed: the others are written,
            and the table names no ``file`` for it. Without this, the sentences are warnings.
        **query
            As in `df`: ``columns``, ``where``, ``since``, ``tags``, ``prompt_has``, ``steps=4``, …

        Returns
        -------
        Path
            What was written.

        Raises
        ------
        CatalogError
            When something is there already, cannot be written, or not one image can be read.
        """
        path = given.path("target", target)
        is_table = path.suffix.lower() in exporting.TABLES
        if is_table and strip:
            raise CatalogError("strip=True is for images: name a folder to export to, not a table.")
        self._refuse_own_files(path)
        if not is_table:
            exporting.refuse_other_tables(path)
        table = self.df(**query)
        if table.empty:
            raise CatalogError("no image of the catalog matches, so nothing was exported: ask for others.")
        if is_table:
            return exporting.write_table(table, exporting.new_file(path, exporting.TABLES))
        uids = [str(uid) for uid in table.index]

        def generations() -> Iterable[Generation]:
            for start in range(0, len(uids), _BATCH):
                yield from self.get_many(uids[start : start + _BATCH])

        def told(done: int) -> None:
            if progress is not None:
                progress(done, len(uids))

        return exporting.write_images(
            generations(), table, path, stripped=strip, progress=told, left_out=left_out or _warn
        )

    def export_comfyui(self, uid: str | Generation, target: str | Path, *, unet: str | None = None) -> tuple[str, ...]:
        """Write one generation as a graph that ComfyUI loads when the file is dropped onto it.

        Parameters
        ----------
        uid
            Of a generation that fluxlab made.
        target
            A new ``.json`` file.
        unet
            File of the model in ComfyUI's folder, where it is not called as the model is here.

        Returns
        -------
        tuple of str
            Sentences on what does not carry over.

        Raises
        ------
        CatalogError
            When ComfyUI has no such model, the generation was imported, or the file cannot be written.
        """
        self._refuse_own_files(given.path("target", target))
        generation = uid if isinstance(uid, Generation) else self.get(uid)
        return exporting.write_comfyui(generation, exporting.new_file(target, (".json",)), unet=unet)

    def _refuse_own_files(self, target: Path) -> None:
        if any(target.resolve().is_relative_to((self.folder / name).resolve()) for name in _OWN):
            raise CatalogError(f"target='{target}' lies among the catalog's own files: name a place elsewhere.")


def _warn(sentence: str) -> None:
    warnings.warn(f"left out: {sentence}", stacklevel=4)
