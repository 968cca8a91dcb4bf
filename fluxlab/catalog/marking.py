"""The part of `Catalog` that notes what people and measures say of images: tags, stars, notes, scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fluxlab.catalog import lookup, marks, scores
from fluxlab.catalog.marks import Marks
from fluxlab.catalog.opened import Opened
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from fluxlab.catalog.generation import Generation
    from fluxlab.catalog.lookup import Uids

#: Generations that are marked in one transaction: each takes a durable file, and other writers wait meanwhile.
_CHUNK = 50


class Marking(Opened):
    """Everything that is said of images afterwards."""

    def tag(self, uids: Uids, *tags: str) -> None:
        """Give images tags; those that they have already stay.

        Parameters
        ----------
        uids
            One generation or uid, several, or a table of `df` or its index.
        *tags
            Words or a few words each, without commas.

        Raises
        ------
        NotFoundError
            For a uid that is not there; nothing is changed then.
        CatalogError
            For a tag that is not allowed, or when the disk does not take it.
        """
        more = marks.checked_tags(tags)
        self._mark(uids, lambda known: known.tagged(more))

    def untag(self, uids: Uids, *tags: str) -> None:
        """Take tags away; images that do not have them stay as they are.

        Parameters
        ----------
        uids, *tags
            As in `tag`.
        """
        fewer = marks.checked_tags(tags)
        self._mark(uids, lambda known: known.tagged((), fewer))

    def retag(self, uids: Uids, *tags: str) -> None:
        """Give images these tags in place of those that they have; whether they are ``rejected`` stays as it is.

        Parameters
        ----------
        uids
            As in `tag`.
        *tags
            As in `tag`; none takes all away.
        """
        wanted = {*(marks.checked_tags(tags) if tags else ())} - {marks.REJECTED}

        def change(known: Marks) -> Marks:
            kept = wanted | ({marks.REJECTED} & {*known.tags})
            return known.tagged(kept, {*known.tags} - kept)

        self._mark(uids, change)

    def star(self, uids: Uids, stars: int | None) -> None:
        """Give images 1 to 5 stars.

        Parameters
        ----------
        uids
            As in `tag`.
        stars
            How many, or ``None`` to take them away.
        """
        number = marks.checked_stars(stars)
        self._mark(uids, lambda known: Marks(known.uid, known.tags, number, known.note))

    def note(self, uids: Uids, text: str | None) -> None:
        """Write a note on an image, or the same on several; it replaces the one before.

        Parameters
        ----------
        uids
            As in `tag`.
        text
            The note, or ``None`` to take it away.
        """
        checked = marks.checked_note(text)
        self._mark(uids, lambda known: Marks(known.uid, known.tags, known.stars, checked))

    def marks(self, uids: Uids) -> dict[str, Marks]:
        """Tags, stars and note of each generation, by uid.

        Parameters
        ----------
        uids
            As in `tag`.

        Raises
        ------
        NotFoundError
            For a uid that is not there.
        """
        wanted = lookup.several(uids)
        with self._reading() as db:
            return {uid: marks.of(db, uid) for uid in lookup.whole(db, wanted, self.folder)}

    def tags(self) -> dict[str, int]:
        """Every tag and how many generations have it, in alphabetical order."""
        with self._reading() as db:
            return marks.counts(db)

    def score(self, uid: str | Generation, metric: str, value: float, *, version: str = "1") -> None:
        """Keep a measure of an image; measuring again replaces it.

        Parameters
        ----------
        uid
            A generation, its uid, or the beginning of that.
        metric
            Name of the measure.
        value
            A finite number.
        version
            Of the measure's definition.
        """
        self.score_all(metric, {uid: value}, version=version)

    def score_all(self, metric: str, values: Mapping[Any, float], *, version: str = "1") -> None:
        """Keep one measure of many images in one write.

        Parameters
        ----------
        metric
            Name of the measure.
        values
            Uid, or generation, and value.
        version
            Of the measure's definition.

        Raises
        ------
        NotFoundError
            For a uid that is not there; nothing is kept then.
        CatalogError
            For a value that is no finite number, and a name that is no text in one line.
        """
        checked = scores.checked(metric, values, version)
        with self._writing() as db:
            scores.put(db, metric, {lookup.uid(db, uid, self.folder): checked[uid] for uid in checked}, version)

    def scores(self, uids: Uids, metric: str, *, version: str | None = None) -> dict[str, float]:
        """The kept measures by uid; images that were not measured are left out.

        Parameters
        ----------
        uids
            As in `tag`.
        metric
            Name of the measure.
        version
            Only measures of this version; ``None`` takes any.
        """
        scores.checked(metric, {}, "any" if version is None else version)
        wanted = lookup.several(uids)
        with self._reading() as db:
            return scores.read(db, lookup.whole(db, wanted, self.folder), metric, version)

    def _mark(self, given: Uids, change: Callable[[Marks], Marks]) -> None:
        """Change the marks of generations, each of them whole or not at all."""
        with self._reading() as db:
            uids = list(dict.fromkeys(lookup.uid(db, uid, self.folder) for uid in lookup.several(given)))
        for start in range(0, len(uids), _CHUNK):
            try:
                with self._writing() as db:
                    for uid in uids[start : start + _CHUNK]:
                        known = marks.of(db, uid)
                        changed = change(marks.beside(self.folder, known))
                        if changed != known:
                            marks.put(db, self.folder, changed)
            except OSError as error:
                raise CatalogError(
                    f"{len(uids) - start} generations could not be marked, because '{self.folder}' cannot be written "
                    f"({error.strerror or error}): free some space or make the folder writable, and mark them again."
                ) from error
