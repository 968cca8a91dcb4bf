"""What a sweep costs, in the words of a panel."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from fluxlab.grid.labels import clean
from fluxlab.models import memory_report, needs_download

if TYPE_CHECKING:
    from fluxlab.engine import Mode
    from fluxlab.lab import Lab
    from fluxlab.sweep import Sweep


#: Cells that are planned whenever a form changes; more would keep its panel, and every other, from answering.
PLANNED = 5000


def models_of(lab: Lab, sweep: Sweep) -> list[str]:
    """The models of a sweep, each once.

    Parameters
    ----------
    lab, sweep
        What would be run.
    """
    return [str(model) for model in sweep.axes.get("model", (sweep.values.get("model", lab.model),))]


def cost(lab: Lab, sweep: Sweep, mode: Mode) -> str:
    """Images, how many of them are there already, seconds and memory, as HTML.

    Parameters
    ----------
    lab, sweep, mode
        What would be run.

    Raises
    ------
    FluxlabError
        For a sweep that cannot be planned.
    """
    cells = f"{len(sweep):,} cell{'' if len(sweep) == 1 else 's'}"
    if absent := [model for model in models_of(lab, sweep) if needs_download(model)]:
        # Nobody who types a name, or half of it, has asked for gigabytes.
        are = "is" if len(absent) == 1 else "are"
        return (
            f"<div><b>plan</b> {cells} · <bdi>{escape(', '.join(map(clean, absent)))}</bdi> {are} not on this machine: "
            "<i>Run</i> downloads what is missing first</div>"
        )
    if len(sweep) > PLANNED:
        return f"<div><b>plan</b> {cells} · more than {PLANNED:,} are priced by lab.plan(sweep) only</div>"
    plan = lab.plan(sweep, mode=mode)
    models = dict.fromkeys(cell.recipe.model for cell in plan.cells)
    memory = "; ".join(_memory(lab, model) for model in models)
    return f"<div><b>plan</b> {escape(plan.summary())} · {escape(memory)}</div>"


def _memory(lab: Lab, model: str) -> str:
    report = memory_report(model, lab.memory)
    return f"memory {_size(report.plan.peak)} ({report.plan.placement})"


def _size(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
