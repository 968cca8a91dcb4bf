"""Which catalog a command works on."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from fluxlab.errors import CatalogError

if TYPE_CHECKING:
    from fluxlab.catalog import Catalog


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add ``--folder``."""
    parser.add_argument(
        "--folder", type=Path, help="of the catalog (default: FLUXLAB_HOME where it is set, else .fluxlab)"
    )


def there(folder: Path | None) -> Catalog:
    """The catalog of a folder that has one; a command that only reads makes none.

    Raises
    ------
    CatalogError
        When there is none.
    """
    from fluxlab.catalog import Catalog, default_folder

    path = folder or default_folder()
    if not (path / "catalog.db").is_file() and not (path / "objects").is_dir():
        raise CatalogError(f"folder='{path}' holds no catalog: name one with --folder, or with FLUXLAB_HOME.")
    return Catalog(path)
