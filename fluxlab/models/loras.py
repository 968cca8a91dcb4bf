"""LoRA files: found by bundled name or path, checked before anything is read from them, hashed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from fluxlab.errors import LoraError, nearest
from fluxlab.models.hashes import file_sha256
from fluxlab.models.spec import PACKAGE_SCHEME, package_path

BUNDLED = f"{PACKAGE_SCHEME}fluxlab/models/loras"
HEADER_MAX = 100_000_000


@dataclass(frozen=True)
class LoraFile:
    """A LoRA on disk.

    Parameters
    ----------
    name
        As written in the recipe: a bundled name or a path.
    path
        The file.
    source
        ``package:…`` for a bundled one, else the path as given.
    sha256
        Hash of the file.
    """

    name: str
    path: Path
    source: str
    sha256: str

    @property
    def adapter(self) -> str:
        """Name of the adapter in the pipeline: from the content, so that one file is loaded once under any name."""
        return f"lora_{self.sha256[:16]}"


def bundled_loras() -> tuple[str, ...]:
    """Names of the LoRAs that come with the package."""
    folder = package_path(BUNDLED)
    return tuple(sorted(p.stem for p in folder.glob("*.safetensors")))


def find_lora(name: str) -> LoraFile:
    """Find and check a LoRA by bundled name or by the path of a ``.safetensors`` file.

    Raises
    ------
    LoraError
        When there is no such file, or it is a pickle, or no safetensors file at all.
    """
    names = bundled_loras()
    if name in names:
        path, source = package_path(BUNDLED) / f"{name}.safetensors", f"{BUNDLED}/{name}.safetensors"
    else:
        path, source = Path(name).expanduser(), name
        if path.suffix in {".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"}:
            raise LoraError(
                f"lora={name!r} is a pickle file, which can run any code when it is opened: only .safetensors is "
                "allowed; convert it on a machine you can lose, or ask its author for safetensors."
            )
        if not path.is_file():
            raise LoraError(
                f"lora={name!r} was found neither among the bundled LoRAs ({', '.join(names)}) nor as a file:"
                f"{nearest(name, names)} Give one of these names or the path of a .safetensors file."
            )
    _check_header(path, name)
    return LoraFile(name, path, source, file_sha256(path))


def _check_header(path: Path, name: str) -> None:
    """Refuse what is not a safetensors file; its header says so without reading a tensor."""
    try:
        with path.open("rb") as handle:
            length = int.from_bytes(handle.read(8), "little")
            if not 2 <= length <= min(HEADER_MAX, path.stat().st_size):
                raise ValueError("header length")
            header = json.loads(handle.read(length))
        if not isinstance(header, dict) or not any(key != "__metadata__" for key in header):
            raise ValueError("no tensors")
    except (ValueError, RecursionError, OSError) as error:
        raise LoraError(
            f"lora={name!r} is not a readable safetensors file ({error}): only .safetensors is allowed; "
            "download it again or convert it."
        ) from None
