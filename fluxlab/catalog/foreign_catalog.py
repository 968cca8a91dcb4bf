"""Connections that only read, for catalogs of other people: nothing in them is changed, and nothing in them trusted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import quote

from sqlite_utils import Database

from fluxlab.catalog.database import TIMEOUT, sentences
from fluxlab.catalog.schema import migrations
from fluxlab.errors import CatalogError

#: No value of a catalog comes near this size; a hostile one may try to fill the memory.
BYTES_MAX = 256 * 2**20
_OBJECTS = "SELECT type, name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%'"


@contextmanager
def read_only(path: Path) -> Iterator[Database]:
    """A connection that cannot write, closed afterwards.

    Parameters
    ----------
    path
        Of ``catalog.db``. What a killed writer left in its journal can only be rolled back by a writer; SQLite says so.
    """
    place = "file:" + quote(str(path.resolve())) + "?mode=ro"
    with closing(sqlite3.connect(place, uri=True, timeout=TIMEOUT, isolation_level=None)) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, BYTES_MAX)
        for pragma in ("trusted_schema=OFF", "query_only=ON", "mmap_size=0", "cell_size_check=ON"):
            connection.execute(f"PRAGMA {pragma}")
        yield Database(connection, execute_plugins=False, strict=True)


def check_foreign(path: Path) -> None:
    """Refuse a database that is not, table by table and index by index, one that this fluxlab would have made.

    A view in the place of a table, a trigger or a generated column could run what its author likes while it is read.

    Parameters
    ----------
    path
        Of ``catalog.db``.

    Raises
    ------
    CatalogError
        When it is missing, damaged, older or newer than this fluxlab, or holds anything else. It is left as it is.
    """
    if not path.is_file():
        raise CatalogError(f"'{path}' is not there, so there is no catalog to read: name the folder of a catalog.")
    with sentences(path), read_only(path) as db:
        found = {(str(kind), str(name)): str(sql) for kind, name, sql in db.execute(_OBJECTS).fetchall()}
        expected = _expected()
        if ("table", "_sqlite_migrations") not in found:
            raise CatalogError(f"'{path}' is not a fluxlab catalog: it is left as it is.")
        applied = {migration.name for migration in migrations.applied(db)}
        wanted = {migration.name for migration in migrations._migrations}  # noqa: SLF001  (no public list)
        if applied != wanted:
            age = "a newer" if applied - wanted else "an older"
            what = "upgrade fluxlab" if applied - wanted else "open it once for writing, which brings it up to date"
            raise CatalogError(f"'{path}' was written by {age} fluxlab and cannot be opened read-only: {what}.")
        for (kind, name), sql in found.items():
            if expected.get((kind, name)) != sql:
                raise CatalogError(
                    f"'{path}' holds a {kind} '{name[:60]}' that fluxlab did not make, so it is not opened: "
                    "ask whoever gave it to you for the images, which carry their records, and import those."
                )
        if missing := expected.keys() - found.keys():
            raise CatalogError(f"'{path}' lacks the {' '.join(min(missing))}: it was changed, and is left as it is.")
        problem = str(db.execute("PRAGMA quick_check(1)").fetchone()[0])
        if problem != "ok":
            raise CatalogError(f"'{path}' is damaged ({problem[:120]}): run 'fluxlab fsck' on its folder.")


@cache
def _expected() -> dict[tuple[str, str], str]:
    """Everything that a catalog's database holds, with the SQL it was made with."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        db = Database(connection, execute_plugins=False, strict=True)
        migrations.apply(db)
        return {(str(kind), str(name)): str(sql) for kind, name, sql in db.execute(_OBJECTS).fetchall()}
