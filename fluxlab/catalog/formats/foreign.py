"""`Foreign`: what an image of another program says about how it was made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Foreign:
    """What the metadata of an image say, in fluxlab's words where both mean the same.

    Parameters
    ----------
    tool
        Who wrote it: ``"a1111"``, ``"forge"``, ``"comfyui"``, ``"invokeai"``, ``"swarmui"``, ``"fluxlab"`` for an image
        that carries a record of our own, or ``"unknown"``.
    parameters
        Any of ``prompt``, ``prompt_2``, ``negative_prompt``, ``seed``, ``steps``, ``guidance`` (the number that FLUX
        embeds), ``true_cfg_scale`` (classifier-free guidance with two passes), ``width``, ``height``, ``sampler`` and
        ``scheduler_name`` as the tool calls them, ``model``, ``model_hash`` and ``loras`` (name and strength). What the
        image does not say is missing.
    extra
        What else it says, under the tool's own names.
    raw
        Each text of the file under its key, as it stands there, up to a cap.
    notes
        Sentences on what could not be read, was cut or was read in another sense than it was written.
    """

    tool: str
    parameters: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
