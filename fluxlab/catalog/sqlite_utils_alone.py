"""sqlite-utils without pandas, which it imports wherever it finds it.

It wants pandas for the names of column types that no table here has. A server or a command that never makes a table of
pandas would pay half a second and tens of megabytes for them.
"""

from __future__ import annotations

import sys

_ABSENT = "pandas" not in sys.modules
if _ABSENT:
    sys.modules["pandas"] = None  # type: ignore[assignment]  # how Python is told that a module cannot be imported
try:
    from sqlite_utils import Database, Migrations
finally:
    if _ABSENT:
        del sys.modules["pandas"]

__all__ = ["Database", "Migrations"]
