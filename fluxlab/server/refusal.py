"""What a client is told that asked for what cannot be: the one place where errors become HTTP."""

from __future__ import annotations

import sqlite3

from tornado.web import HTTPError

from fluxlab.errors import CatalogError, FluxlabError, NotFoundError, QueryError


class RefusedError(HTTPError):
    """An answer that says no.

    Parameters
    ----------
    status
        400 for what is asked wrongly, 404 for what is not there, 409 for a catalog that cannot be used, 413 for too
        much, 415 for the wrong kind, 503 while the server shuts down.
    message
        One sentence.
    field
        What it is about, or none.
    """

    def __init__(self, status: int, message: str, field: str | None = None) -> None:
        # As a value: tornado would take a % in the message for a place to fill.
        super().__init__(status, "%s", message)
        self.message = message
        self.field = field


class UnusableError(CatalogError):
    """A catalog cannot be opened: it is damaged, foreign, newer, or not readable."""


class ClosingError(FluxlabError):
    """The server shuts down, and begins nothing any more."""


def refused(error: FluxlabError) -> RefusedError:
    """The answer for an error of fluxlab.

    Parameters
    ----------
    error
        Any.
    """
    return RefusedError(_status(error), str(error), getattr(error, "field", None))


def _status(error: FluxlabError) -> int:
    if isinstance(error, ClosingError):
        return 503
    if isinstance(error, NotFoundError):
        return 404
    if isinstance(error, QueryError):
        return 400
    # A damaged page may show only when it is read, and a disk fail at any time.
    if isinstance(error, UnusableError) or isinstance(error.__cause__, sqlite3.Error | OSError):
        return 409
    return 400
