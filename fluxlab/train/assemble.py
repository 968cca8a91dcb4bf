"""From checkpoints to a folder that `FluxPipeline.from_pretrained` loads, and to a pipeline for judging."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from safetensors.torch import load_file, save_file

from fluxlab.train.text import TextEncoders

WEIGHTS_DTYPE = torch.float16


def pipeline(
    transformer: FluxTransformer2DModel, text: TextEncoders, vae: AutoencoderKL, shift: float, scale: float
) -> FluxPipeline:
    """A whole `FluxPipeline` from trained parts; ``shift`` and ``scale`` normalise the latents."""
    vae.register_to_config(shift_factor=shift, scaling_factor=scale)
    pipe = FluxPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(
            num_train_timesteps=1000, shift=3.0, use_dynamic_shifting=True, base_shift=0.5, max_shift=1.15,
            base_image_seq_len=256, max_image_seq_len=4096,
        ),
        vae=vae,
        text_encoder=text.clip,
        tokenizer=text.clip_tokenizer,
        text_encoder_2=text.t5,
        tokenizer_2=text.t5_tokenizer,
        transformer=transformer,
    )  # fmt: skip
    pipe.set_progress_bar_config(disable=True)
    return pipe


def save(pipe: FluxPipeline, folder: Path) -> None:
    """Write the pipeline with half-precision weights, which is enough to ship; it runs in float32."""
    temporary = folder.with_name(folder.name + ".new")
    shutil.rmtree(temporary, ignore_errors=True)
    pipe.save_pretrained(temporary, safe_serialization=True)
    for weights in temporary.rglob("*.safetensors"):
        tensors = {k: v.to(WEIGHTS_DTYPE) if v.is_floating_point() else v for k, v in load_file(weights).items()}
        save_file(tensors, weights, metadata={"format": "pt"})
        weights.chmod(0o644)
    for card in folder.glob("*.md"):
        shutil.copy2(card, temporary / card.name)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
