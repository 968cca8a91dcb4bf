"""A FLUX pipeline of any size with random weights: speed and memory do not depend on their values."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from transformers import AutoTokenizer, CLIPTextConfig, CLIPTextModel, T5Config, T5EncoderModel

from fluxlab.models import ModelSpec, get_spec, register
from fluxlab.models.loading import adopt


@dataclass(frozen=True)
class Shape:
    """Sizes of the parts; the defaults are those of FLUX.1-dev, as its published configurations say."""

    double_blocks: int = 19
    single_blocks: int = 38
    heads: int = 24
    head_dim: int = 128
    rope: tuple[int, int, int] = (16, 56, 56)
    t5_layers: int = 24
    t5_dim: int = 4096
    t5_ff: int = 10240
    t5_heads: int = 64
    clip_layers: int = 12
    clip_dim: int = 768
    vae_channels: tuple[int, ...] = (128, 256, 512, 512)


FULL = Shape()
#: Small enough for the tests of a machine without a GPU.
REDUCED = Shape(1, 2, 2, 32, (4, 14, 14), 1, 64, 128, 2, 1, 64, (32, 32, 32, 32))


def build(shape: Shape, device: str, dtype: torch.dtype) -> FluxPipeline:
    """A pipeline whose weights are drawn on the device itself; tokenizers are nano's.

    Parameters
    ----------
    shape
        Sizes of the parts.
    device, dtype
        Where and how the weights are kept.
    """
    torch.manual_seed(0)
    folder = get_spec("nano").folder
    parts: dict[str, Any] = {}
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            parts["transformer"] = FluxTransformer2DModel(
                in_channels=64,
                num_layers=shape.double_blocks,
                num_single_layers=shape.single_blocks,
                attention_head_dim=shape.head_dim,
                num_attention_heads=shape.heads,
                joint_attention_dim=shape.t5_dim,
                pooled_projection_dim=shape.clip_dim,
                guidance_embeds=True,
                axes_dims_rope=shape.rope,
            )
            parts["text_encoder"] = CLIPTextModel(
                CLIPTextConfig(
                    vocab_size=49408,
                    hidden_size=shape.clip_dim,
                    intermediate_size=4 * shape.clip_dim,
                    num_hidden_layers=shape.clip_layers,
                    num_attention_heads=max(1, shape.clip_dim // 64),
                    projection_dim=shape.clip_dim,
                )
            )
            parts["text_encoder_2"] = T5EncoderModel(
                T5Config(
                    vocab_size=32128,
                    d_model=shape.t5_dim,
                    d_kv=shape.t5_dim // shape.t5_heads,
                    d_ff=shape.t5_ff,
                    num_layers=shape.t5_layers,
                    num_heads=shape.t5_heads,
                    feed_forward_proj="gated-gelu",
                )
            )
            parts["vae"] = AutoencoderKL(
                block_out_channels=shape.vae_channels,
                down_block_types=("DownEncoderBlock2D",) * 4,
                up_block_types=("UpDecoderBlock2D",) * 4,
                layers_per_block=2,
                latent_channels=16,
                use_quant_conv=False,
                use_post_quant_conv=False,
                scaling_factor=0.3611,
                shift_factor=0.1159,
            )
    finally:
        torch.set_default_dtype(before)
    pipe = FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(
            num_train_timesteps=1000, shift=3.0, use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15,
            base_image_seq_len=256, max_image_seq_len=4096,
        ),
        tokenizer=AutoTokenizer.from_pretrained(folder / "tokenizer"),
        tokenizer_2=AutoTokenizer.from_pretrained(folder / "tokenizer_2"),
        **{name: part.eval().requires_grad_(False) for name, part in parts.items()},
    )  # fmt: skip
    pipe.set_progress_bar_config(disable=True)
    return pipe


def registered(pipe: FluxPipeline, folder: Path, name: str, dtype: str) -> ModelSpec:
    """Register a pipeline that only exists in memory: its folder has configurations, and headers without weights.

    Parameters
    ----------
    pipe
        From `build`.
    folder
        A new folder.
    name, dtype
        Of the model, as in `fluxlab.models.ModelSpec`.
    """
    kinds = {"float32": "F32", "bfloat16": "BF16"}
    for part, file in (
        ("transformer", "diffusion_pytorch_model"), ("vae", "diffusion_pytorch_model"), ("text_encoder", "model"),
        ("text_encoder_2", "model"),
    ):  # fmt: skip
        module = getattr(pipe, part)
        module.save_config(folder / part) if hasattr(module, "save_config") else module.config.save_pretrained(
            folder / part
        )
        entries, at = {}, 0
        for key, tensor in module.state_dict().items():
            entries[key] = {
                "dtype": kinds[dtype],
                "shape": list(tensor.shape),
                "data_offsets": [at, at + tensor.nbytes],
            }
            at += tensor.nbytes
        header = json.dumps(entries).encode()
        (folder / part / f"{file}.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    pipe.scheduler.save_config(folder / "scheduler")
    spec = register(
        ModelSpec(
            name=name, source=str(folder), licence="none: random weights", dtype=dtype, guidance_embeds=True,
            max_tokens=512, steps=28, guidance=3.5, width=1024, height=1024, max_sequence_length=512,
        )
    )  # fmt: skip
    adopt(spec, pipe)
    return spec
