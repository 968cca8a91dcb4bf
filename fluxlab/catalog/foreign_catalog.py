"""Catalogs of other people: nothing in their folder is changed, and nothing in their database is trusted."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path

from fluxlab.catalog.database import connect, sentences
from fluxlab.catalog.schema import migrations
from fluxlab.catalog.sqlite_utils_alone import Database
from fluxlab.errors import CatalogError

_OBJECTS = "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"


def check_foreign(copy: Path, folder: Path) -> None:
    """Refuse a database that is not, table by table and index by index, one that fluxlab would have made.

    A view in the place of a table, a trigger or a generated column would run what its author likes when it is read.

    Parameters
    ----------
    copy
        A private copy of its ``catalog.db``.
    folder
        The catalog's folder, for the sentence.

    Raises
    ------
    CatalogError
        When it is missing, damaged, newer than this fluxlab, or holds anything else.
    """
    if not copy.is_file() or not copy.stat().st_size:
        raise CatalogError(f"folder='{folder}' holds no catalog: name the folder in which 'catalog.db' lies.")
    with sentences(folder / "catalog.db"), connect(copy) as db:
        found = {(str(kind), str(name)): str(sql) for kind, name, sql in db.execute(_OBJECTS).fetchall()}
        if ("table", "_sqlite_migrations") not in found:
            raise CatalogError(f"'{folder / 'catalog.db'}' is not a fluxlab catalog: it is left as it is.")
        applied = [migration.name for migration in migrations.applied(db)]
        names = [migration.name for migration in migrations._migrations]  # noqa: SLF001  (no public list)
        if applied != names[: len(applied)]:
            raise CatalogError(f"'{folder / 'catalog.db'}' was written by a newer fluxlab: upgrade fluxlab to read it.")
        expected = _expected((*names, None)[len(applied)])
        strange = min(found.items() ^ expected.items(), default=None)
        if strange is not None:
            kind, name = strange[0]
            raise CatalogError(
                f"'{folder / 'catalog.db'}' has a {kind} '{name[:60]}' that is not as fluxlab makes it, so it is not "
                "opened: import its images instead, which carry their records."
            )
        problem = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
        if problem != "ok":
            raise CatalogError(
                f"'{folder / 'catalog.db'}' is damaged ({problem[:120]}): copy the folder and run 'fluxlab fsck' on it."
            )


@cache
def _expected(before: str | None) -> dict[tuple[str, str], str]:
    """Everything that a database holds when all migrations before one are applied, with the SQL it was made with."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        db = Database(connection, execute_plugins=False, strict=True)
        migrations.apply(db, stop_before=before)
        return {(str(kind), str(name)): str(sql) for kind, name, sql in db.execute(_OBJECTS).fetchall()}
