"""The `fluxlab` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fluxlab.errors import FluxlabError

if TYPE_CHECKING:
    from fluxlab.grid import Grid

DEMO_TEMPLATE = "a {sailboat|strawberry} on a blue background"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0, 1 for an error in one sentence, 130 after Ctrl-C.

    Parameters
    ----------
    arguments
        Words after ``fluxlab``; left out, those of the process.
    """
    from fluxlab import __version__

    parser = argparse.ArgumentParser(prog="fluxlab", description="A laboratory notebook for FLUX image models.")
    parser.add_argument("--version", action="version", version=f"fluxlab {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run a sweep of 48 cells on the bundled nano model and show what comes out")
    demo.add_argument("--folder", type=Path, default=Path("demo"), help="where to leave everything (default: demo)")
    chosen = parser.parse_args(arguments)
    try:
        grid = run_demo(chosen.folder)
    except FluxlabError as error:
        print(f"fluxlab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    # A run that is interrupted ends well, with the images made so far.
    return 130 if any(cell.status in {"interrupted", "waiting"} for cell in grid.cells) else 0


def run_demo(folder: Path) -> Grid:
    """Sweep prompts, seeds, guidance, steps and a LoRA's strength, and write a grid, a contact sheet and a plot.

    Parameters
    ----------
    folder
        Gets the catalog in ``.fluxlab``, ``grid.html``, ``contact-sheet.png`` and ``effect.png``.
    """
    from fluxlab.lab import Lab
    from fluxlab.sweep import Sweep

    lab = Lab(model="nano", catalog=folder / ".fluxlab")
    sweep = Sweep(DEMO_TEMPLATE, seed=[1, 2], guidance=[1, 3.5, 6], steps=[2, 8], lora={"pixel": [0, 1]})
    plan = lab.plan(sweep)
    print(plan.summary())
    grid = lab.run(plan)
    print(grid.summary)
    for axis in grid.dead:
        print(axis)
    written = {
        "catalog": lab.catalog.folder,
        "images": lab.catalog.folder / "objects",
        "grid": grid.save_html(folder / "grid.html"),
        "contact sheet": grid.contact_sheet(folder / "contact-sheet.png"),
        "effect plot": folder / "effect.png",
    }
    grid.plot(x="guidance", y="distance", hue="steps").savefig(written["effect plot"], dpi=150)
    table = grid.df(measures=True)
    numbers = table.groupby(["guidance", "steps", "lora:pixel"])[["distance", "sharpness", "seconds.total"]].mean()
    heading = f"Means over prompts and seeds; distance is to {table.attrs['baseline']}:"
    print(f"\n{heading}\n{numbers.round(3).to_string()}\n")
    for what, path in written.items():
        print(f"{what:>14}: {path}")
    return grid


if __name__ == "__main__":
    sys.exit(main())
