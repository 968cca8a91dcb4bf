"""Memory presets decide by what a model weighs and what the machine has; the machines here are made up."""

from dataclasses import replace

import pytest

from fluxlab.errors import ModelError
from fluxlab.models.device import GIB, Device
from fluxlab.models.memory import BUDGETS, LOSSY, PRESETS, choose
from fluxlab.models.quantization import BYTES, MEANINGS, PACKAGES
from fluxlab.models.sizes import COMPONENTS, Sizes, count
from fluxlab.recipe import QUANTIZATIONS

BOTH = frozenset({"torchao", "bitsandbytes"})
NONE = frozenset()


def card(gib, *, host=128, kind="cuda", **changes):
    """A card of so many GiB with nothing on it, in a machine with so much memory."""
    total = round(gib * GIB)
    device = Device(kind, f"a card of {gib} GB", total, total - GIB // 2, host * GIB, host * GIB, (8, 9))
    return replace(device, **changes)


def machine(host=64):
    return Device("cpu", "CPU", host * GIB, host * GIB, host * GIB, host * GIB)


@pytest.fixture(scope="module")
def flux():
    """FLUX.1-dev's real shapes: its classes without weights."""
    import torch
    from diffusers import AutoencoderKL, FluxTransformer2DModel
    from transformers import CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

    t5 = T5Config(
        d_model=4096, d_ff=10240, d_kv=64, num_heads=64, num_layers=24, vocab_size=32128, feed_forward_proj="gated-gelu"
    )
    clip = CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12)
    blocks = ["DownEncoderBlock2D"] * 4, ["UpDecoderBlock2D"] * 4
    with torch.device("meta"):
        models = {
            "transformer": FluxTransformer2DModel(guidance_embeds=True),
            "text_encoder": CLIPTextModel(clip),
            "text_encoder_2": T5EncoderModel(t5),
            "vae": AutoencoderKL(
                down_block_types=blocks[0],
                up_block_types=blocks[1],
                block_out_channels=[128, 256, 512, 512],
                layers_per_block=2,
                latent_channels=16,
                use_quant_conv=False,
                use_post_quant_conv=False,
            ),
        }
    parts = {}
    for name, model in models.items():
        # A file holds a tied tensor once.
        parts[name] = count({key: tuple(parameter.shape) for key, parameter in model.named_parameters()})
    return Sizes(**parts, itemsize=2)


def test_the_tables_of_quantizations_name_the_same():
    assert set(LOSSY) == set(BYTES) == set(MEANINGS) == set(QUANTIZATIONS)
    assert set(PACKAGES) < set(BYTES)


def test_real_shapes_weigh_what_is_published(flux):
    published = {"transformer": 23.8e9, "text_encoder": 0.246e9, "text_encoder_2": 9.52e9, "vae": 0.168e9}
    for part, size in published.items():
        assert flux.bytes_of(part) == pytest.approx(size, rel=0.01), part
    # GiB after loading, with the transformer alone in float8.
    assert sum(flux.bytes_of(part, "fp8") for part in COMPONENTS) / GIB == pytest.approx(23.7, rel=0.03)


def test_the_peak_of_everything_on_the_device_is_what_is_published(flux):
    plan = choose("full", flux, card(80), NONE)
    assert (plan.placement, plan.encoders, plan.lossless) == ("device", "stay", True)
    assert plan.peak / GIB == pytest.approx(36.2, rel=0.03)
    assert plan.smaller == "24GB"
    assert not plan.takes_turns


@pytest.mark.parametrize(
    ("preset", "gib", "placement", "encoders"),
    [
        ("auto", 80, "device", "stay"),
        ("auto", 40, "device", "stay"),
        ("auto", 32, "device", "host"),
        ("auto", 24, "model_offload", "host"),
        ("24GB", 80, "model_offload", "host"),
        ("24GB", 23.99, "model_offload", "host"),
        ("16GB", 80, "group_offload", "stream"),
        ("16GB", 15.6, "group_offload", "stream"),
        ("12GB", 12, "group_offload", "stream"),
        ("8GB", 8, "group_offload", "stream"),
        ("auto", 5.7, "sequential_offload", "stream"),
    ],
)
def test_where_the_host_has_room_no_preset_changes_pixels(flux, preset, gib, placement, encoders):
    plan = choose(preset, flux, card(gib), BOTH)
    assert (plan.placement, plan.encoders, plan.quantization) == (placement, encoders, None)
    assert plan.peak <= plan.budget
    assert "no pixel changes" in plan.why[-1]
    assert plan.takes_turns is (placement == "model_offload")


@pytest.mark.parametrize(
    ("gib", "host", "packages", "quantization"),
    [(24, 24, BOTH, "int8"), (24, 24, NONE, "fp8"), (12, 20, BOTH, "nf4"), (16, 24, frozenset({"torchao"}), "int8")],
)
def test_a_short_host_lowers_the_precision_and_says_so(flux, gib, host, packages, quantization):
    plan = choose("auto", flux, card(gib, host=host), packages)
    assert plan.quantization == quantization
    assert not plan.lossless
    assert "this changes pixels" in plan.why[-1]
    assert any("of the host's memory" in sentence for sentence in plan.why)


def test_the_model_s_own_precision_is_kept_or_refused(flux):
    plan = choose("auto", flux, card(24, host=32), BOTH, None)
    assert (plan.encoders, plan.quantization) == ("disk", None)
    with pytest.raises(ModelError, match=r"finds no way to run model 'big' on a card of 12 GB: .*; use a quantization"):
        choose("auto", flux, card(12, host=20), BOTH, None, name="big")


@pytest.mark.parametrize(
    ("quantization", "gib", "placement", "encoders"),
    [
        ("fp8", 24, "device", "host"),
        ("int8", 24, "device", "host"),
        ("int8", 16, "model_offload", "host"),
        ("int8", 12, "group_offload", "stream"),
        ("nf4", 24, "device", "stay"),
        ("nf4", 12, "device", "host"),
        ("nf4", 8, "model_offload", "stream"),
    ],
)
def test_a_precision_that_is_asked_for_is_placed(flux, quantization, gib, placement, encoders):
    plan = choose("auto", flux, card(gib), BOTH, quantization)
    assert (plan.quantization, plan.placement, plan.encoders) == (quantization, placement, encoders)
    assert plan.peak <= plan.budget


def test_each_smaller_preset_needs_less(flux):
    preset, peaks = "auto", []
    while preset not in {None, "cpu"}:
        plan = choose(preset, flux, card(80), BOTH)
        peaks.append(plan.peak)
        preset = plan.smaller
    assert len(peaks) > 2
    assert peaks == sorted(peaks, reverse=True)
    assert preset == "cpu"


def test_larger_images_need_more_room(flux):
    small, large = (choose("24GB", flux, card(24), BOTH, pixels=side * side) for side in (1024, 2048))
    assert (small.placement, large.placement) == ("model_offload", "group_offload")


def test_a_plan_has_every_part_on_the_device_when_its_phase_comes(flux):
    needs = {"encode": {"text_encoder", "text_encoder_2"}, "denoise": {"transformer"}, "decode": {"vae"}}
    for gib in (80, 32, 24):
        plan = choose("auto", flux, card(gib), NONE)
        for phase, parts in needs.items():
            assert parts <= plan.on_device(phase)
    turns = choose("24GB", flux, card(24), NONE)
    assert [turns.on_device(phase) for phase in needs] == [*needs.values()]
    streamed = choose("8GB", flux, card(8), NONE)
    assert streamed.on_device("denoise") == {"text_encoder", "vae"}
    assert "text_encoder_2" not in choose("8GB", flux, card(8), BOTH, "nf4").on_device("encode")


def test_what_others_use_is_not_there_for_auto(flux):
    busy = card(80, free=20 * GIB)
    assert choose("auto", flux, busy, NONE).placement == "group_offload"


def test_a_machine_without_accelerator_computes_on_its_cpu(flux):
    for preset in ("auto", "cpu"):
        plan = choose(preset, flux, machine(), NONE)
        assert (plan.placement, plan.device, plan.lossless, plan.smaller) == ("cpu", "cpu", True, None)
    assert choose("cpu", flux, card(80), NONE).why[0].startswith("The CPU was asked for")
    assert choose("auto", flux, machine(), BOTH, "int8").peak < choose("auto", flux, machine(), NONE).peak


@pytest.mark.parametrize("preset", ["full", *BUDGETS])
def test_an_accelerator_that_is_not_there(flux, preset):
    with pytest.raises(ModelError) as caught:
        choose(preset, flux, machine(), BOTH)
    assert str(caught.value) == (
        f"memory='{preset}' asks for an accelerator, and torch finds none on this machine: use memory='cpu' or "
        "memory='auto'."
    )


@pytest.mark.parametrize("memory", ["7GB", 5, None, "", "AUTO", "24 GB", ["auto"], True])
def test_what_is_no_preset(flux, memory):
    with pytest.raises(ModelError, match="is no preset:.* Give one of " + ", ".join(PRESETS)):
        choose(memory, flux, card(80), BOTH)


def test_what_is_no_text_is_shown_as_it_is(flux):
    with pytest.raises(ModelError, match="memory=None is no preset"):
        choose(None, flux, card(80), BOTH)


def test_the_nearest_preset_is_named(flux):
    with pytest.raises(ModelError, match="memory='24Gb' is no preset: Did you mean '24GB'"):
        choose("24Gb", flux, card(80), BOTH)


def test_impossible_choices_are_sentences(flux):
    cases = {
        "memory='full' cannot hold model 'big' on a card of 24 GB": ("full", card(24), BOTH, None),
        "memory='24GB' is more than a card of 16 GB has, which is 16.0 GiB: use memory='16GB'": (
            "24GB", card(16), BOTH, None,
        ),
        "memory='8GB' is more than a card of 4 GB has, which is 4.0 GiB: use memory='cpu'": (
            "8GB", card(4), BOTH, None,
        ),
        "model 'big' computes in 16 bits as a card of 24 GB cannot": ("auto", card(24, bfloat16=False), BOTH, None),
        "model 'big' needs 31.4 GiB and this machine has 16.0 GiB": ("auto", machine(16), BOTH, None),
        "quantization='nf4' needs an accelerator": ("auto", machine(), BOTH, "nf4"),
        "quantization='nf4' needs the package 'bitsandbytes', which is not installed: run 'pip install bitsandbytes'": (
            "auto", card(24), frozenset({"torchao"}), "nf4",
        ),
        "quantization='int8' needs the package 'torchao', which is not installed: run 'pip install torchao'": (
            "auto", machine(), NONE, "int8",
        ),
    }  # fmt: skip
    for says, (preset, device, packages, quantization) in cases.items():
        with pytest.raises(ModelError) as caught:
            choose(preset, flux, device, packages, quantization, name="big")
        message = str(caught.value)
        assert message.startswith(says)
        assert message.endswith(".")
        assert "\n" not in message
        assert len(message) < 400


def test_apple_s_memory_is_one_so_that_nothing_takes_turns(flux):
    assert choose("auto", flux, card(96, kind="mps"), NONE).placement == "device"
    plan = choose("auto", flux, card(28, kind="mps"), BOTH)
    assert (plan.placement, plan.encoders) == ("device", "stay")
    assert not plan.lossless
