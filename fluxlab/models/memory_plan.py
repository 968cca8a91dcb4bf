"""A memory plan: where the parts of one model are in each phase of making an image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fluxlab.models.sizes import COMPONENTS, Component

Placement = Literal["device", "model_offload", "group_offload", "sequential_offload", "cpu"]
Phase = Literal["encode", "denoise", "decode"]
#: Where text encoders are after encoding: on the device still; in the host's memory; nowhere, and read from their files
#: for a new prompt; or never on the device as a whole, but streamed through it layer by layer.
Encoders = Literal["stay", "host", "disk", "stream"]

_ALL = frozenset(COMPONENTS)
_ENCODERS: frozenset[Component] = frozenset({"text_encoder", "text_encoder_2"})
_TURNS: dict[Phase, frozenset[Component]] = {
    "encode": _ENCODERS,
    "denoise": frozenset({"transformer"}),
    "decode": frozenset({"vae"}),
}


@dataclass(frozen=True)
class MemoryPlan:
    """Where the parts of one model go.

    Attributes
    ----------
    preset
        What was asked for.
    placement
        ``"device"``: the transformer and the autoencoder stay on the device. ``"model_offload"``: the parts take turns
        on it. ``"group_offload"``: the transformer's blocks and T5's layers pass through it. ``"sequential_offload"``:
        every single layer does. ``"cpu"``: all of it in the host's memory.
    device
        The torch device that computes.
    quantization
        Precision of the transformer's weights, as in `fluxlab.recipe.Recipe`.
    encoders
        Where the text encoders are after encoding.
    why
        Sentences that tell how it came to this.
    budget, peak
        Bytes of the device that may be used, and the most that is expected to be.
    smaller
        The next preset that needs less, if there is one.
    """

    preset: str
    placement: Placement
    device: str
    quantization: str | None
    encoders: Encoders
    why: tuple[str, ...]
    budget: int
    peak: int
    smaller: str | None = None

    @property
    def lossless(self) -> bool:
        """Whether the pixels are those of the model in its own precision."""
        return self.quantization is None

    @property
    def takes_turns(self) -> bool:
        """Whether the transformer must leave the device for decoding, and come back for the next image."""
        return self.placement == "model_offload"

    @property
    def streamed(self) -> frozenset[Component]:
        """The components that pass through the device in pieces, by diffusers' group offload."""
        if self.placement == "sequential_offload":
            return _ALL
        if self.placement == "group_offload":
            return frozenset({"transformer", "text_encoder_2"})
        return frozenset({"text_encoder_2"}) if self.encoders == "stream" else frozenset()

    def on_device(self, phase: Phase) -> frozenset[Component]:
        """The components that are whole on the device in a phase."""
        if self.placement in {"device", "cpu"}:
            if self.encoders == "stay":
                return _ALL
            return _ENCODERS | {"vae"} if phase == "encode" else _ALL - _ENCODERS
        return (_TURNS[phase] if self.placement == "model_offload" else _ALL) - self.streamed
