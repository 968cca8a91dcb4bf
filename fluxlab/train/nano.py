"""Train nano from nothing, or go on where it stopped: ``python -m fluxlab.train.nano``.

Stages: autoencoder, text encoders, transformer, guidance distillation, more decoder training, LoRAs, assembly. Each
writes a checkpoint every two minutes and is skipped when it is done. ``--continue`` begins with the weights in the
package instead of nothing, ``--evaluate`` prints the figures of the bar.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from fluxlab.models import get_spec, load
from fluxlab.models.loras import BUNDLED
from fluxlab.models.spec import package_path
from fluxlab.train import assemble, decoder, flow, lora, text, vae
from fluxlab.train.checkpoint import Checkpoint, unpack
from fluxlab.train.evaluate import evaluate
from fluxlab.train.styles import STYLES

if TYPE_CHECKING:
    from diffusers import AutoencoderKL, FluxPipeline, FluxTransformer2DModel

STAGES = ("vae", "text", "base", "guidance", "decoder", "loras", "assemble")


@dataclass(frozen=True)
class Schedule:
    """Steps of each stage."""

    vae: int = 3000
    text: int = 1500
    base: int = 4200
    guidance: int = 300
    decoder: int = 5000
    lora: int = 300


@dataclass
class Training:
    """The parts as they stand in a work folder.

    Parameters
    ----------
    folder
        Checkpoints and tokenizers.
    schedule
        Steps of each stage.
    seconds
        Wall clock for each stage; the next call resumes.
    """

    folder: Path
    schedule: Schedule
    seconds: float = math.inf

    @cached_property
    def autoencoder(self) -> AutoencoderKL:
        """The frozen autoencoder, with the best decoder there is."""
        found = Checkpoint(self.folder, "vae-decoder").load() or Checkpoint(self.folder, "vae").load()
        if found is None:
            raise SystemExit("stage 'vae' has not been trained yet: run it first (--stage vae).")
        model = vae.build().eval().requires_grad_(False)
        model.load_state_dict(unpack("model", found[0]))
        return model

    @cached_property
    def encoders(self) -> text.TextEncoders:
        """The frozen text encoders."""
        return text.train(self.folder, self.schedule.text, seconds=self.seconds)

    @cached_property
    def normalisation(self) -> tuple[float, float]:
        """Shift and scale that give latents mean 0 and deviation 1."""
        with torch.no_grad():
            parts = vae.batch(random.Random(0), 256, 128).split(32)
            latents = torch.cat([self.autoencoder.encode(p).latent_dist.mode() for p in parts])
        return float(latents.mean()), float(1 / latents.std())

    def pool(self, style: flow.Style | None = None) -> flow.Pool:
        """A new source of batches."""
        return flow.Pool(self.autoencoder, self.encoders, *self.normalisation, style=style)

    def transformer(self, *stages: str) -> FluxTransformer2DModel:
        """The averaged weights of the first stage that has a checkpoint."""
        for stage in stages:
            if (found := Checkpoint(self.folder, stage).load()) is not None:
                model = flow.build().eval().requires_grad_(False)
                model.load_state_dict(unpack("average", found[0]))
                return model
        raise SystemExit(f"stage '{stages[-1]}' has not been trained yet: run it first (--stage {stages[-1]}).")

    def pipeline(self) -> FluxPipeline:
        """The pipeline as trained so far."""
        return assemble.pipeline(
            self.transformer("guidance", "base"), self.encoders, self.autoencoder, *self.normalisation
        )

    def run(self, stage: str) -> None:
        """Train or resume one stage."""
        steps = self.schedule
        if stage == "vae":
            vae.train(self.folder, steps.vae, seconds=self.seconds)
        elif stage == "text":
            text.train(self.folder, steps.text, seconds=self.seconds)
        elif stage == "base":
            flow.train(self.folder, "base", self.pool(), steps.base, seconds=self.seconds)
        elif stage == "guidance":
            teacher = self.transformer("base")
            flow.train(
                self.folder, "guidance", self.pool(), steps.guidance, size=32, rate=4e-4, seconds=self.seconds,
                teacher=teacher, start=teacher.state_dict(),
            )  # fmt: skip
        elif stage == "decoder":
            decoder.train(self.folder, steps.decoder, seconds=self.seconds)
            self.__dict__.pop("autoencoder", None)
        elif stage == "loras":
            target = package_path(BUNDLED)
            for name, style in STYLES.items():
                lora.train(self.transformer("guidance", "base"), self.pool(style), steps.lora, target, name)
        elif stage == "assemble":
            assemble.save(self.pipeline(), get_spec("nano").folder)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line; see the module's text."""
    parser = argparse.ArgumentParser(prog="python -m fluxlab.train.nano", description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/nano"), help="folder of checkpoints")
    parser.add_argument("--stage", choices=STAGES, help="only this stage")
    parser.add_argument("--seconds", type=float, default=math.inf, help="stop each stage after this time; resumable")
    parser.add_argument(
        "--continue", dest="go_on", action="store_true", help="begin with the nano that is in the package"
    )
    parser.add_argument("--evaluate", action="store_true", help="judge the nano that is in the package")
    parser.add_argument("--prompts", type=int, default=300, help="prompts to judge with")
    chosen = parser.parse_args(arguments)
    if chosen.evaluate:
        evaluate(load("nano").pipe, chosen.prompts)
        return
    stages = (chosen.stage,) if chosen.stage else STAGES
    if chosen.go_on:
        assemble.checkpoints(load("nano").pipe, get_spec("nano").folder, chosen.work)
    training = Training(chosen.work, Schedule(), chosen.seconds)
    for stage in stages:
        training.run(stage)


if __name__ == "__main__":
    main()
