"""fluxlab's pipeline finds its device, and forgets its caches, as diffusers' own does."""

from dataclasses import replace

import diffusers
import pytest
import torch

from fluxlab.models import get_spec
from fluxlab.models.flux_pipeline import FluxPipeline
from fluxlab.models.loading import memory_plan
from fluxlab.models.placement import place, unplace

CALL = {
    "prompt": "an owl on a teal background",
    "width": 64,
    "height": 64,
    "max_sequence_length": 64,
    "num_inference_steps": 4,
    "output_type": "np",
}
ON_CPU = replace(memory_plan(get_spec("nano"), "auto"), placement="device", encoders="stay", device="cpu")


def pixels(pipe, seed):
    return pipe(**CALL, generator=torch.Generator().manual_seed(seed)).images


@pytest.fixture(scope="module")
def own():
    return diffusers.FluxPipeline.from_pretrained(get_spec("nano").folder, use_safetensors=True)


@pytest.fixture
def pipe():
    return FluxPipeline.from_pretrained(get_spec("nano").folder, use_safetensors=True)


def test_settled_on_a_cpu_it_makes_the_same_pixels(pipe, own):
    place(pipe, ON_CPU)
    assert pipe.settled_on == torch.device("cpu")
    assert (pixels(pipe, 1) == pixels(own, 1)).all()


def test_parts_that_come_and_go_are_looked_for(pipe):
    place(pipe, replace(ON_CPU, placement="sequential_offload", encoders="stream"))
    assert pipe.settled_on is None
    unplace(pipe)
    place(pipe, ON_CPU)
    unplace(pipe)
    assert pipe.settled_on is None


def test_a_step_cache_is_empty_before_the_next_image(pipe, own):
    place(pipe, ON_CPU)
    for each in (pipe, own):
        each.transformer.enable_cache(diffusers.FirstBlockCacheConfig(threshold=0.5))
    try:
        for seed in (1, 2):
            assert (pixels(pipe, seed) == pixels(own, seed)).all()
        registries = [
            registry for module in pipe.transformer.modules() if (registry := getattr(module, "_diffusers_hook", None))
        ]
        held = [
            hook.state_manager._state_cache for each in registries for hook in each.hooks.values() if hook._is_stateful
        ]
        assert held
        assert not any(held)
    finally:
        own.transformer.disable_cache()
