"""Parts go to the device of their phase. Torch's meta device stands for one: weights can move there, if not back."""

from dataclasses import replace

import pytest

from fluxlab.models import get_spec
from fluxlab.models.loading import memory_plan
from fluxlab.models.placement import place, turn, unplace
from fluxlab.models.sizes import COMPONENTS

ENCODERS = {"text_encoder", "text_encoder_2"}


@pytest.fixture
def pipe():
    from diffusers import FluxPipeline

    return FluxPipeline.from_pretrained(get_spec("nano").folder, use_safetensors=True)


def plan(placement, encoders, device="meta"):
    return replace(memory_plan(get_spec("nano"), "auto"), placement=placement, encoders=encoders, device=device)


def on_meta(pipe):
    parts = {name: [*getattr(pipe, name).parameters(), *getattr(pipe, name).buffers()] for name in COMPONENTS}
    return {name for name, tensors in parts.items() if all(tensor.is_meta for tensor in tensors)}


@pytest.mark.parametrize(
    ("placement", "encoders", "phase", "there"),
    [
        ("device", "stay", "encode", set(COMPONENTS)),
        ("device", "host", "encode", ENCODERS | {"vae"}),
        ("device", "host", "denoise", {"transformer", "vae"}),
        ("device", "disk", "decode", {"transformer", "vae"}),
        ("model_offload", "host", "encode", ENCODERS),
        ("model_offload", "host", "denoise", {"transformer"}),
        ("model_offload", "host", "decode", {"vae"}),
        ("model_offload", "stream", "encode", {"text_encoder"}),
        ("group_offload", "stream", "denoise", {"text_encoder", "vae"}),
        ("sequential_offload", "stream", "decode", set()),
    ],
)
def test_each_phase_finds_its_parts_on_the_device(pipe, placement, encoders, phase, there):
    turn(pipe, plan(placement, encoders), phase)
    assert on_meta(pipe) == there


def test_a_move_that_was_cut_short_is_finished_by_the_next_turn(pipe):
    pipe.transformer.transformer_blocks[0].to("meta")
    turn(pipe, plan("model_offload", "host"), "denoise")
    assert on_meta(pipe) == {"transformer"}


def test_a_t5_that_was_dropped_is_nowhere(pipe):
    pipe.text_encoder_2 = None
    turn(pipe, plan("model_offload", "disk"), "encode")
    assert next(pipe.text_encoder.parameters()).is_meta


def test_hooks_come_and_go(pipe):
    def hooked():
        return {
            name
            for name in COMPONENTS
            for module in getattr(pipe, name).modules()
            if (registry := getattr(module, "_diffusers_hook", None)) and registry.get_hook("group_offloading")
        }

    for placement, expected in (
        ("group_offload", {"transformer", "text_encoder_2"}),
        ("model_offload", {"text_encoder_2"}),
        ("sequential_offload", set(COMPONENTS)),
    ):
        place(pipe, plan(placement, "stream", "cpu"))
        assert hooked() == expected
        unplace(pipe)
        assert hooked() == set()
