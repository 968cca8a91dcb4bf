"""``fluxlab import``: images of other programs into the catalog."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fluxlab.cli.folder import add_folder
from fluxlab.cli.watch import counter

_DESCRIPTION = """\
Take PNG, JPEG and WebP images made by A1111, Forge, ComfyUI, InvokeAI or SwarmUI, or by fluxlab elsewhere, into a
catalog, with all that they say of how they were made. The files are only read, and none is taken twice.
"""
_EPILOG = """\
exit status:
  0    all images are in the catalog
  1    some were skipped, for the reasons printed
  2    wrong usage, nothing to import, or the catalog cannot be written
  130  stopped by Ctrl-C; what was imported stays
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "import",
        help="take images of other programs into the catalog",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="images, or folders of them")
    add_folder(parser)
    parser.set_defaults(run=run, refused=2)


def run(chosen: argparse.Namespace) -> int:
    """Import, and say what became of every file."""
    from fluxlab.catalog import Catalog
    from fluxlab.catalog.image_files import find_images
    from fluxlab.errors import CatalogError

    paths = [file for path in chosen.paths for file in find_images(path)]
    if not paths:
        raise CatalogError(f"'{chosen.paths[0]}' holds no PNG, JPEG or WebP: name a folder that does.")
    with counter("importing") as progress:
        report = Catalog(chosen.folder).import_images(paths, progress=progress)
    for path, reason in report.skipped:
        print(f"skipped {path}: {reason}", file=sys.stderr)
    print(report)
    return 1 if report.skipped else 0
