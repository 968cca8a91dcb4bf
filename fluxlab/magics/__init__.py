"""``%load_ext fluxlab``: prompts and sweeps as cells of a notebook, without a word of Python."""

from fluxlab.magics.extension import load, unload

__all__ = ["load", "unload"]
