"""From checkpoints to a folder that `FluxPipeline.from_pretrained` loads, and to a pipeline for judging."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from safetensors.torch import load_file, save_file

from fluxlab.train.checkpoint import Checkpoint, pack
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


def checkpoints(pipe: FluxPipeline, source: Path, folder: Path) -> None:
    """Write a shipped pipeline as checkpoints, so that training goes on from it on any machine.

    Checkpoints that are there already stay as they are. Autoencoder and text encoders count as done: the transformer
    knows their latents and embeddings, which must not change under it.

    Parameters
    ----------
    pipe
        The pipeline of the package.
    source
        The folder it was loaded from, for its tokenizers.
    folder
        The work folder of the training.
    """
    for name in ("tokenizer", "tokenizer_2"):
        if not (folder / name).is_dir():
            shutil.copytree(source / name, folder / name)
    text = {**pack("clip", pipe.text_encoder.state_dict()), **pack("t5", pipe.text_encoder_2.state_dict())}
    transformer = pipe.transformer.state_dict()
    parts = {
        "vae": pack("model", pipe.vae.state_dict()),
        "text": pack("model", text),
        "base": {**pack("model", transformer), **pack("average", transformer)},
    }
    for stage, tensors in parts.items():
        checkpoint = Checkpoint(folder, stage)
        if not checkpoint.path.is_file():
            checkpoint.save(tensors, {"step": 0 if stage == "base" else sys.maxsize, "seconds": 0.0})
