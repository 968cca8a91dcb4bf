"""What SQLite gave, column by column, as pandas arrays of fixed dtypes."""

from __future__ import annotations

from collections.abc import Sequence
from types import NoneType
from typing import Any

from fluxlab.catalog.columns import NUMBER, TEXT, TIME, WHOLE

#: What 64 bits of nanoseconds reach, in whole years.
_FIRST, _LAST = "1678-01-01T00:00:00Z", "2262-01-01T00:00:00Z"


def array(values: Sequence[Any], dtype: str) -> Any:
    """A pandas array; what a pipeline gave back and is of another kind becomes missing.

    Parameters
    ----------
    values
        As SQLite gave them.
    dtype
        One of those in `fluxlab.catalog.columns`.
    """
    import numpy as np
    import pandas as pd

    if dtype == TIME:
        times = pd.to_datetime(pd.Index(values, dtype=object), utc=True, format="ISO8601", errors="coerce")
        # One row whose time is none, or lies beyond what nanoseconds reach, must not keep all others from being read.
        times = times.where((times >= _FIRST) & (times <= _LAST))
        return times.astype("datetime64[ns, UTC]").array
    if dtype in {WHOLE, NUMBER}:
        return _numbers(values, dtype)
    if not set(map(type, values)) <= {str, NoneType}:
        values = [None if value is None else str(value) for value in values]
    # An array of objects is taken as it is; a list would be looked through twice.
    return pd.array(np.array(values, dtype=object), dtype="string")


def inferred(values: Sequence[Any]) -> Any:
    """A pandas array whose dtype follows the values: for queries whose columns are not known before."""
    import pandas as pd

    kinds = {type(value) for value in values} - {type(None)}
    if kinds == {int}:
        return array(values, WHOLE)
    if kinds and kinds <= {int, float}:
        return array(values, NUMBER)
    if kinds == {str}:
        return array(values, TEXT)
    return pd.array(list(values), dtype=object)


def _numbers(values: Sequence[Any], dtype: str) -> Any:
    """Numpy is asked once for the whole column, and only a column with gaps is looked through value by value."""
    import numpy as np
    import pandas as pd

    if not values:
        return pd.array([], dtype=dtype)  # type: ignore[call-overload]  # the stubs know literal names only
    data = np.array(values)
    mask = np.zeros(len(values), dtype=bool)
    if data.dtype.kind not in ("i" if dtype == WHOLE else "if"):
        kinds = (int,) if dtype == WHOLE else (int, float)
        mask = np.array([type(value) not in kinds for value in values], dtype=bool)
        data = np.array([0 if gap else value for value, gap in zip(values, mask.tolist(), strict=True)])
    if dtype == WHOLE:
        return pd.arrays.IntegerArray(data.astype("int64"), mask)
    return pd.arrays.FloatingArray(data.astype("float64"), mask)
