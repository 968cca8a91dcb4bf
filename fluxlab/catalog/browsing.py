"""The part of `Catalog` that a gallery looks through: pages, what there is to choose from, pictures by their hash."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, TypeVar

from fluxlab.catalog import browse, facets, vocabulary
from fluxlab.catalog.browse import Item, Page
from fluxlab.catalog.facets import Facet
from fluxlab.catalog.opened import Opened
from fluxlab.catalog.plain_files import open_plain
from fluxlab.catalog.record import path_of
from fluxlab.catalog.selection import Selection
from fluxlab.catalog.state import State, state
from fluxlab.catalog.vocabulary import FieldWords
from fluxlab.errors import NotFoundError, QueryError, brief

T = TypeVar("T")

FACET_MAX = 20
#: Answers that are kept while the catalog stays as it is: whoever scrolls asks for the same total with every page.
_KEPT_MAX = 32
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Browsing(Opened):
    """Everything that a gallery asks for."""

    def __init__(self, folder: Any) -> None:
        super().__init__(folder)
        self._kept: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._keeping = Lock()
        #: One for each answer that is being found: it takes seconds with a million rows, and galleries ask together.
        self._asking: dict[tuple[str, str, str], Lock] = {}

    def state(self) -> State:
        """Whether anything has changed: another text after every write of any process; it costs next to nothing.

        Raises
        ------
        CatalogError
            When the database is not there any more.
        """
        return state(self._path)

    def page(self, words: str = "", *, cursor: str | None = None, limit: int = 100) -> Page:
        """Generations page by page, newest first, whatever their status.

        Parameters
        ----------
        words
            Query words, as in `df`.
        cursor
            `Page.next` of the page before.
        limit
            Rows of a page, 1 to 500.

        Raises
        ------
        QueryError
            For words that are not understood, and for a cursor that no page gave.
        """
        if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= browse.PAGE_MAX:
            raise QueryError(f"limit={brief(limit)} is not allowed: it must be 1 to {browse.PAGE_MAX}.", "limit")
        selection, now = Selection({}, words=words, status=None), self.state()
        with self._reading() as db:
            db.execute("BEGIN")  # so that the page and the total are of one moment
            total = self._once("total", words, now, selection, lambda: selection.count(db.conn))
            shown, after = browse.page(db.conn, selection, cursor, limit, total)
        return Page(shown, after, total, now.text)

    def count(self, words: str = "") -> int:
        """How many generations the query words mean, whatever their status.

        Parameters
        ----------
        words
            As in `df`; without any, all.

        Raises
        ------
        QueryError
            For words that are not understood.
        """
        selection, now = Selection({}, words=words, status=None), self.state()
        with self._reading() as db:
            return self._once("total", words, now, selection, lambda: selection.count(db.conn))

    def items(self, uids: Sequence[str]) -> tuple[Item, ...]:
        """What a list shows of some generations, in the order given.

        Parameters
        ----------
        uids
            Whole ones.

        Raises
        ------
        NotFoundError
            For a uid that is not there.
        """
        with self._reading() as db:
            found = browse.items(db.conn, uids)
        missing = next((uid for uid in uids if uid not in found), None)
        if missing is not None:
            raise NotFoundError(f"uid={brief(missing)} is not in the catalog at '{self.folder}': look it up with df().")
        return tuple(found[uid] for uid in uids)

    def facets(self, words: str = "") -> tuple[Facet, ...]:
        """The values of the columns that images are chosen by, with counts and the query words that mean them.

        Parameters
        ----------
        words
            Query words: only images that they mean are counted.

        Raises
        ------
        QueryError
            For words that are not understood.
        """
        return facets.facets(self._counts(words), FACET_MAX)

    def vocabulary(self) -> tuple[FieldWords, ...]:
        """The fields of the query words, and what stands behind them in this catalog: for completion."""
        counts = self._counts("")
        with self._reading() as db:
            return vocabulary.fields(db.conn, facets.facets(counts, vocabulary.VALUES_MAX))

    def picture(self, sha256: str) -> bytes:
        """The bytes of an image by the SHA-256 of its file, which they are checked against.

        Parameters
        ----------
        sha256
            64 hexadecimal digits, such as `Item.image`.

        Raises
        ------
        NotFoundError
            When there is none, or the file was changed.
        """
        if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise NotFoundError(f"image={brief(sha256)} is no hash of an image: give 64 hexadecimal digits.")
        place = self.folder / path_of(sha256)
        try:
            with open_plain(place) as file:
                data = file.read()
        except OSError as error:
            raise NotFoundError(
                f"image {sha256[:8]} cannot be read at '{place}' ({error.strerror}): put the file back, or make the "
                "image again."
            ) from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise NotFoundError(
                f"image {sha256[:8]} at '{place}' is not the file that was saved: put the original back, or make the "
                "image again."
            )
        return data

    def _counts(self, words: str) -> dict[str, Counter[Any]]:
        selection, now = Selection({}, words=words, status=None), self.state()
        with self._reading() as db:
            db.execute("BEGIN")
            return self._once("facets", words, now, selection, lambda: facets.count(db.conn, selection))

    def _once(self, what: str, words: str, now: State, selection: Selection, ask: Callable[[], T]) -> T:
        """An answer that was given before, as long as nothing has changed since; who asks meanwhile waits for it."""
        if not now.settled or selection.passing:
            return ask()
        name = (what, words, now.text)
        with self._keeping:
            asking = self._asking.setdefault(name, Lock())
        with asking:
            with self._keeping:
                if name in self._kept:
                    self._kept.move_to_end(name)
                    kept: T = self._kept[name]
                    return kept
            try:
                answer = ask()
                with self._keeping:
                    self._kept[name] = answer
                    while len(self._kept) > _KEPT_MAX:
                        self._kept.popitem(last=False)
                return answer
            finally:
                with self._keeping:
                    self._asking.pop(name, None)
