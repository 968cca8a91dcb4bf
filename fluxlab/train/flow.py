"""Rectified flow: the transformer of nano, its guidance distillation and its LoRAs, all by one loop.

Follows FLUX.1-dev: straight paths from image latents to noise, logit-normal timesteps with the resolution shift,
caption dropout; then classifier-free guidance of random scale is distilled into the guidance embedding.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from diffusers import AutoencoderKL, FluxPipeline, FluxTransformer2DModel
from torch.nn.attention import SDPBackend, sdpa_kernel

from fluxlab.train import world
from fluxlab.train.checkpoint import Checkpoint, pack, unpack
from fluxlab.train.text import TextEncoders

LATENT = world.CANVAS // 8
PACKED = LATENT // 2
#: exp(mu) of FLUX's resolution shift for a sequence of 64 tokens.
SHIFT = math.exp(0.5 + (1.15 - 0.5) / (4096 - 256) * (PACKED * PACKED - 256))
CAPTION_DROPOUT = 0.1
EMA_DECAY = 0.998

Style = Callable[[torch.Tensor], torch.Tensor]


def build() -> FluxTransformer2DModel:
    """An untrained transformer of FLUX's class with guidance embedding."""
    return FluxTransformer2DModel(
        patch_size=1,
        in_channels=64,
        num_layers=2,
        num_single_layers=4,
        attention_head_dim=48,
        num_attention_heads=4,
        joint_attention_dim=192,
        pooled_projection_dim=128,
        guidance_embeds=True,
        axes_dims_rope=(8, 20, 20),
    )


@dataclass
class Pool:
    """Encoded scenes: filled as training goes on, so that no picture is encoded twice and none waits for a long start.

    Parameters
    ----------
    vae, text
        Frozen encoders.
    shift, scale
        Normalisation of latents, as in the autoencoder's config.
    capacity
        Scenes kept; when full, the oldest make room.
    style
        Applied to pictures before encoding, for style LoRAs.
    """

    vae: AutoencoderKL
    text: TextEncoders
    shift: float
    scale: float
    capacity: int = 60_000
    pairs: float = 0.6
    style: Style | None = None
    seed: int = 0
    count: int = 0
    _store: dict[str, torch.Tensor] = field(default_factory=dict)

    @torch.no_grad()
    def add(self, number: int) -> None:
        """Draw, caption and encode some more scenes."""
        rng = random.Random(f"{self.seed}-{self.count}")
        scenes = [world.sample(rng, pairs=self.pairs) for _ in range(number)]
        images = torch.stack([torch.from_numpy(world.draw(s)) for s in scenes]).permute(0, 3, 1, 2)
        if self.style is not None:
            images = self.style(images)
        with torch.autocast("cpu", torch.bfloat16):
            latents = self.vae.encode(images * 2 - 1).latent_dist.mode().float()
        t5, clip = self.text.encode([s.caption for s in scenes])
        rows = {"latents": pack_latents((latents - self.shift) * self.scale), "t5": t5, "clip": clip}
        at = torch.arange(self.count, self.count + number) % self.capacity
        for key, value in rows.items():
            if key not in self._store:
                self._store[key] = torch.empty(self.capacity, *value.shape[1:], dtype=torch.float16)
            self._store[key][at] = value.half()
        self.count += number

    def batch(self, size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Random packed latents (size, 64, 64), T5 embeddings and pooled CLIP embeddings."""
        at = torch.randint(min(self.count, self.capacity), (size,))
        return tuple(self._store[k][at].float() for k in ("latents", "t5", "clip"))  # type: ignore[return-value]


def pack_latents(latents: torch.Tensor) -> torch.Tensor:
    """(n, 16, 16, 16) -> (n, 64, 64), as `FluxPipeline` packs them."""
    packed: torch.Tensor = FluxPipeline._pack_latents(latents, len(latents), 16, LATENT, LATENT)  # noqa: SLF001  (the pipeline's own packing is the definition)
    return packed


def image_ids() -> torch.Tensor:
    """Positions of the 64 image tokens, shape (64, 3)."""
    ids: torch.Tensor = FluxPipeline._prepare_latent_image_ids(1, PACKED, PACKED, torch.device("cpu"), torch.float32)  # noqa: SLF001  (as above)
    return ids


def velocity(  # noqa: PLR0917  (what the model takes, in the order of its signature)
    model: torch.nn.Module,
    noisy: torch.Tensor,
    sigma: torch.Tensor,
    guidance: torch.Tensor | None,
    t5: torch.Tensor,
    clip: torch.Tensor,
) -> torch.Tensor:
    """The model's velocity for packed latents, in bfloat16 autocast."""
    # For a hundred tokens plain attention is faster on a CPU than the flash kernel, above all backwards.
    with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
        out = model(
            hidden_states=noisy,
            timestep=sigma,
            guidance=guidance,
            encoder_hidden_states=t5,
            pooled_projections=clip,
            txt_ids=torch.zeros(t5.shape[1], 3),
            img_ids=image_ids(),
            return_dict=False,
        )[0]
    return out.float()  # type: ignore[no-any-return]


def draw_sigma(count: int) -> torch.Tensor:
    """Logit-normal noise levels with FLUX's shift for this resolution."""
    sigma = torch.sigmoid(torch.randn(count))
    return SHIFT * sigma / (1 + (SHIFT - 1) * sigma)


def optimizers(model: torch.nn.Module, rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the blocks' matrices, AdamW for embeddings, norms, biases, modulation and the outer layers."""
    matrices: list[torch.nn.Parameter] = []
    rest: list[torch.nn.Parameter] = []
    for name, parameter in model.named_parameters():
        inner = "transformer_blocks." in name and parameter.ndim == 2 and ".norm" not in name
        (matrices if inner else rest).append(parameter)
    return [
        torch.optim.Muon(matrices, lr=rate, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def train(
    folder: Path,
    stage: str,
    pool: Pool,
    steps: int,
    *,
    size: int = 64,
    rate: float = 2e-3,
    seconds: float = math.inf,
    teacher: FluxTransformer2DModel | None = None,
    start: dict[str, torch.Tensor] | None = None,
    fresh: int = 6,
) -> FluxTransformer2DModel:
    """Train, or go on training, one stage of the transformer.

    Parameters
    ----------
    folder, stage
        Work folder and the name of the checkpoint.
    pool
        Source of batches; grows by ``fresh`` scenes a step.
    steps
        Length of the learning-rate schedule.
    size
        Batch size.
    rate
        Peak learning rate of both optimizers.
    seconds
        Wall clock to stop at; the next call resumes.
    teacher
        When given, its classifier-free guided velocity (scale 1 to 6) is the target instead of the data's.
    start
        Weights to begin with when the stage has no checkpoint yet.

    Returns
    -------
    FluxTransformer2DModel
        With the exponential average of the weights.
    """
    checkpoint = Checkpoint(folder, stage)
    torch.manual_seed(11)
    model = build()
    done, spent = 0, 0.0
    found = checkpoint.load()
    if found:
        tensors, progress = found
        model.load_state_dict(unpack("model", tensors))
        average = unpack("average", tensors)
        done, spent = progress["step"], progress["seconds"]
    else:
        if start is not None:
            model.load_state_dict(start)
        average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    every = optimizers(model, rate)
    empty_t5, empty_clip = pool.text.encode([""])
    torch.manual_seed(1000 + done)
    pool.seed = 1000 * len(stage) + done
    if pool.count < 4096:
        for _ in range(64):
            pool.add(64)
    started = saved = time.monotonic()
    losses: list[float] = []

    def save() -> None:
        checkpoint.save(
            {**pack("model", model.state_dict()), **pack("average", average)},
            {"step": done, "seconds": spent + time.monotonic() - started},
        )

    while done < steps and time.monotonic() - started < seconds:
        left = 1 - done / steps
        for optimizer in every:
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, (done + 1) / 100, 0.02 + left / 0.5)
        if fresh:
            pool.add(fresh)
        clean, t5, clip = pool.batch(size)
        noise, sigma = torch.randn_like(clean), draw_sigma(size)
        noisy = torch.lerp(clean, noise, sigma[:, None, None])
        if teacher is None:
            drop = torch.rand(size) < CAPTION_DROPOUT
            t5 = torch.where(drop[:, None, None], empty_t5, t5)
            clip = torch.where(drop[:, None], empty_clip, clip)
            guidance, target = torch.ones(size), noise - clean
        else:
            guidance = 1 + 5 * torch.rand(size)
            with torch.no_grad():
                ones = torch.ones(size)
                told = velocity(teacher, noisy, sigma, ones, t5, clip)
                free = velocity(teacher, noisy, sigma, ones, empty_t5.expand(size, -1, -1), empty_clip.expand(size, -1))
                target = free + guidance[:, None, None] * (told - free)
        loss = (velocity(model, noisy, sigma, guidance, t5, clip) - target).pow(2).mean()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in every:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        done += 1
        losses.append(float(loss.detach()))
        decay = min(EMA_DECAY, done / (done + 20))
        with torch.no_grad():
            for key, value in model.state_dict().items():
                average[key].lerp_(value, 1 - decay)
        if done % 50 == 0:
            mean = sum(losses) / len(losses)
            took = time.monotonic() - started
            print(f"{stage} step {done}/{steps} loss {mean:.4f} pool {pool.count} {took:.0f} s", flush=True)
            losses.clear()
        if time.monotonic() - saved > 120:
            save()
            saved = time.monotonic()
    save()
    model.load_state_dict(average)
    return model.eval().requires_grad_(False)
