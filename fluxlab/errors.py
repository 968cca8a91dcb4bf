"""The family of errors: each message is one sentence with the field, the value, what is allowed and what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class FluxlabError(Exception):
    """Base of every error that fluxlab raises on purpose."""


class RecipeError(FluxlabError, ValueError):
    """A parameter of an image is unknown, malformed or out of range."""


class SweepError(FluxlabError, ValueError):
    """An axis, range, template or design cannot be understood."""


class ModelError(FluxlabError):
    """A model is unknown, cannot be loaded, or does not take a parameter."""


class LoraError(ModelError):
    """A LoRA file is missing, unsafe or does not fit the model."""


class GenerationError(FluxlabError):
    """An image could not be made; the attempt is recorded in the catalog."""


class CatalogError(FluxlabError):
    """The catalog cannot be opened, read or written.

    Attributes
    ----------
    unsaved : tuple
        After a run that the catalog ended: every generation, with its image, that it could not take.
    """

    unsaved: tuple[Any, ...] = ()


class NotFoundError(CatalogError, KeyError):
    """The catalog has no such generation."""

    def __str__(self) -> str:
        return Exception.__str__(self)


class QueryError(CatalogError, ValueError):
    """The words of a query are not understood.

    Parameters
    ----------
    message
        The sentence.
    field
        The field that it is about, or none.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class GridError(FluxlabError, ValueError):
    """A grid cannot be shown, saved or plotted as asked."""


def brief(value: Any, limit: int = 60) -> str:
    """A value as it stands in a message: as Python writes it, in one line, shortened.

    Parameters
    ----------
    value
        Anything.
    limit
        Characters at most.
    """
    # Cut before it is written out: a text may be as large as the memory.
    text = " ".join(repr(value[:limit] if isinstance(value, (str, bytes)) else value).split())
    return text if len(text) <= limit else f"{text[: limit - 3]}..."


def told(error: BaseException) -> str:
    """An error as people read it: the sentence of one that fluxlab raised on purpose, of any other its kind too.

    Parameters
    ----------
    error
        Any.
    """
    return str(error) if isinstance(error, FluxlabError) else f"{type(error).__name__}: {error}"


def nearest(name: str, allowed: Iterable[str]) -> str:
    """A hint such as ``" Did you mean 'seed'?"``, or the empty string where nothing is near.

    Parameters
    ----------
    name
        What was written.
    allowed
        What exists.
    """
    found = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return f" Did you mean '{found[0]}'?" if found else ""
