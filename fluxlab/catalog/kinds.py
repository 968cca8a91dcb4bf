"""What a filter compares with: a value of the column's own kind, because any other would silently match nothing."""

from __future__ import annotations

import math
from typing import Any

from fluxlab.catalog.columns import NUMBER, TEXT, TIME, WHOLE, Column, seed_of
from fluxlab.errors import CatalogError, brief

#: Kept as a number, and asked for as what it is.
_SWITCHES = {"compile"}


def of_kind(item: Column, value: Any) -> Any:
    """The value as the column has it: numbers may be written as text, and a number is looked for among texts.

    Parameters
    ----------
    item
        The column.
    value
        Text, a number, a truth value or ``None``.

    Raises
    ------
    CatalogError
        For a value that no image can have there.
    """
    if value is None or (isinstance(value, bool) and item.name in _SWITCHES):
        return value
    if item.name == "seed":
        # A float is a seed as it comes out of a table that has gaps.
        if isinstance(value, bool) or (isinstance(value, str) and not isinstance(seed_of(value.strip()), int)):
            raise CatalogError(
                f"seed={brief(value)} is not a whole number: give one, or several as a list or as range(1, 5)."
            )
        return value.strip() if isinstance(value, str) else value
    if item.dtype in {NUMBER, WHOLE}:
        number = _number(value)
        if number is None:
            span = f'"{item.name} BETWEEN 1 AND 4"' if item.name.isidentifier() else f"'{item.quoted} BETWEEN 1 AND 4'"
            raise CatalogError(
                f"{item.name}={brief(value)} is not a number: give one, several as a list, or a span as where={span}."
            )
        return number
    if item.dtype == TIME and not isinstance(value, str):
        raise CatalogError(f"{item.name}={brief(value)} is not a time: ask for times with since= and until=.")
    if item.dtype == TEXT and isinstance(value, (bool, float)):
        raise CatalogError(f"{item.name}={brief(value)} is not text: write it in quotes, or give several as a list.")
    return value


def _number(value: Any) -> int | float | None:
    """The number that a value is or says; none where it is or says none."""
    if isinstance(value, bool):
        return None
    if not isinstance(value, str):
        return value if isinstance(value, (int, float)) else None
    for kind in (int, float):
        try:
            number: int | float = kind(value)
        except ValueError:
            continue
        return number if math.isfinite(number) else None
    return None
