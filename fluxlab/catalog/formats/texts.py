"""`Texts`: the texts of one file, cut where they are too much."""

from __future__ import annotations

import zlib

from fluxlab.catalog.formats.bounds import EFFORT_MAX, NOTES_MAX, TEXT_BYTES_MAX, TEXT_EFFORT, TEXTS_MAX


class Texts:
    """The texts of one file by key, within a budget of bytes that all of them share."""

    def __init__(self) -> None:
        self.raw: dict[str, str] = {}
        self.notes: list[str] = []
        #: Bytes that may still be kept.
        self.left = TEXT_BYTES_MAX
        self._effort = EFFORT_MAX

    def may_cost(self, effort: int) -> bool:
        """Whether so many more bytes may be read or unpacked; they count as read then."""
        if self._effort <= 0:
            self.note("the file has too much metadata: the rest was left out.")
            return False
        self._effort -= effort + TEXT_EFFORT
        return True

    def note(self, sentence: str) -> None:
        """Add a sentence, once, while there are not too many."""
        if len(self.notes) < NOTES_MAX and sentence not in self.notes:
            self.notes.append(sentence)

    def keep(self, key: str, text: str, size: int) -> None:
        """Keep a text; of several under one key, the first counts, and the others get a number.

        Parameters
        ----------
        key
            Its name in the file.
        text
            What it says.
        size
            Bytes that it took.
        """
        if len(self.raw) >= TEXTS_MAX:
            self.note(f"the file has more than {TEXTS_MAX} texts: the others were left out.")
            return
        self.left -= size
        if key in self.raw:
            self.note(f"the file has '{key[:60]}' more than once: the first counts.")
            key = next(name for number in range(2, TEXTS_MAX + 2) if (name := f"{key} ({number})") not in self.raw)
        self.raw[key] = text

    def cut(self, key: str) -> None:
        """Say that a text was too long."""
        self.note(f"'{key[:60]}' was cut: at most {TEXT_BYTES_MAX // 2**20} MiB of text are read from one file.")

    def keep_bytes(self, key: str, data: bytes, *, utf8: bool) -> None:
        """Keep a text that is still bytes.

        Parameters
        ----------
        key
            Its name in the file.
        data
            The bytes.
        utf8
            Whether the format says UTF-8; otherwise it says Latin-1, which some programs do not heed.
        """
        if len(data) > self.left:
            self.cut(key)
            data = data[: max(self.left, 0)]
        try:
            # A lone surrogate is no UTF-8, but it is kept all the same.
            text = data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            if utf8:
                self.note(f"'{key[:60]}' is not valid UTF-8: what could not be read reads \N{REPLACEMENT CHARACTER}.")
            text = data.decode("utf-8", "replace") if utf8 else data.decode("latin-1")
        self.keep(key, text, len(data))

    def keep_compressed(self, key: str, data: bytes, *, utf8: bool) -> None:
        """Keep a text that was compressed with zlib; no more is unpacked than may be kept.

        Parameters
        ----------
        key, data, utf8
            As in `keep_bytes`.
        """
        if not self.may_cost(max(self.left, 0)):
            return
        unpack = zlib.decompressobj()
        try:
            plain = unpack.decompress(data, max(self.left, 0) + 1)
        except zlib.error:
            self.note(f"'{key[:60]}' could not be unpacked: its compressed text is damaged.")
            return
        if not unpack.eof and len(plain) <= self.left:
            self.note(f"'{key[:60]}' ends early: the rest of its compressed text is missing.")
        self.keep_bytes(key, plain, utf8=utf8)
