"""The bar of nano: background, objects, relations, held-out pairs, guidance and steps, reconstruction, time."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fluxlab.train import judge, vae, world

if TYPE_CHECKING:
    from diffusers import FluxPipeline

GUIDANCES = (1.0, 2.0, 3.5, 5.0)
STEP_COUNTS = (1, 2, 4, 8)
STEPS, GUIDANCE = 8, 3.5
SEED = 77_000


@dataclass(frozen=True)
class Score:
    """Shares of prompts that are right: background, object of one, both of two, their relation."""

    prompts: int
    background: float
    one_object: float
    both_objects: float
    relation: float

    def __str__(self) -> str:
        return (
            f"{self.prompts:4d} prompts: background {self.background:6.1%}, one object {self.one_object:6.1%}, "
            f"both of two {self.both_objects:6.1%}, relation {self.relation:6.1%}"
        )


def prompts(count: int, *, held_out: bool) -> list[world.Scene]:
    """Test scenes, half of one object and half of two, each naming its background."""
    rng = random.Random(f"evaluate-{held_out}")
    scenes: list[world.Scene] = []
    pairs = sorted(tuple(sorted(pair)) for pair in world.HELD_OUT_PAIRS)
    while len(scenes) < count:
        colour = rng.choice(world.COLOURS)
        if len(scenes) % 2 == 0:
            name = rng.choice(world.NAMES)
            scene = world.one(rng, name, world.HELD_OUT_BACKGROUND[name] if held_out else colour, plain=True)
        else:
            first, second = rng.choice(pairs) if held_out else rng.sample(world.NAMES, 2)
            if rng.random() < 0.5:
                first, second = second, first
            scene = world.two(rng, first, second, colour, plain=True)
            if held_out and colour in {world.HELD_OUT_BACKGROUND[first], world.HELD_OUT_BACKGROUND[second]}:
                continue
        if scene.held_out == held_out:
            scenes.append(scene)
    return scenes


def paint(pipe: FluxPipeline, scenes: Sequence[world.Scene], steps: int, guidance: float) -> list[np.ndarray[Any, Any]]:
    """One image a prompt, each with a seed of its own: RGB in [0, 1]."""
    images: list[np.ndarray[Any, Any]] = []
    for start in range(0, len(scenes), 16):
        part = scenes[start : start + 16]
        generators = [torch.Generator("cpu").manual_seed(SEED + start + i) for i in range(len(part))]
        out = pipe(
            [s.caption for s in part], width=world.CANVAS, height=world.CANVAS, num_inference_steps=steps,
            guidance_scale=guidance, generator=generators, max_sequence_length=32, output_type="np",
        ).images  # fmt: skip
        images.extend(image.astype(np.float32) for image in out)
    return images


def score(scenes: Sequence[world.Scene], images: Sequence[np.ndarray[Any, Any]]) -> Score:
    """Judge images against their prompts."""
    verdicts = [judge.judge(image, scene) for scene, image in zip(scenes, images, strict=True)]
    one = [v.objects[0] for v in verdicts if len(v.objects) == 1]
    both = [all(v.objects) for v in verdicts if len(v.objects) == 2]
    relation = [v.relation for v in verdicts if v.relation is not None]

    def share(flags: Sequence[bool | None]) -> float:
        return sum(map(bool, flags)) / len(flags) if flags else float("nan")

    return Score(len(verdicts), share([v.background for v in verdicts]), share(one), share(both), share(relation))


def evaluate(pipe: FluxPipeline, count: int = 300) -> dict[str, Any]:
    """Measure and print everything that the bar asks for.

    Parameters
    ----------
    pipe
        The pipeline to judge.
    count
        Prompts for the main figure; half as many for held-out pairs, a third for each guidance and step count.
    """
    vae_figure = vae.psnr(pipe.vae, 128)
    print(f"autoencoder: {vae_figure:.2f} dB on 128 whole scenes", flush=True)
    report: dict[str, Any] = {"psnr": vae_figure, "steps": STEPS, "guidance": GUIDANCE}
    for name, held_out in (("seen pairs", False), ("held-out pairs", True)):
        scenes = prompts(count if not held_out else max(2, count // 2), held_out=held_out)
        result = score(scenes, paint(pipe, scenes, STEPS, GUIDANCE))
        report[name] = asdict(result)
        print(f"{name:>15} {result}", flush=True)
    few = prompts(max(2, count // 3), held_out=False)
    for guidance in GUIDANCES:
        result = score(few, paint(pipe, few, STEPS, guidance))
        report[f"guidance {guidance:g}"] = asdict(result)
        print(f"   guidance {guidance:<4g} {result}", flush=True)
    for steps in STEP_COUNTS:
        result = score(few, paint(pipe, few, steps, GUIDANCE))
        report[f"steps {steps}"] = asdict(result)
        print(f"      steps {steps:<4d} {result}", flush=True)
    started = time.perf_counter()
    for scene in few[:4]:
        paint(pipe, [scene], STEPS, GUIDANCE)
    report["seconds an image"] = (time.perf_counter() - started) / len(few[:4])
    print(f"one image of {STEPS} steps: {report['seconds an image']:.2f} s", flush=True)
    print(json.dumps(report))
    return report
