"""Sweeps against a plain loop and against the bound, side by side in one run: ``python -m benchmarks.sweep``.

The same 64 cells of nano, in rounds that take turns, each round with a new catalog:

a. a plain loop over `FluxPipeline` that saves PNGs, one call a cell, as one writes it by hand;
b. `lab.run` in exact mode;
c. `lab.run` in fast mode;
d. the bound: the transformer's and the decoder's time alone, for as many rows, at the best size of a batch;
   and the same at a batch of one, which is what exact mode cannot do without;
e. the same sweep again, all of it from the catalog.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from diffusers import FluxPipeline

from fluxlab import Lab, Sweep
from fluxlab.models import find_lora, get_spec, load
from fluxlab.recipe import Recipe

TEMPLATE = "a {sailboat|strawberry|crab|owl} on a {blue|teal} background"
BATCHES = (1, 2, 4, 6, 8, 12, 16)


def sweep_of(seed: int) -> Sweep:
    """64 cells: 8 prompts, 2 guidances, 4 and 8 steps, without a LoRA and with one."""
    return Sweep(TEMPLATE, seed=seed, guidance=[2, 3.5], steps=[4, 8], lora={"pixel": [0, 1]})


def timed(call: Callable[[], object]) -> float:
    """Seconds of a call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


class PlainLoop:
    """Diffusers alone, loaded apart from fluxlab."""

    def __init__(self) -> None:
        self._pipe = FluxPipeline.from_pretrained(get_spec("nano").folder, dtype=torch.float32, use_safetensors=True)
        self._pipe.set_progress_bar_config(disable=True)
        lora = find_lora("pixel").path
        self._pipe.load_lora_weights(str(lora.parent), weight_name=lora.name, adapter_name="pixel")

    def run(self, recipes: list[Recipe], folder: Path) -> None:
        """One call and one PNG for each recipe."""
        for number, recipe in enumerate(recipes):
            self._pipe.set_adapters("pixel", recipe.loras[0].strength if recipe.loras else 0.0)
            image = self._pipe(
                recipe.prompt,
                width=recipe.width,
                height=recipe.height,
                num_inference_steps=recipe.steps,
                guidance_scale=recipe.guidance,
                max_sequence_length=recipe.max_sequence_length,
                generator=torch.Generator("cpu").manual_seed(recipe.seed),
            ).images[0]
            image.save(folder / f"{number}.png")


class Bound:
    """The transformer and the decoder alone, with nothing around them."""

    def __init__(self) -> None:
        self._pipe = load("nano").pipe

    def transformer(self, rows: int) -> float:
        """Seconds a row of one call with so many rows."""
        config = self._pipe.transformer.config
        ids = self._pipe._prepare_latent_image_ids(1, 8, 8, torch.device("cpu"), torch.float32)  # noqa: SLF001  (as the pipeline calls it)
        inputs = {
            "hidden_states": torch.randn(rows, 64, config.in_channels),
            "timestep": torch.full((rows,), 0.5),
            "guidance": torch.full((rows,), 3.5),
            "pooled_projections": torch.randn(rows, config.pooled_projection_dim),
            "encoder_hidden_states": torch.randn(rows, 32, config.joint_attention_dim),
            "txt_ids": torch.zeros(32, 3),
            "img_ids": ids,
            "return_dict": False,
        }
        with torch.no_grad():
            self._pipe.transformer(**inputs)
            return statistics.median(timed(lambda: self._pipe.transformer(**inputs)) for _ in range(8)) / rows

    def decoder(self, rows: int) -> float:
        """Seconds an image of one decoding of so many."""
        latents = torch.randn(rows, self._pipe.vae.config.latent_channels, 16, 16)
        with torch.no_grad():
            self._pipe.vae.decode(latents, return_dict=False)
            return statistics.median(timed(lambda: self._pipe.vae.decode(latents)) for _ in range(4)) / rows

    def lora(self, *, on: bool) -> None:
        """Put the LoRA on the transformer, or take it off."""
        if on:
            self._pipe.enable_lora()
            self._pipe.set_adapters([find_lora("pixel").adapter], [1.0])
        else:
            self._pipe.disable_lora()

    def seconds(self, recipes: list[Recipe], batches: tuple[int, ...]) -> float:
        """The least time for the steps and images of some recipes."""
        total = len(recipes) * min(self.decoder(rows) for rows in batches)
        for on in (False, True):
            steps = sum(recipe.steps for recipe in recipes if bool(recipe.loras) is on)
            self.lora(on=on)
            total += steps * min(self.transformer(rows) for rows in batches)
        self.lora(on=False)
        return total


def measure(rounds: int) -> dict[str, Any]:
    """Seconds of each way, by round, and the ratios of their medians."""
    plain, bound = PlainLoop(), Bound()
    found: dict[str, list[float]] = {}

    def note(name: str, seconds: float) -> None:
        found.setdefault(name, []).append(seconds)
        print(f"{name:>28} {seconds:8.2f} s", flush=True)

    with tempfile.TemporaryDirectory(prefix="fluxlab-benchmark-") as name:
        folder = Path(name)
        Lab(catalog=folder / "warm").run(sweep_of(0), mode="fast", progress=False)
        for number in range(rounds):
            sweep = sweep_of(number + 1)
            labs = {mode: Lab(catalog=folder / f"{mode}{number}") for mode in ("exact", "fast")}
            recipes = [cell.recipe for cell in labs["exact"].plan(sweep).cells]
            pictures = folder / f"plain{number}"
            pictures.mkdir()
            note("plain loop", timed(lambda: plain.run(recipes, pictures)))  # noqa: B023  (called at once)
            note("exact", timed(lambda: labs["exact"].run(sweep, progress=False)))  # noqa: B023  (the same)
            note("fast", timed(lambda: labs["fast"].run(sweep, mode="fast", progress=False)))  # noqa: B023  (the same)
            note("compute at a batch of one", bound.seconds(recipes, (1,)))
            note("compute at the best batch", bound.seconds(recipes, BATCHES))
            note("from the catalog", timed(lambda: labs["exact"].run(sweep, progress=False)))  # noqa: B023  (the same)
    cells = len(sweep_of(0))
    middle = {name: statistics.median(values) for name, values in found.items()}
    return {
        "cells": cells,
        "threads": torch.get_num_threads(),
        "seconds": found,
        "exact, times the plain loop's speed": middle["plain loop"] / middle["exact"],
        "exact, overhead beyond compute": middle["exact"] / middle["compute at a batch of one"] - 1,
        "fast, times the plain loop's speed": middle["plain loop"] / middle["fast"],
        "fast, beyond the bound": middle["fast"] / middle["compute at the best batch"] - 1,
        "from the catalog, cells a second": cells / middle["from the catalog"],
    }


def main() -> None:
    """Print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="file for the figures")
    asked = parser.parse_args()
    if asked.rounds < 1:
        sys.exit(f"--rounds={asked.rounds} is not allowed: it must be at least 1.")
    figures = measure(asked.rounds)
    print()
    for name, value in figures.items():
        if isinstance(value, float):
            print(f"{name:>40} {value:8.3f}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
