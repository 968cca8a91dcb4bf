"""Records that wait in ``spool/``, read without taking them up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fluxlab.catalog import spool
from fluxlab.catalog.plain_files import json_files
from fluxlab.catalog.record import RECORD_FORMAT, Record, checked
from fluxlab.errors import CatalogError


def waiting_records(folder: Path) -> dict[Path, Record]:
    """Every record that `fluxlab.catalog.spool.replay` would take up."""
    return {path: record for path, record in read_all(folder) if isinstance(record, dict)}


def unreadable_records(folder: Path) -> dict[Path, str]:
    """Files of the spool that hold no record, not even one of a newer fluxlab, and why."""
    return {path: str(reason) for path, reason in read_all(folder) if isinstance(reason, Exception)}


def is_readable(path: Path) -> bool:
    """Whether a file of the spool holds a whole record, of this fluxlab or a newer one."""
    try:
        _read(path)
    except (OSError, CatalogError):
        return False
    return True


def read_all(folder: Path) -> Iterator[tuple[Path, Record | Exception | None]]:
    """Every file of the spool with its record, the reason why there is none, or ``None`` for a newer fluxlab's."""
    for path in json_files(folder / "spool"):
        try:
            yield path, _read(path)
        except FileNotFoundError:
            continue
        except (OSError, CatalogError) as error:
            yield path, error


def _read(path: Path) -> Record | None:
    value = spool.read(path)
    if isinstance(value, dict) and isinstance(value.get("format"), int) and value["format"] > RECORD_FORMAT:
        return None
    return checked(value)
