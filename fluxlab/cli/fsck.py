"""``fluxlab fsck``: look for damage in a catalog, and repair it when asked to."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from fluxlab.cli.watch import bar

_DESCRIPTION = """\
Look for damage in a catalog. Nothing is changed unless --repair or --rebuild is given, and nothing is ever deleted:
bad files are moved to 'quarantine' inside the catalog's folder, each with a note.
"""
_EPILOG = """\
exit status:
  0    nothing found, or all of it repaired
  1    findings remain
  2    wrong usage, or the catalog cannot be checked or repaired
  130  stopped by Ctrl-C; everything is consistent
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "fsck",
        help="look for damage in a catalog, repair it, or build its index anew from the images",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder", type=Path, nargs="?", help="of the catalog (default: FLUXLAB_HOME where it is set, else .fluxlab)"
    )
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--repair", action="store_true", help="repair what can be repaired, and look again")
    change.add_argument(
        "--rebuild",
        action="store_true",
        help="build the whole index anew from the images, and carry over what only the old one knows",
    )
    parser.add_argument(
        "--deep", action="store_true", help="hash and decode every image, and compare every row with its image"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.set_defaults(run=run, refused=2)


def run(chosen: argparse.Namespace) -> int:
    """Check, and say what was found."""
    from fluxlab.catalog import default_folder
    from fluxlab.catalog.upkeep import fsck, rebuild

    folder = chosen.folder or default_folder()
    if chosen.rebuild:
        rebuilt = rebuild(folder, deep=chosen.deep, watch=bar)
        if not chosen.json:
            print(rebuilt)
    report = fsck(folder, repair=chosen.repair, deep=chosen.deep, watch=bar)
    print(json.dumps(report.as_dict(), indent=2) if chosen.json else report)
    return 1 if report.remaining else 0
