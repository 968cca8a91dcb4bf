"""``fluxlab export``: tables, folders of images, and graphs for ComfyUI out of the catalog."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fluxlab.cli.folder import add_folder, there
from fluxlab.cli.watch import counter
from fluxlab.errors import CatalogError

_DESCRIPTION = """\
Write what is in a catalog for other programs. The name of the target says what: TARGET.parquet or TARGET.csv is a
table, TARGET.json with one --uid a graph for ComfyUI, and a name without an ending a new folder with the images and
table.csv.
"""
#: What a graph of one image has no use for.
_OF_TABLES = ("strip", "where", "since", "prompt_has", "tag", "columns")
_EPILOG = """\
exit status:
  0    written
  1    some images were left out, for the reasons printed
  2    wrong usage, or nothing was written
  130  stopped by Ctrl-C
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "export",
        help="write a table, a folder of images, or a graph for ComfyUI",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=Path, help="what to write; nothing is written over")
    add_folder(parser)
    parser.add_argument("--uid", action="append", help="only this image; may be given again")
    parser.add_argument("--where", help="only images for which this SQL holds, such as 'steps > 4'")
    parser.add_argument("--since", help="only images since then, such as 7d or 2026-11-01")
    parser.add_argument("--prompt-has", help="only images whose prompt has these words")
    parser.add_argument("--tag", action="append", help="only images with this tag; may be given again")
    parser.add_argument("--columns", help="columns of the table, separated by commas")
    parser.add_argument("--unet", help="for ComfyUI: the model's file there, where it is not called as the model")
    parser.add_argument("--strip", action="store_true", help="images without metadata, numbered, without a table")
    parser.set_defaults(run=run, refused=2)


def run(chosen: argparse.Namespace) -> int:
    """Export, and say where to."""
    _check(chosen)
    catalog = there(chosen.folder)
    uids = [catalog.get(uid).uid for uid in chosen.uid or ()]
    if chosen.target.suffix.lower() == ".json":
        if len(uids) != 1:
            raise CatalogError(f"target='{chosen.target}' is a graph of one image: give one --uid.")
        for note in catalog.export_comfyui(uids[0], chosen.target, unet=chosen.unet):
            print(f"note: {note}")
        print(chosen.target)
        return 0
    query: dict[str, Any] = {
        "where": chosen.where,
        "since": chosen.since,
        "prompt_has": chosen.prompt_has,
        "tags": chosen.tag,
        "columns": [name.strip() for name in chosen.columns.split(",")] if chosen.columns else None,
        **({"uid": uids} if uids else {}),
    }
    left_out: list[str] = []
    with counter("exporting") as progress:
        path = catalog.export(chosen.target, strip=chosen.strip, progress=progress, left_out=left_out.append, **query)
    for sentence in left_out:
        print(f"left out: {sentence}", file=sys.stderr)
    print(path)
    return 1 if left_out else 0


def _check(chosen: argparse.Namespace) -> None:
    """Refuse options that would be passed over."""
    given = [f"--{name.replace('_', '-')}" for name in _OF_TABLES if getattr(chosen, name)]
    if chosen.target.suffix.lower() == ".json":
        if given:
            raise CatalogError(
                f"{given[0]} has no meaning for the graph '{chosen.target}': give --uid and --unet alone, or another "
                "target."
            )
        return
    if chosen.unet is not None:
        raise CatalogError(f"--unet is for a graph: name a .json instead of '{chosen.target}', or leave it out.")
    if chosen.strip and chosen.columns:
        raise CatalogError("--columns has no meaning with --strip, which writes no table: leave one of them out.")
