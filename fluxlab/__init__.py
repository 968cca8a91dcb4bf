"""A laboratory notebook for FLUX image models: say what varies, see the images side by side, find each of them again.

The names below are loaded when they are first used, so that ``import fluxlab`` costs nothing.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from fluxlab.catalog import Generation
    from fluxlab.grid import Catalog, Grid
    from fluxlab.lab import Lab
    from fluxlab.recipe import Recipe
    from fluxlab.sweep import Plan, Sweep

__version__ = "0.1.0"

__all__ = ["Catalog", "Generation", "Grid", "Lab", "Plan", "Recipe", "Sweep", "__version__"]

_HOMES = {
    "Catalog": "fluxlab.grid",  # with grid(); rooms that show nothing use that of fluxlab.catalog
    "Generation": "fluxlab.catalog",
    "Grid": "fluxlab.grid",
    "Lab": "fluxlab.lab",
    "Plan": "fluxlab.sweep",
    "Recipe": "fluxlab.recipe",
    "Sweep": "fluxlab.sweep",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the room it lives in (PEP 562)."""
    if name in _HOMES:
        value = getattr(importlib.import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
    from fluxlab.errors import nearest

    # With ``obj`` given, Python adds no second "Did you mean" of its own to the traceback.
    raise AttributeError(
        f"module 'fluxlab' has no attribute '{name}'.{nearest(name, _HOMES)}", obj=sys.modules[__name__]
    )


def __dir__() -> list[str]:
    """List the public names too, also before they are loaded."""
    return sorted({*globals(), *__all__})


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Load the magics, for ``%load_ext fluxlab``."""
    from fluxlab.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics out again, for ``%unload_ext fluxlab``."""
    from fluxlab.magics import unload

    unload(shell)
