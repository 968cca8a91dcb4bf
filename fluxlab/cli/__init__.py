"""The `fluxlab` command: one file a command, each with ``add`` for its arguments and a function that runs it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from fluxlab.cli import backup, demo, export, fsck, import_images, replay
from fluxlab.errors import FluxlabError

COMMANDS = (demo, import_images, export, replay, fsck, backup)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: the command's own, 130 after Ctrl-C.

    Parameters
    ----------
    arguments
        Words after ``fluxlab``; left out, those of the process.
    """
    from fluxlab import __version__

    parser = argparse.ArgumentParser(prog="fluxlab", description="A laboratory notebook for FLUX image models.")
    parser.add_argument("--version", action="version", version=f"fluxlab {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add(commands)
    chosen = parser.parse_args(arguments)
    try:
        status: int = chosen.run(chosen)
    except FluxlabError as error:
        print(f"fluxlab: {error}", file=sys.stderr)
        return int(chosen.refused)
    except KeyboardInterrupt:
        return 130
    return status
