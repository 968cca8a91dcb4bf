"""`Draft`: what is known of an image before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fluxlab.recipe import Recipe


@dataclass(frozen=True)
class Draft:
    """What the engine knows before an image is made.

    Parameters
    ----------
    recipe
        The whole recipe.
    key
        Content key of the recipe and its files.
    files
        SHA-256 of the model (``"model"``) and of every LoRA by name.
    environment
        Versions, device and flags that can change the pixels.
    pipeline
        How to load it again: ``model``, ``class``, ``source``, ``revision``, ``dtype``, ``loras`` by name with their
        ``source`` (and ``weight_name``, ``revision`` for a repository), optionally ``device``.
    mode
        ``"exact"`` or ``"fast"``.
    run
        The run it belongs to.
    coords
        Its coordinates in the sweep.
    session
        The notebook session.
    """

    recipe: Recipe
    key: str
    files: dict[str, str]
    environment: dict[str, Any]
    pipeline: dict[str, Any]
    mode: str = "exact"
    run: str | None = None
    coords: dict[str, Any] | None = None
    session: str | None = None
