"""What people pass, checked in one place: a value of the wrong kind is a sentence, never a traceback."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fluxlab.errors import CatalogError, brief


def text(name: str, given: Any, what: str, example: str) -> str:
    """One text.

    Parameters
    ----------
    name
        The argument.
    given
        What it was given.
    what
        What it should be, such as ``"the name of a column"``.
    example
        Such a text, as it is written.

    Raises
    ------
    CatalogError
        For anything that is not text.
    """
    if not isinstance(given, str):
        raise CatalogError(f"{name}={brief(given)} is not {what}: write text such as {example}.")
    return given


def texts(name: str, given: Any, what: str, example: str) -> list[str]:
    """One text or several, as a list.

    Parameters
    ----------
    name, given, what, example
        As in `text`.

    Raises
    ------
    CatalogError
        For anything that is neither text nor a list of texts.
    """
    several = given if isinstance(given, Iterable) and not isinstance(given, (str, bytes)) else [given]
    return [text(name, each, what, f"{example}, or a list of such") for each in several]


def path(name: str, given: Any) -> Path:
    """A path that the system takes; it need not be there.

    Parameters
    ----------
    name
        The argument.
    given
        Text or a `Path`; a ``~`` stands for the home folder.

    Raises
    ------
    CatalogError
        For anything else, and for a name that no file can have.
    """
    place = os.fspath(given) if isinstance(given, os.PathLike) else given
    if not isinstance(place, str) or not place:
        raise CatalogError(f"{name}={brief(given)} is not a path: give text or a pathlib.Path.")
    try:
        found = Path(place).expanduser()
        found.stat()
    except ValueError:
        reason = "it holds a character that no name can have"
    except RuntimeError:
        reason = "there is no such home folder"
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:
            return found
        reason = "it is too long"
    else:
        return found
    raise CatalogError(f"{name}={brief(place)} is not a path, because {reason}: give another.")
