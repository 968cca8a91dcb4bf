"""A record from an image, completed with what only comes to be known after the image is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from fluxlab.catalog.record import Record, path_of


def completed(record: Record, name: str, size: int, before: Mapping[str, Any] | None) -> Record:
    """The record of a stored image as its row tells it.

    Parameters
    ----------
    record
        From the image.
    name
        The hash of the file.
    size
        Of the file in bytes.
    before
        The record that the database or the spool has of the same image; of it come the seconds of writing, and the end
        where the image does not say it.
    """
    done = record | {"path": path_of(name), "file_hash": name, "file_bytes": size}
    if before is None or before.get("file_hash") != name:
        return done
    if done.get("finished") is None and isinstance(before.get("finished"), str):
        done["finished"] = before["finished"]
    timings = before.get("timings")
    write = timings.get("write") if isinstance(timings, Mapping) else None
    if isinstance(write, float) and math.isfinite(write):
        done["timings"] = {**done["timings"], "write": write}
    return done
