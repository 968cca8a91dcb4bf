"""The models that are registered from the start."""

from __future__ import annotations

from fluxlab.models.spec import ModelSpec

BUILTIN = (
    ModelSpec(
        name="nano",
        source="package:fluxlab/models/nano",
        licence="Apache-2.0",
        dtype="float32",
        guidance_embeds=True,
        max_tokens=64,
        steps=8,
        guidance=3.5,
        width=128,
        height=128,
        max_sequence_length=32,
    ),
    ModelSpec(
        name="nano-schnell",
        source="package:fluxlab/models/nano-schnell",
        licence="Apache-2.0",
        dtype="float32",
        guidance_embeds=False,
        max_tokens=64,
        steps=4,
        guidance=None,
        width=128,
        height=128,
        max_sequence_length=32,
        base="nano",
    ),
    ModelSpec(
        name="FLUX.1-dev",
        source="hub:black-forest-labs/FLUX.1-dev",
        licence="FLUX.1 [dev] Non-Commercial License",
        dtype="bfloat16",
        guidance_embeds=True,
        max_tokens=512,
        # What Black Forest Labs' own API and FluxPipeline take; the model card's example has 50, at twice the time.
        steps=28,
        guidance=3.5,
        width=1024,
        height=1024,
        max_sequence_length=512,
        gated=True,
    ),
    ModelSpec(
        name="FLUX.1-schnell",
        source="hub:black-forest-labs/FLUX.1-schnell",
        licence="Apache-2.0",
        dtype="bfloat16",
        guidance_embeds=False,
        max_tokens=256,
        steps=4,
        guidance=None,
        width=1024,
        height=1024,
        max_sequence_length=256,
        # Free, but only for those who are logged in and have accepted that.
        gated=True,
    ),
    ModelSpec(
        name="FLUX.1-Krea-dev",
        source="hub:black-forest-labs/FLUX.1-Krea-dev",
        licence="FLUX.1 [dev] Non-Commercial License",
        dtype="bfloat16",
        guidance_embeds=True,
        max_tokens=512,
        steps=28,
        guidance=4.5,
        width=1024,
        height=1024,
        max_sequence_length=512,
        gated=True,
    ),
)
