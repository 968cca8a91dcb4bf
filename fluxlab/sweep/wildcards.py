"""Folders of wildcard files: ``animals.txt`` holds the values of ``__animals__``, one a line."""

from __future__ import annotations

from pathlib import Path

from fluxlab.errors import SweepError, nearest

#: Largest wildcard file that is read, in bytes.
FILE_MAX = 10_000_000


class Wildcards:
    """The wildcard files of one folder.

    Parameters
    ----------
    folder
        The folder, or ``None`` where the sweep has none. Subfolders are part of the name: ``__colours/warm__``.
    """

    def __init__(self, folder: Path | str | None) -> None:
        self._folder = None if folder is None else Path(folder).expanduser()

    def values(self, name: str) -> list[tuple[str, str]]:
        """The values of a wildcard in the order of their lines, and where each was read, for messages.

        Parameters
        ----------
        name
            What stands between the double underscores; ``*`` matches any part of a name.

        Raises
        ------
        SweepError
            Where there is no such file, or nothing in it. The message goes after a colon.
        """
        values = [value for path in self._files(name) for value in self._lines(path)]
        if not values:
            raise SweepError(f"the wildcard '{name}' has no values; write one on each line of its file")
        return values

    def _files(self, name: str) -> list[Path]:
        if self._folder is None:
            raise SweepError(
                f"the wildcard '{name}' needs a folder of files; give Sweep(wildcards=folder), "
                r"or write '\__' for underscores in the prompt"
            )
        if not self._folder.is_dir():
            raise SweepError(
                f"the wildcard '{name}' cannot be read, because wildcards={str(self._folder)!r} is no folder"
            )
        root = self._folder.resolve()
        outside = name.startswith("/") or ".." in name.split("/")
        found = [] if outside else sorted(path for path in root.glob(f"{name}.txt") if path.is_file())
        # A link that leads out of the folder is not one of its files.
        found = [path for path in found if path.resolve().is_relative_to(root)]
        if not found:
            known = sorted(path.relative_to(root).with_suffix("").as_posix() for path in root.rglob("*.txt"))
            hint = nearest(name, known) or f" The folder holds {', '.join(known[:20]) or 'no .txt file'}."
            raise SweepError(f"the wildcard '{name}' has no file '{name}.txt' in {str(self._folder)!r}:{hint}")
        return found

    def _lines(self, path: Path) -> list[tuple[str, str]]:
        try:
            if path.stat().st_size > FILE_MAX:
                raise SweepError(f"the wildcard file '{path.name}' has more than {FILE_MAX:,} bytes")
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise SweepError(f"the wildcard file '{path.name}' cannot be read as UTF-8 text ({error})") from None
        stripped = ((number, line.strip()) for number, line in enumerate(lines, start=1))
        return [(line, f"line {number} in {path.name}") for number, line in stripped if line and line[0] != "#"]
