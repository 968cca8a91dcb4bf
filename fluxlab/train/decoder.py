"""More training for the decoder of nano alone, on latents of whole scenes, once the encoder is frozen.

The transformer learns the encoder's latents, so these must not change any more; the decoder may still improve. Some
scenes wear the looks of the LoRAs, which it has to draw as well.
"""

from __future__ import annotations

import math
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from fluxlab.train import vae, world
from fluxlab.train.checkpoint import Checkpoint, pack, unpack
from fluxlab.train.styles import STYLES

if TYPE_CHECKING:
    from diffusers import AutoencoderKL

STAGE = "vae-decoder"
LEARNING_RATE = 1.5e-3
POOL = 6000
FRESH = 4
WINDOW = 8
#: What the transformer paints is never exact; a little noise keeps the decoder from relying on it.
LATENT_NOISE = 0.05
EMA_DECAY = 0.998
#: Share of scenes in the look of a LoRA.
STYLED = 0.2


class ScenePool:
    """Scenes and their latents, kept as pairs: pictures in bytes, latents in half precision."""

    def __init__(self, encoder: AutoencoderKL, seed: int) -> None:
        self._vae = encoder
        self._rng = random.Random(seed)
        self._images: list[torch.Tensor] = []
        self._latents: list[torch.Tensor] = []
        self._corners: list[list[tuple[int, int]]] = []

    @torch.no_grad()
    def add(self, count: int) -> None:
        """Draw and encode some more scenes; the oldest make room."""
        scenes = [world.sample(self._rng) for _ in range(count)]
        images = torch.stack([torch.from_numpy(world.draw(s)) for s in scenes]).permute(0, 3, 1, 2)
        for i in range(count):
            if self._rng.random() < STYLED:
                images[i : i + 1] = self._rng.choice(list(STYLES.values()))(images[i : i + 1])
        with torch.autocast("cpu", torch.bfloat16):
            latents = self._vae.encode(images * 2 - 1).latent_dist.mode()
        self._images += list((images * 255).round().byte())
        self._latents += list(latents.half())
        self._corners += [
            [((t.y + world.SIZES[t.size] // 2) // 8 - WINDOW // 2, (t.x + world.SIZES[t.size] // 2) // 8 - WINDOW // 2)
             for t in s.things]
            for s in scenes
        ]  # fmt: skip
        for kept in (self._images, self._latents, self._corners):
            del kept[:-POOL]

    def whole(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Latents (count, 16, 16, 16) and pictures (count, 3, 128, 128) in [-1, 1]."""
        at = [self._rng.randrange(len(self._images)) for _ in range(count)]
        return (
            torch.stack([self._latents[i] for i in at]).float(),
            torch.stack([self._images[i] for i in at]).float() / 127.5 - 1,
        )

    def windows(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The same around objects: latents (count, 16, 8, 8), pictures (count, 3, 64, 64)."""
        latents, images = [], []
        last = world.CANVAS // 8 - WINDOW
        for _ in range(count):
            i = self._rng.randrange(len(self._images))
            y, x = self._rng.choice(self._corners[i])
            y = min(max(0, y + self._rng.randint(-2, 2)), last)
            x = min(max(0, x + self._rng.randint(-2, 2)), last)
            latents.append(self._latents[i][:, y : y + WINDOW, x : x + WINDOW])
            images.append(self._images[i][:, 8 * y : 8 * (y + WINDOW), 8 * x : 8 * (x + WINDOW)])
        return torch.stack(latents).float(), torch.stack(images).float() / 127.5 - 1


def train(folder: Path, steps: int, *, seconds: float = math.inf) -> AutoencoderKL:
    """Train, or go on training, the decoder until ``steps`` or ``seconds`` are used up.

    Parameters
    ----------
    folder
        Work folder for checkpoints; the stage ``vae`` must be done.
    steps
        Length of the learning-rate schedule.
    seconds
        Wall clock to stop at; the next call resumes.
    """
    stage = Checkpoint(folder, STAGE)
    found = stage.load() or Checkpoint(folder, "vae").load()
    if found is None:
        raise SystemExit("stage 'vae' has not been trained yet: run it first (--stage vae).")
    tensors, progress = found
    model = vae.build()
    model.load_state_dict(unpack("model", tensors))
    model.requires_grad_(False)
    model.decoder.requires_grad_(True)
    done = progress["step"] if stage.path.is_file() else 0
    optimizer = torch.optim.AdamW(model.decoder.parameters(), LEARNING_RATE, betas=(0.9, 0.99), weight_decay=1e-4)
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    pool = ScenePool(model, done + 41)
    torch.manual_seed(done)
    for _ in range(32):
        pool.add(16)
    started = saved = time.monotonic()
    while done < steps and time.monotonic() - started < seconds:
        for group in optimizer.param_groups:
            group["lr"] = (
                LEARNING_RATE
                * min(1.0, (done + 1) / 100)
                * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done / steps)))
            )
        pool.add(FRESH)
        window = done % 2 == 0
        latents, images = pool.windows(16) if window else pool.whole(4)
        with torch.autocast("cpu", torch.bfloat16):
            out = model.decode(latents + LATENT_NOISE * torch.randn_like(latents)).sample
        error = out.float() - images
        # At the edge of a window the decoder lacks what surrounds it.
        inner = error[..., 8:-8, 8:-8] if window else error
        loss = inner.pow(2).mean() + 0.03 * inner.abs().mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.decoder.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        done += 1
        decay = min(EMA_DECAY, done / (done + 20))
        with torch.no_grad():
            for key, value in model.state_dict().items():
                average[key].lerp_(value, 1 - decay)
        if time.monotonic() - saved > 120:
            stage.save(pack("model", average), {"step": done})
            saved = time.monotonic()
            print(f"{STAGE} step {done}/{steps}: {vae.psnr_of(average):.2f} dB, {saved - started:.0f} s", flush=True)
    stage.save(pack("model", average), {"step": done})
    model.load_state_dict(average)
    return model.eval()
