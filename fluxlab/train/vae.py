"""The autoencoder of nano: 8x, 16 latent channels, trained on its world alone."""

from __future__ import annotations

import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL

from fluxlab.train import world
from fluxlab.train.checkpoint import Checkpoint, pack, unpack

CROP = 64
KL_WEIGHT = 1e-4
LEARNING_RATE = 2e-3


def build() -> AutoencoderKL:
    """An untrained autoencoder of FLUX's class: no quantising convolutions, as in FLUX.1."""
    return AutoencoderKL(
        block_out_channels=(16, 32, 64, 96),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        latent_channels=16,
        layers_per_block=1,
        norm_num_groups=8,
        mid_block_add_attention=False,
        use_quant_conv=False,
        use_post_quant_conv=False,
        sample_size=world.CANVAS,
    )


def batch(rng: random.Random, count: int, crop: int) -> torch.Tensor:
    """Scenes, or crops of them around an object, in [-1, 1]: shape (count, 3, crop, crop)."""
    out = np.empty((count, crop, crop, 3), dtype=np.float32)
    for i in range(count):
        scene = world.sample(rng)
        x = y = 0
        if crop < world.CANVAS:
            thing = rng.choice(scene.things)
            low, high = -crop // 2, world.SIZES[thing.size] - crop // 2
            x = min(max(0, thing.x + rng.randint(low, high) // 8 * 8), world.CANVAS - crop)
            y = min(max(0, thing.y + rng.randint(low, high) // 8 * 8), world.CANVAS - crop)
        out[i] = world.draw(scene)[y : y + crop, x : x + crop]
    return torch.from_numpy(out).permute(0, 3, 1, 2) * 2 - 1


@torch.no_grad()
def psnr(vae: AutoencoderKL, count: int = 64, seed: int = 10**6) -> float:
    """Peak signal-to-noise ratio of whole scenes through the autoencoder, in dB over all their pixels."""
    images = batch(random.Random(seed), count, world.CANVAS)
    total = 0.0
    for part in images.split(8):
        out = vae.decode(vae.encode(part).latent_dist.mode()).sample.clamp(-1, 1)
        total += float(((out - part) / 2).pow(2).sum())
    return -10 * math.log10(total / images.numel())


def train(folder: Path, steps: int, *, seconds: float = math.inf) -> AutoencoderKL:
    """Train, or go on training, until ``steps`` or ``seconds`` are used up.

    Parameters
    ----------
    folder
        Work folder for checkpoints.
    steps
        Length of the learning-rate schedule.
    seconds
        Wall clock to stop at; the next call resumes.
    """
    stage = Checkpoint(folder, "vae")
    vae = build()
    done, spent = 0, 0.0
    if (found := stage.load()) is not None:
        tensors, progress = found
        vae.load_state_dict(unpack("model", tensors))
        done, spent = progress["step"], progress["seconds"]
    parameters = list(vae.parameters())
    optimizer = torch.optim.AdamW(parameters, LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-3)
    average = {k: v.detach().clone() for k, v in vae.state_dict().items()}
    rng = random.Random(done + 17)
    torch.manual_seed(done)
    started = saved = time.monotonic()

    def save() -> None:
        stage.save(
            pack("model", average),
            {"step": done, "seconds": spent + time.monotonic() - started},
        )

    while done < steps and time.monotonic() - started < seconds:
        rate = LEARNING_RATE * min(1.0, (done + 1) / 200) * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * done / steps)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        whole = done % 4 == 3
        images = batch(rng, 4 if whole else 16, world.CANVAS if whole else CROP)
        with torch.autocast("cpu", torch.bfloat16):
            posterior = vae.encode(images).latent_dist
            latents = posterior.sample()
            out = vae.decode(latents).sample
        error = out.float() - images
        loss = error.pow(2).mean() + 0.05 * error.abs().mean()
        loss = loss + KL_WEIGHT * posterior.kl().mean() / latents[0].numel()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        done += 1
        decay = min(0.998, done / (done + 20))
        with torch.no_grad():
            for key, value in vae.state_dict().items():
                average[key].lerp_(value, 1 - decay)
        if done % 100 == 0:
            mse = float((error.detach() / 2).pow(2).mean())
            took = time.monotonic() - started
            print(f"vae step {done}/{steps} psnr {-10 * math.log10(mse):.2f} dB {took:.0f} s", flush=True)
        if time.monotonic() - saved > 120:
            save()
            saved = time.monotonic()
            print(f"  whole scenes: {psnr_of(average):.2f} dB", flush=True)
    save()
    vae.load_state_dict(average)
    return vae.eval()


def psnr_of(weights: dict[str, torch.Tensor]) -> float:
    """The figure for a set of weights, beside the model in training."""
    vae = build().eval()
    vae.load_state_dict(weights)
    return psnr(vae, 16)
