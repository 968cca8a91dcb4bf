"""Style LoRAs of nano: peft adapters on the frozen transformer, taught by the same rectified flow."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import FluxPipeline, FluxTransformer2DModel
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict

from fluxlab.train import flow

RANK = 16
BATCH = 32
LEARNING_RATE = 3e-3
TARGETS = ("to_q", "to_k", "to_v", "to_out.0", "ff.net.0.proj", "ff.net.2", "proj_mlp", "proj_out")


def train(model: FluxTransformer2DModel, pool: flow.Pool, steps: int, folder: Path, name: str) -> Path:
    """Train one style and save it with `FluxPipeline.save_lora_weights`.

    The guidance embedding gets random values from 1 to 5, so that the style holds at every guidance.

    Parameters
    ----------
    model
        The transformer with distilled guidance; its own weights stay as they are.
    pool
        Pictures in the style, with their captions.
    steps
        Optimizer steps.
    folder, name
        Where to: ``<folder>/<name>.safetensors``.
    """
    torch.manual_seed(23)
    model.requires_grad_(False)
    model.add_adapter(LoraConfig(r=RANK, lora_alpha=RANK, init_lora_weights="gaussian", target_modules=list(TARGETS)))
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.0)
    for _ in range(16):
        pool.add(64)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (step + 1) / 20, 0.02 + 2 * (1 - step / steps))
        pool.add(6)
        clean, t5, clip = pool.batch(BATCH)
        noise, sigma = torch.randn_like(clean), flow.draw_sigma(BATCH)
        noisy = torch.lerp(clean, noise, sigma[:, None, None])
        out = flow.velocity(model, noisy, sigma, 1 + 4 * torch.rand(BATCH), t5, clip)
        loss = (out - (noise - clean)).pow(2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        if step % 20 == 19:
            print(f"{name} step {step + 1}/{steps} loss {float(loss.detach()):.4f}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {k: v.half() for k, v in get_peft_model_state_dict(model).items()}
    FluxPipeline.save_lora_weights(folder, transformer_lora_layers=weights, weight_name=f"{name}.safetensors")
    path = folder / f"{name}.safetensors"
    path.chmod(0o644)
    return path
