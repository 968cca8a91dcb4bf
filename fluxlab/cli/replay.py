"""``fluxlab replay``: make a recorded image again and compare it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

from fluxlab.cli.folder import add_folder, there
from fluxlab.errors import CatalogError

_DESCRIPTION = """\
Make a recorded image again, and say whether it is the same to the last bit; where it is not, by how much, and which of
files, environment and effective values are not as they were. Nothing is recorded.
"""
_EPILOG = """\
exit status:
  0    the same image
  1    another image
  2    wrong usage, or it cannot be made again
  130  stopped by Ctrl-C
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "replay",
        help="make a recorded image again and compare it bit for bit",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("uid", help="of the image, or its first 6 digits or more")
    add_folder(parser)
    parser.add_argument("--save", type=Path, metavar="PNG", help="keep the image that comes out now")
    parser.set_defaults(run=run, refused=2)


def run(chosen: argparse.Namespace) -> int:
    """Replay, and say what came of it."""
    from fluxlab.replay import replay

    if chosen.save is not None:
        _check(chosen.save)
    again = replay(there(chosen.folder).get(chosen.uid))
    print(again)
    if chosen.save is not None:
        try:
            again.image.save(chosen.save, "PNG")
        except OSError as error:
            raise CatalogError(f"save='{chosen.save}' cannot be written ({error.strerror or error}).") from error
    return 0 if again.same else 1


def _check(save: Path) -> None:
    """Before anything is computed: whether the image can be kept afterwards."""
    if save.exists():
        raise CatalogError(f"save='{save}' is there already: name another file.")
    if not save.parent.is_dir():
        raise CatalogError(f"save='{save}' lies in a folder that is not there: make '{save.parent}' first.")
    if not os.access(save.parent, os.W_OK | os.X_OK):
        raise CatalogError(f"save='{save}' cannot be written: make '{save.parent}' writable, or name another folder.")
