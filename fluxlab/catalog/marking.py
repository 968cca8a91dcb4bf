"""The part of `Catalog` that notes what people and measures say of images: tags, stars, notes, scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from fluxlab.catalog import lookup, marks, scores
from fluxlab.catalog.generation import Generation
from fluxlab.catalog.marks import Marks
from fluxlab.catalog.opened import Opened
from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    import pandas as pd

    Uids = str | Generation | Iterable[str | Generation] | pd.DataFrame
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

    def note(self, uid: str | Generation, text: str | None) -> None:
        """Write a note on an image; it replaces the one before.

        Parameters
        ----------
        uid
            A generation, or its uid.
        text
            The note, or ``None`` to take it away.
        """
        checked = marks.checked_note(text)
        self._mark(uid, lambda known: Marks(known.uid, known.tags, known.stars, checked))

    def tags(self) -> dict[str, int]:
        """Every tag and how many generations have it, in alphabetical order."""
        with self._reading() as db:
            return marks.counts(db)

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
        with self._reading() as db:
            return scores.read(db, uids, metric, version)

    def _mark(self, given: Uids, change: Callable[[Marks], Marks]) -> None:
        """Change the marks of generations, each of them whole or not at all."""
        with self._reading() as db:
            uids = list(dict.fromkeys(lookup.uid(db, uid, self.folder) for uid in _uids(given)))
        for start in range(0, len(uids), _CHUNK):
            try:
                with self._writing() as db:
                    for uid in uids[start : start + _CHUNK]:
                        known = marks.of(db, uid)
                        changed = change(known)
                        if changed != known:
                            marks.put(db, self.folder, changed)
            except OSError as error:
                raise CatalogError(
                    f"{len(uids) - start} generations could not be marked, because '{self.folder}' cannot be written "
                    f"({error.strerror or error}): free some space or make the folder writable, and mark them again."
                ) from error


def _uids(given: Any) -> list[str]:
    if isinstance(given, Generation):
        return [given.uid]
    if isinstance(given, str):
        return [given]
    table = given.index if hasattr(given, "columns") else given
    if not isinstance(table, Iterable):
        raise CatalogError(
            f"uids={str(given)[:60]!r} names no generations: give a uid, a generation, or a list of them."
        )
    return [each.uid if isinstance(each, Generation) else str(each) for each in table]
