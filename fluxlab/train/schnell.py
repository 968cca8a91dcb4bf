"""Train nano-schnell, or go on where it stopped: ``python -m fluxlab.train.schnell``.

A student of four Euler steps learns where nano at guidance 3.5 gets to in many: the teacher solves its equation from
each of the four noise levels to the next, and the student's one velocity is to take it to the same place. At first the
student is led along the teacher's path, later it goes on from where it came to itself, as it will when nobody leads.

What is trained is a low-rank difference to nano's transformer, so that it ships in two megabytes.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, FluxPipeline, FluxTransformer2DModel
from safetensors.torch import save_file
from torch import nn
from torch.nn.utils import parametrize

from fluxlab.models import load
from fluxlab.models.low_rank import DIFFERENCE, DOWN, UP
from fluxlab.models.spec import package_path
from fluxlab.train import world
from fluxlab.train.checkpoint import Checkpoint, pack, unpack
from fluxlab.train.evaluate import paint, prompts, score
from fluxlab.train.flow import velocity

STAGE = "schnell"
FOLDER = "package:fluxlab/models/nano-schnell"
STEPS = 4
GUIDANCE = 3.5
TOKENS = 32
#: Steps of the midpoint rule in which the teacher goes from one noise level to the next.
SUBSTEPS = 2
RANK = 24
STEPS_OF_TRAINING = 400
BATCH = 32
LEARNING_RATE = 2e-3
EMA_DECAY = 0.99
BIAS = "time_text_embed.timestep_embedder.linear_2.bias"


class LowRank(nn.Module):
    """``W + up @ down``, as a parametrization of a frozen matrix."""

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.up = nn.Parameter(torch.zeros(rows, RANK))
        self.down = nn.Parameter(torch.randn(RANK, columns) / columns**0.5)

    def forward(self, matrix: torch.Tensor) -> torch.Tensor:
        """The matrix with its difference."""
        with torch.autocast("cpu", enabled=False):
            return matrix + self.up @ self.down


def student_of(teacher: FluxTransformer2DModel) -> FluxTransformer2DModel:
    """The teacher without its guidance embedding: at `GUIDANCE` it says the same.

    The embeddings of time, guidance and text are summed, so a fixed guidance is a constant that the last bias before
    the sum takes up.
    """
    config = {k: v for k, v in teacher.config.items() if not k.startswith("_")}
    student = FluxTransformer2DModel.from_config({**config, "guidance_embeds": False})
    embed = teacher.time_text_embed
    with torch.no_grad():
        constant = embed.guidance_embedder(embed.time_proj(torch.tensor([1000 * GUIDANCE])))[0]
        weights = {k: v for k, v in teacher.state_dict().items() if ".guidance_embedder." not in k}
        student.load_state_dict({**weights, BIAS: weights[BIAS] + constant})
    return student.requires_grad_(False)


def adapt(student: FluxTransformer2DModel) -> dict[str, nn.Parameter]:
    """Give every matrix a low-rank difference; the parameters to train, named as they are shipped."""
    found: dict[str, nn.Parameter] = {BIAS: student.get_parameter(BIAS).requires_grad_()}
    for name, module in list(student.named_modules()):
        if isinstance(module, nn.Linear):
            low_rank = LowRank(*module.weight.shape)
            parametrize.register_parametrization(module, "weight", low_rank)
            found[f"{name}.weight{UP}"] = low_rank.up
            found[f"{name}.weight{DOWN}"] = low_rank.down
    return found


@torch.no_grad()
def solve(
    teacher: FluxTransformer2DModel, noisy: torch.Tensor, sigma: torch.Tensor, t5: torch.Tensor, clip: torch.Tensor
) -> torch.Tensor:
    """Where the teacher gets to from ``noisy`` (n, 64, 64) at noise levels ``sigma`` (n), a step of the student on."""
    guidance = torch.full_like(sigma, GUIDANCE)
    width = 1 / STEPS / SUBSTEPS
    for step in range(SUBSTEPS):
        here = sigma - step * width
        middle = noisy - width / 2 * velocity(teacher, noisy, here, guidance, t5, clip)
        noisy = noisy - width * velocity(teacher, middle, here - width / 2, guidance, t5, clip)
    return noisy


@dataclass
class Flights:
    """Images on their way from noise, each at a noise level of its own; one that has arrived makes room for a new one.

    Parameters
    ----------
    pipe
        Encodes the captions.
    seed
        Of captions and noise.
    """

    pipe: FluxPipeline
    seed: int

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._torch = torch.Generator().manual_seed(self.seed)
        self.step = torch.zeros(BATCH, dtype=torch.long)
        self.noisy = torch.empty(BATCH, 64, 64)
        self.t5 = torch.empty(BATCH, TOKENS, self.pipe.transformer.config.joint_attention_dim)
        self.clip = torch.empty(BATCH, self.pipe.transformer.config.pooled_projection_dim)
        self._begin(torch.arange(BATCH))

    @property
    def sigma(self) -> torch.Tensor:
        """Noise levels, shape (n)."""
        return 1 - self.step / STEPS

    def advance(self, noisy: torch.Tensor) -> None:
        """Every image is one step further."""
        self.noisy = noisy
        self.step = self.step + 1
        self._begin((self.step == STEPS).nonzero()[:, 0])

    @torch.no_grad()
    def _begin(self, at: torch.Tensor) -> None:
        if not len(at):
            return
        captions = [world.sample(self._rng, pairs=0.6).caption for _ in at]
        self.t5[at], self.clip[at], _ = self.pipe.encode_prompt(captions, None, max_sequence_length=TOKENS)
        self.noisy = self.noisy.index_copy(0, at, torch.randn(len(at), 64, 64, generator=self._torch))
        self.step[at] = 0


def train(folder: Path, steps: int, *, seconds: float = math.inf) -> dict[str, torch.Tensor]:
    """Train, or go on training, until ``steps`` or ``seconds`` are used up; the averaged difference.

    Parameters
    ----------
    folder
        Work folder for the checkpoint.
    steps
        Length of the learning-rate schedule.
    seconds
        Wall clock to stop at; the next call resumes.
    """
    torch.manual_seed(31)
    pipe = load("nano").pipe
    teacher = pipe.transformer
    student = student_of(teacher)
    trained = adapt(student)
    checkpoint = Checkpoint(folder, STAGE)
    done, spent = 0, 0.0
    average = {k: v.detach().clone() for k, v in trained.items()}
    if found := checkpoint.load():
        average = unpack("average", found[0])
        with torch.no_grad():
            for key, value in unpack("model", found[0]).items():
                trained[key].copy_(value)
        done, spent = found[1]["step"], found[1]["seconds"]
    optimizer = torch.optim.AdamW(trained.values(), LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.0)
    rng = torch.Generator().manual_seed(500 + done)
    flights = Flights(pipe, 7000 + done)
    # From here on the images stand at all noise levels alike.
    for last in range(1, STEPS):
        moved = solve(teacher, flights.noisy, flights.sigma, flights.t5, flights.clip)
        rows = torch.arange(BATCH) % STEPS >= last
        flights.noisy = torch.where(rows[:, None, None], moved, flights.noisy)
        flights.step = flights.step + rows
    started = saved = time.monotonic()
    losses: list[torch.Tensor] = []

    def save() -> None:
        checkpoint.save(
            {**pack("model", dict(trained)), **pack("average", average)},
            {"step": done, "seconds": spent + time.monotonic() - started},
        )

    while done < steps and time.monotonic() - started < seconds:
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (done + 1) / 50, 0.02 + 2 * (1 - done / steps))
        goal = solve(teacher, flights.noisy, flights.sigma, flights.t5, flights.clip)
        out = velocity(student, flights.noisy, flights.sigma, None, flights.t5, flights.clip)
        each = (out - STEPS * (flights.noisy - goal)).pow(2).mean((1, 2))
        each.mean().backward()
        nn.utils.clip_grad_norm_(trained.values(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(torch.stack([each.detach()[flights.step == i].mean() for i in range(STEPS)]))
        alone = torch.rand(BATCH, 1, 1, generator=rng) < 2 * done / steps
        flights.advance(torch.where(alone, flights.noisy - out.detach() / STEPS, goal))
        done += 1
        decay = min(EMA_DECAY, done / (done + 20))
        with torch.no_grad():
            for key, value in trained.items():
                average[key].lerp_(value, 1 - decay)
        if done % 25 == 0:
            by_level = ", ".join(f"{float(loss):.4f}" for loss in torch.stack(losses).nanmean(0))
            print(f"{STAGE} step {done}/{steps} loss {by_level} {time.monotonic() - started:.0f} s", flush=True)
            losses.clear()
        if time.monotonic() - saved > 120:
            save()
            saved = time.monotonic()
    save()
    return average


def shipped(average: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The difference in the precision it is kept in: pairs in float16, the bias whole."""
    return {k: (v if k == BIAS else v.half()).contiguous() for k, v in average.items()}


def scheduler() -> FlowMatchEulerDiscreteScheduler:
    """FLUX.1-schnell's: the same noise levels for every size."""
    return FlowMatchEulerDiscreteScheduler(
        num_train_timesteps=1000, shift=1.0, use_dynamic_shifting=False, base_shift=0.5, max_shift=1.15,
        base_image_seq_len=256, max_image_seq_len=4096,
    )  # fmt: skip


def save(difference: dict[str, torch.Tensor], folder: Path) -> None:
    """Write what the package ships; encoders and autoencoder are nano's."""
    student_of(load("nano").pipe.transformer).save_config(folder / "transformer")
    scheduler().save_config(folder / "scheduler")
    path = folder / "transformer" / DIFFERENCE
    save_file(difference, path, metadata={"format": "pt"})
    path.chmod(0o644)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line; see the module's text."""
    parser = argparse.ArgumentParser(prog="python -m fluxlab.train.schnell", description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/nano"), help="folder of the checkpoint")
    parser.add_argument("--steps", type=int, default=STEPS_OF_TRAINING, help="steps of the whole training")
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop after this time; resumable")
    parser.add_argument("--evaluate", action="store_true", help="judge the nano-schnell that is in the package")
    parser.add_argument("--prompts", type=int, default=300, help="prompts to judge with")
    parser.add_argument("--assemble", action="store_true", help="write what stands in the work folder into the package")
    chosen = parser.parse_args(arguments)
    if chosen.evaluate:
        for held_out in (False, True):
            scenes = prompts(chosen.prompts // (2 if held_out else 1), held_out=held_out)
            print(score(scenes, paint(load("nano-schnell").pipe, scenes, STEPS, GUIDANCE)), flush=True)
        return
    if not chosen.assemble:
        train(chosen.work, chosen.steps, seconds=chosen.seconds)
        return
    found = Checkpoint(chosen.work, STAGE).load()
    if found is None:
        raise SystemExit(f"'{chosen.work}' has no checkpoint of stage '{STAGE}': train first.")
    save(shipped(unpack("average", found[0])), package_path(FOLDER))


if __name__ == "__main__":
    main()
