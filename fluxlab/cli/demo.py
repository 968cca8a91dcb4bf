"""``fluxlab demo``: a first sweep on the bundled model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fluxlab.grid import Grid

TEMPLATE = "a {sailboat|strawberry} on a blue background"


def add(commands: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "demo", help="run a sweep of 48 cells on the bundled nano model and show what comes out"
    )
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="where to leave everything (default: demo)")
    parser.set_defaults(run=run, refused=1)


def run(chosen: argparse.Namespace) -> int:
    """Run the demo; returns 0, or 130 when it was interrupted."""
    grid = run_demo(chosen.folder)
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
    sweep = Sweep(TEMPLATE, seed=[1, 2], guidance=[1, 3.5, 6], steps=[2, 8], lora={"pixel": [0, 1]})
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
