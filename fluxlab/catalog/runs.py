"""Runs: one execution of a plan each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fluxlab.catalog.encoding import dump, load, text_safe
from fluxlab.catalog.record import now

if TYPE_CHECKING:
    from sqlite_utils import Database


def put(db: Database, run_id: str, sweep_json: str, name: str | None) -> None:
    """Write a run inside the caller's transaction; one that is known keeps its first record."""
    db.execute(
        "INSERT OR IGNORE INTO runs (id, name, sweep, created) VALUES (?, ?, ?, ?)",
        [run_id, None if name is None else text_safe(name), dump(load(sweep_json)), now()],
    )


def read(db: Database, run_id: str) -> dict[str, Any] | None:
    """A run, or ``None``."""
    for row in db.query("SELECT id, name, sweep, created FROM runs WHERE id = ?", [run_id]):
        return dict(row)
    return None
