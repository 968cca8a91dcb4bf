"""What the keys of a LoRA file say, against what diffusers makes of the same keys."""

import json

import pytest
import torch

from fluxlab.models import find_lora
from fluxlab.models.lora_keys import lora_keys

DOUBLE = ("img_attn_proj", "img_attn_qkv", "img_mlp_0", "img_mlp_2", "img_mod_lin")
TEXT = tuple(name.replace("img", "txt") for name in DOUBLE)
#: Rows of FLUX.1's fused matrices, which diffusers' conversions know by heart.
ROWS = {"qkv": 9216, "linear1": 21504, "linear2": 3072}


def pair(key, up, names=(".lora_down.weight", ".lora_up.weight")):
    return {f"{key}{names[0]}": torch.ones(1, 4), f"{key}{names[1]}": torch.ones(up, 1)}


def rows(name):
    return next((count for part, count in ROWS.items() if part in name), 8)


def kohya(*, dots=False):
    state = {}
    for block in (0, 18):
        for name in (*DOUBLE, *TEXT):
            state |= pair(f"lora_unet_double_blocks_{block}_{name}", rows(name))
    for block in (0, 37):
        for name in ("linear1", "linear2", "modulation_lin"):
            state |= pair(f"lora_unet_single_blocks_{block}_{name}", rows(name))
    if dots:  # as ComfyUI writes them
        for old, new in (("lora_unet_", "diffusion_model."), ("_blocks_", "_blocks."), ("_attn_", "_attn.")):
            state = {key.replace(old, new): value for key, value in state.items()}
    return state


def kohya_clip():
    names = ("self_attn_q_proj", "self_attn_out_proj", "mlp_fc1")
    return kohya() | {
        key: value for name in names for key, value in pair(f"lora_te1_text_model_encoder_layers_3_{name}", 8).items()
    }


def kohya_of_diffusers():
    state = {}
    for name in ("transformer_blocks_3_attn_to_q", "transformer_blocks_3_attn_to_out_0",
                 "single_transformer_blocks_12_attn_to_k", "transformer_blocks_0_attn_add_q_proj"):  # fmt: skip
        state |= pair(f"lora_transformer_{name}", 8) | {f"lora_transformer_{name}.alpha": torch.tensor(1.0)}
    return state


def xlabs():
    names = (".down.weight", ".up.weight")
    state = {}
    for block in (0, 18):
        for name in ("qkv_lora1", "qkv_lora2", "proj_lora1", "proj_lora2"):
            state |= pair(f"double_blocks.{block}.processor.{name}", rows(name), names)
    for name in ("qkv_lora", "proj_lora"):
        state |= pair(f"single_blocks.37.processor.{name}", rows(name), names)
    return state


def fal():
    names = (".lora_A.weight", ".lora_B.weight")
    state = pair("base_model.model.final_layer.linear", 8, names)
    for block in range(19):
        for name in (*DOUBLE, *TEXT):
            side, kind, *rest = name.split("_")
            state |= pair(f"base_model.model.double_blocks.{block}.{side}_{kind}.{rest[0]}", rows(name), names)
    for block in range(38):
        for name in ("linear1", "linear2", "modulation.lin"):
            state |= pair(f"base_model.model.single_blocks.{block}.{name}", rows(name), names)
    return state


def diffusers():
    names = (".lora_A.weight", ".lora_B.weight")
    return pair("transformer.transformer_blocks.3.attn.to_out.0", 8, names) | pair("transformer.proj_out", 8, names)


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        (diffusers(), "diffusers"),
        (kohya(), "kohya"),
        (kohya(dots=True), "kohya"),
        (kohya_clip(), "kohya"),
        (kohya_of_diffusers(), "kohya, diffusers names"),
        (xlabs(), "xlabs"),
        (fal(), "fal kontext"),
    ],
    ids=["diffusers", "kohya", "comfy", "kohya and clip", "kohya of diffusers", "xlabs", "fal"],
)
def test_every_module_that_diffusers_makes_of_the_keys_is_known_from_the_names_alone(state, kind):
    from diffusers import FluxPipeline

    keys = lora_keys({key: tuple(value.shape) for key, value in state.items()}, {}, {})
    converted = FluxPipeline.lora_state_dict(dict(state))
    made = {key.partition(".lora_")[0] for key in converted if key.startswith("transformer.")}
    assert {f"{component}.{path}" for component, path in keys.modules if component == "transformer"} == made
    clip = {key.split(".")[5] for key in converted if key.startswith("text_encoder.")}
    assert {path.split(".")[4] for component, path in keys.modules if component == "text_encoder"} == clip
    assert keys.format == kind
    assert keys.total == len(keys.modules)
    assert (keys.left_out, keys.overwrites, keys.ranks, keys.halves) == ((), False, (1,), ())
    half = {key: tuple(value.shape) for key, value in list(state.items())[1:]}
    assert len(lora_keys(half, {}, {}).halves) == 1


@pytest.mark.parametrize(
    ("extra", "total", "left_out"),
    [
        (pair("lora_te3_encoder_block_0_layer_0_SelfAttention_q", 8), 1, ("1 module of T5",)),
        (pair("text_encoders.t5xxl.transformer.encoder.block.0.layer", 8), 1, ("1 module of T5",)),
        (pair("lora_unet_img_in", 8) | pair("lora_unet_time_in_in_layer", 8), 2, ("2 modules outside of blocks",)),
        (pair("lora_unet_double_blocks_0_img_new", 8), 1, ("1 module of unknown name",)),
        ({"lora_unet_single_blocks_0_linear2.dora_scale": torch.ones(8)}, 0, ("the dora_scale of 1 modules",)),
        ({"lora_unet_single_blocks_0_linear2.diff_b": torch.ones(8)}, 0, ("differences of biases and norms",)),
    ],
)
def test_what_diffusers_leaves_out_is_counted(extra, total, left_out):
    state = kohya() | extra
    keys = lora_keys({key: tuple(value.shape) for key, value in state.items()}, {}, {})
    assert keys.total - len(keys.modules) == total
    assert keys.left_out == left_out


def test_keys_without_their_prefix_and_of_t5_are_no_modules():
    shapes = {
        "transformer_blocks.0.attn.to_q.lora_A.weight": (2, 4),
        "diffusion_model.double_blocks.0.img_attn.proj.lora_A.weight": (2, 4),
        "text_encoder_2.encoder.block.0.q.lora_A.weight": (2, 4),
    }
    keys = lora_keys(shapes, {}, {})
    assert (keys.format, len(keys.modules), keys.total) == ("unknown", 0, 3)
    assert keys.left_out == ("1 module of T5", "2 modules without the prefix 'transformer.'")
    assert lora_keys({**shapes, "transformer.x.lora_A.weight": (2, 4)}, {}, {}).format == "diffusers"


def test_control_loras_overwrite_the_model():
    assert lora_keys({"double_blocks.0.img_attn.norm.query_norm.scale": (4,)}, {}, {}).overwrites
    assert lora_keys({"transformer.transformer_blocks.0.attn.norm_q.weight": (4,)}, {}, {}).overwrites


def test_ranks_and_alphas_are_read_from_the_file(nano_lora):
    shapes = {"transformer.transformer_blocks.0.attn.to_q": (192, 192)}
    keys = find_lora(str(nano_lora("a.safetensors", shapes, rank=4, alpha=2))).keys
    assert (keys.ranks, keys.alphas, keys.modules) == (
        (4,),
        (2.0,),
        {("transformer", "transformer_blocks.0.attn.to_q"): 192},
    )
    for kind in (torch.float16, torch.bfloat16, torch.float64):
        alpha = {"transformer.transformer_blocks.0.attn.to_q.alpha": torch.tensor(1.5, dtype=kind)}
        path = nano_lora(f"{kind}.safetensors", shapes, extra=alpha)
        assert find_lora(str(path)).keys.alphas == (1.5,)
    told = {"lora_adapter_metadata": json.dumps({"transformer.r": 2, "transformer.lora_alpha": 8})}
    assert find_lora(str(nano_lora("told.safetensors", shapes, meta=told))).keys.alphas == (8.0,)
    for broken in ("{", "[1]", '{"transformer.lora_alpha": "x"}'):
        path = nano_lora("broken.safetensors", shapes, meta={"lora_adapter_metadata": broken})
        assert find_lora(str(path)).keys.alphas == ()


def test_odd_tensors_do_no_harm(nano_lora):
    odd = {"transformer.x.lora_A.weight": torch.tensor(1.0), "a.alpha": torch.zeros(0), "b.alpha": torch.zeros(3)}
    keys = find_lora(str(nano_lora("odd.safetensors", {}, extra=odd))).keys
    assert (keys.ranks, keys.alphas, keys.total) == ((0,), (), 1)
