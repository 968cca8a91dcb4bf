"""What a sweep costs, in the words of a panel."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from fluxlab.models import memory_report

if TYPE_CHECKING:
    from fluxlab.engine import Mode
    from fluxlab.lab import Lab
    from fluxlab.sweep import Sweep


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
    plan = lab.plan(sweep, mode=mode)
    models = dict.fromkeys(cell.recipe.model for cell in plan.cells)
    memory = "; ".join(_memory(lab, model) for model in models)
    return f"<div><b>plan</b> {escape(plan.summary())} · {escape(memory)}</div>"


def _memory(lab: Lab, model: str) -> str:
    report = memory_report(model, lab.memory)
    return f"memory {_size(report.plan.peak)} ({report.plan.placement})"


def _size(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
