"""``fluxlab backup``: a checked copy of a catalog."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fluxlab.cli.watch import bar

_DESCRIPTION = """\
Copy a catalog to a new folder and check the copy. The database, marks and waiting records are always in it, the images
with --images. Notebooks may go on meanwhile. The backup can be opened as a catalog.
"""
_EPILOG = """\
exit status:
  0    the backup is made and checked
  1    the backup is made, but damaged images, or marks and waiting records that cannot be read, were left out of it
  2    wrong usage, or no backup was made
  130  stopped by Ctrl-C; no backup was made
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "backup",
        help="copy a catalog to a new folder and check the copy",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=Path, help="a folder that does not exist yet")
    parser.add_argument(
        "--folder", type=Path, help="of the catalog (default: FLUXLAB_HOME where it is set, else .fluxlab)"
    )
    parser.add_argument("--images", action="store_true", help="copy every image too, and compare it with its hash")
    parser.set_defaults(run=run, refused=2)


def run(chosen: argparse.Namespace) -> int:
    """Back up, and say what is in it."""
    from fluxlab.catalog import default_folder
    from fluxlab.catalog.upkeep import backup

    made = backup(chosen.folder or default_folder(), chosen.target, images=chosen.images, watch=bar)
    print(made)
    return 1 if made.left_out or made.unread else 0
