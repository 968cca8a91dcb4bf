"""The real size on a real card: ``python -m benchmarks.gpu``.

A FLUX.1 transformer, T5-XXL, CLIP and autoencoder of full size with random weights: speed and memory do not depend
on their values. For each size of the image, with and without compiling and offload, side by side in one run:

- a plain loop over `FluxPipeline`, one call and one PNG a cell, under the same offload by diffusers' own methods;
- `lab.run` in exact and in fast mode;
- the bound: the transformer and the decoder alone, at a batch of one and at the best size of a batch;
- the peaks of the device's memory.

``--reduced`` takes a small model, for machines without a GPU.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.random_flux import FULL, REDUCED, build, registered
from fluxlab import Lab, Sweep
from fluxlab.models import load
from fluxlab.models.placement import unplace

PROMPTS = ["a red fox in the snow", "a lighthouse at dusk", "an old bridge in fog", "a bowl of ripe figs"]
BATCHES = (1, 2, 4, 8)


@dataclass(frozen=True)
class Setting:
    """How the model is fitted into memory, and whether its blocks are compiled."""

    name: str
    memory: str
    compiled: bool


ON_GPU = (
    Setting("on the device", "full", compiled=False),
    Setting("on the device, compiled", "full", compiled=True),
    Setting("parts take turns", "24GB", compiled=False),
    Setting("blocks pass through", "16GB", compiled=False),
)
ON_CPU = (Setting("in the host's memory", "cpu", compiled=False),)


class Bench:
    """One model on one device.

    Parameters
    ----------
    folder
        For catalogs and pictures.
    reduced
        Whether to take the small model.
    """

    def __init__(self, folder: Path, *, reduced: bool) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._folder = folder
        self._runs = 0
        dtype = "bfloat16" if self.device == "cuda" else "float32"
        pipe = build(REDUCED if reduced else FULL, "cpu" if reduced else self.device, getattr(torch, dtype))
        self._pipe = pipe.to("cpu")
        self._name = registered(self._pipe, folder / "model", "random", dtype).name

    def compare(self, setting: Setting, side: int, cells: int, steps: int) -> dict[str, Any]:
        """Seconds, ratios and peaks of every way."""
        found: dict[str, Any] = {"setting": setting.name, "side": side, "cells": cells, "steps": steps}
        prompts = [PROMPTS[i % len(PROMPTS)] for i in range(cells)]
        for mode in ("exact", "fast"):
            # Compiling and the first touch of memory are not what is compared.
            self._run(setting, mode, side, prompts[:2] if mode == "exact" else prompts, 1)
            found[mode], found[f"{mode}, peak"] = self._run(setting, mode, side, prompts, steps)
        found["bound at a batch of one"] = self._bound(setting, side, cells, steps, (1,))
        found["bound at the best batch"] = self._bound(setting, side, cells, steps, BATCHES)
        with self._plain(setting) as pipe:
            self._loop(pipe, side, prompts[:1], 1)
            found["plain loop"], found["plain loop, peak"] = self._measured(
                lambda: self._loop(pipe, side, prompts, steps)
            )
        return {
            **found,
            "exact, share of the bound": found["bound at a batch of one"] / found["exact"],
            "exact, times the plain loop's speed": found["plain loop"] / found["exact"],
            "fast, times the plain loop's speed": found["plain loop"] / found["fast"],
            "fast, beyond the bound": found["fast"] / found["bound at the best batch"] - 1,
        }

    def _run(self, setting: Setting, mode: Any, side: int, prompts: list[str], steps: int) -> tuple[float, float]:
        self._runs += 1
        lab = Lab(self._name, catalog=self._folder / str(self._runs), memory=setting.memory)
        seeds = list(range(len(prompts)))
        sweep = Sweep(
            prompts, seed=seeds, zip=[("prompt", "seed")], steps=steps, size=f"{side}x{side}", compile=setting.compiled
        )
        grid: Any = None

        def work() -> None:
            nonlocal grid
            grid = lab.run(sweep, mode=mode, progress=False)

        measured = self._measured(work)
        broken = next((cell for cell in grid.cells if cell.status != "ok"), None)
        if broken is not None:
            raise SystemExit(f"{setting.name}, {mode}: a cell is '{broken.status}' ({broken.error}).")
        return measured

    def _measured(self, work: Callable[[], object]) -> tuple[float, float]:
        """Seconds, and the peak of the device's memory in GiB (0 on a CPU)."""
        on_cuda = self.device == "cuda"
        if on_cuda:
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
        started = time.perf_counter()
        work()
        if on_cuda:
            torch.cuda.synchronize()
        return time.perf_counter() - started, torch.cuda.max_memory_allocated() / 2**30 if on_cuda else 0.0

    def _bound(self, setting: Setting, side: int, cells: int, steps: int, batches: tuple[int, ...]) -> float:
        """The least time of the transformer and the decoder, with their weights where the setting has them."""
        from fluxlab.engine.compiled import compiled_blocks

        loaded = load(self._name, None, setting.memory)
        with loaded.use(), torch.no_grad(), compiled_blocks(loaded, on=setting.compiled):
            loaded.turn("denoise")
            step = min(self._seconds(self._step(side, rows)) / rows for rows in batches if rows <= cells)
            loaded.turn("decode")
            latents = torch.randn(1, 16, side // 8, side // 8, device=self.device, dtype=self._pipe.vae.dtype)
            decode = self._seconds(lambda: self._pipe.vae.decode(latents))
        return cells * (steps * step + decode)

    def _step(self, side: int, rows: int) -> Callable[[], object]:
        pipe, device, dtype = self._pipe, self.device, self._pipe.transformer.dtype
        config = pipe.transformer.config
        tokens = (side // 16) ** 2
        inputs = {
            "hidden_states": torch.randn(rows, tokens, config.in_channels, device=device, dtype=dtype),
            "timestep": torch.full((rows,), 0.5, device=device, dtype=dtype),
            "guidance": torch.full((rows,), 3.5, device=device),
            "pooled_projections": torch.randn(rows, config.pooled_projection_dim, device=device, dtype=dtype),
            "encoder_hidden_states": torch.randn(rows, 512, config.joint_attention_dim, device=device, dtype=dtype),
            "txt_ids": torch.zeros(512, 3, device=device, dtype=dtype),
            "img_ids": pipe._prepare_latent_image_ids(1, side // 16, side // 16, device, dtype),  # noqa: SLF001  (as the pipeline calls it)
            "return_dict": False,
        }
        return lambda: pipe.transformer(**inputs)

    def _seconds(self, work: Callable[[], object]) -> float:
        self._measured(work)
        return statistics.median(self._measured(work)[0] for _ in range(3))

    def _loop(self, pipe: Any, side: int, prompts: list[str], steps: int) -> None:
        for number, prompt in enumerate(prompts):
            image = pipe(
                prompt, width=side, height=side, num_inference_steps=steps, guidance_scale=3.5,
                generator=torch.Generator("cpu").manual_seed(number),
            ).images[0]  # fmt: skip
            image.save(self._folder / f"plain{number}.png")

    @contextmanager
    def _plain(self, setting: Setting) -> Iterator[Any]:
        """The pipeline as one sets it up by hand; fluxlab's own hooks are off meanwhile."""
        pipe, loaded = self._pipe, load(self._name, None, setting.memory)
        with loaded.lock:
            unplace(pipe)
            loaded.shared.active = None
            if loaded.plan.placement == "model_offload":
                pipe.enable_model_cpu_offload()
            elif loaded.plan.placement == "group_offload":
                pipe.enable_group_offload(
                    onload_device=torch.device(self.device), offload_type="block_level", num_blocks_per_group=1,
                    use_stream=True,
                )  # fmt: skip
            else:
                pipe.to(self.device)
            if setting.compiled:
                pipe.transformer.compile_repeated_blocks(fullgraph=True)
            try:
                yield pipe
            finally:
                for block in pipe.transformer.modules():
                    block._compiled_call_impl = None  # noqa: SLF001  (fluxlab keeps its own)
                pipe.remove_all_hooks()
                unplace(pipe)


def main() -> None:
    """Print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sides", type=int, nargs="+", default=[512, 1024], help="sides of the images in pixels")
    parser.add_argument("--cells", type=int, default=16)
    parser.add_argument("--steps", type=int, default=28)
    parser.add_argument("--only", nargs="+", choices=[setting.name for setting in (*ON_GPU, *ON_CPU)])
    parser.add_argument("--reduced", action="store_true", help="a small model, for machines without a GPU")
    parser.add_argument("--json", type=Path, help="file for the figures")
    asked = parser.parse_args()
    on_cuda = torch.cuda.is_available()
    if not on_cuda and not asked.reduced:
        sys.exit("no CUDA device was found: run it on one, or with --reduced to see it work.")
    settings = [s for s in (ON_GPU if on_cuda else ON_CPU) if not asked.only or s.name in asked.only]
    report: dict[str, Any] = {
        "device": torch.cuda.get_device_name() if on_cuda else "CPU",
        "torch": torch.__version__,
        "reduced": asked.reduced,
        "figures": [],
    }
    with tempfile.TemporaryDirectory(prefix="fluxlab-benchmark-") as name:
        bench = Bench(Path(name), reduced=asked.reduced)
        for side in asked.sides:
            for setting in settings:
                figures = bench.compare(setting, side, asked.cells, asked.steps)
                report["figures"].append(figures)
                print(f"== {report['device']}, {side}x{side}, {setting.name}: {asked.cells} cells", flush=True)
                for label, value in figures.items():
                    if isinstance(value, float):
                        unit = "GiB" if label.endswith("peak") else "" if "," in label else "s"
                        print(f"{label:>40} {value:9.3f} {unit}", flush=True)
                if asked.json:
                    asked.json.write_text(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
