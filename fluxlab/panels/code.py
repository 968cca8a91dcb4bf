"""Python that does what a panel did: to be copied into a cell, read and changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fluxlab.catalog.recipe_code import call


def sweep_code(prompt: Any, arguments: Mapping[str, Any], mode: str) -> str:
    """The lines that run a sweep and show its grid.

    Parameters
    ----------
    prompt, arguments
        Of `Sweep`.
    mode
        Of `Lab.run`.
    """
    fast = {} if mode == "exact" else {"mode": mode}
    run = ", ".join(["sweep", *(f"{name}={value!r}" for name, value in fast.items())])
    return f"sweep = {call('Sweep', prompt, **arguments)}\ngrid = lab.run({run})\nlab.panel.grid(grid)"
