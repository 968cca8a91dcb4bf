"""Checkpoints of a training stage: written atomically, resumed by name, refused when they are not safe tensors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    import torch


@dataclass
class Checkpoint:
    """Where one stage keeps its weights, its averages and its progress.

    Parameters
    ----------
    folder
        The work folder of the whole training.
    stage
        Name of the stage, for instance ``"vae"``.
    """

    folder: Path
    stage: str

    @property
    def path(self) -> Path:
        """The file."""
        return self.folder / f"{self.stage}.safetensors"

    def save(self, tensors: dict[str, torch.Tensor], progress: dict[str, Any]) -> None:
        """Write tensors and progress; a crash leaves the previous checkpoint whole."""
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".tmp")
        save_file(
            {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()},
            temporary,
            metadata={"progress": json.dumps(progress)},
        )
        temporary.replace(self.path)

    def load(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
        """The last checkpoint, or ``None`` where the stage has not begun."""
        from safetensors import safe_open

        if not self.path.is_file():
            return None
        with safe_open(self.path, framework="pt") as handle:
            progress = json.loads((handle.metadata() or {}).get("progress", "{}"))
        return load_file(self.path), progress


def pack(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Put a prefix before every key."""
    return {f"{prefix}.{k}": v for k, v in tensors.items()}


def unpack(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The tensors under a prefix, without it."""
    return {k.removeprefix(f"{prefix}."): v for k, v in tensors.items() if k.startswith(f"{prefix}.")}
