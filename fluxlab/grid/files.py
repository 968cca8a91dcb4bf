"""Saved files appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from fluxlab.errors import GridError


@contextmanager
def replacing(path: str | Path, endings: tuple[str, ...], method: str) -> Iterator[Path]:
    """A temporary file beside ``path`` that takes its place when the block ends well, and vanishes when it does not.

    Raises
    ------
    GridError
        For another ending, a folder that does not exist, or a file that cannot be written.
    """
    target = Path(path).expanduser()
    if target.suffix.lower() not in endings:
        raise GridError(
            f"path='{target}' is not allowed in {method}: it must end in {' or '.join(endings)}; "
            f"use '{target.with_suffix(endings[0]) if target.name else 'grid' + endings[0]}'."
        )
    if not target.parent.is_dir():
        raise GridError(f"path='{target}' cannot be written: folder '{target.parent}' does not exist; make it first.")
    temporary: Path | None = None
    try:
        number, name = tempfile.mkstemp(prefix=f".{target.name[:60]}.", suffix=endings[0], dir=target.parent)
        os.close(number)
        temporary = Path(name)
        # mkstemp makes it private; a saved grid is as readable as any other file.
        temporary.chmod(0o644)
        yield temporary
        temporary.replace(target)
        temporary = None
    except OSError as error:
        raise GridError(
            f"path='{target}' cannot be written: {error.strerror or error}; choose another place."
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()
