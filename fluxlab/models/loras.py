"""LoRA files: found by bundled name or path, checked before anything is read from them, hashed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from safetensors import SafetensorError, safe_open

from fluxlab.errors import LoraError, nearest
from fluxlab.models.hashes import file_sha256
from fluxlab.models.spec import PACKAGE_SCHEME, package_path

BUNDLED = f"{PACKAGE_SCHEME}fluxlab/models/loras"
SUFFIX = ".safetensors"
PICKLES = frozenset({".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"})
#: Room for a hundred thousand tensors; a header beyond that is an attack on memory.
HEADER_MAX = 10_000_000
NAME_SHOWN = 200


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
        ``package:…`` for a bundled one, else the absolute path.
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
        path, source = package_path(BUNDLED) / f"{name}{SUFFIX}", f"{BUNDLED}/{name}{SUFFIX}"
    else:
        # Absolute, so that a recorded script finds the file from any folder.
        path = _path(name, names).absolute()
        source = str(path)
    try:
        stat = path.stat()
        _check(str(path.resolve()), stat.st_size, stat.st_mtime_ns)
        return LoraFile(name, path, source, file_sha256(path))
    except (ValueError, SafetensorError, OSError) as error:
        raise LoraError(
            f"lora={name!r} is not a readable safetensors file ({error}): only .safetensors is allowed; "
            "download it again or convert it."
        ) from None


def _path(name: str, names: tuple[str, ...]) -> Path:
    """The file of a name that is not bundled."""
    path = Path(name)
    try:
        path = path.expanduser()
        found = path.is_file()
    except (OSError, RuntimeError):  # a name too long for a file, a folder that may not be entered, ~nobody
        found = False
    if path.suffix.lower() in PICKLES:
        raise LoraError(
            f"lora={_short(name)} is a pickle file, which can run any code when it is opened: only .safetensors is "
            "allowed; convert it on a machine you can lose, or ask its author for safetensors."
        )
    if not found:
        raise LoraError(
            f"lora={_short(name)} was found neither among the bundled LoRAs ({', '.join(names)}) nor as a file:"
            f"{nearest(name, names)} Give one of these names or the path of a .safetensors file."
        )
    if path.suffix != SUFFIX:
        # diffusers opens a file of any other suffix as a pickle, whatever is in it.
        raise LoraError(
            f"lora={_short(name)} does not end in {SUFFIX}: only .safetensors is allowed; rename it if it is one."
        )
    return path


def _short(name: str) -> str:
    shown = repr(name)
    return shown if len(shown) <= NAME_SHOWN else f"{shown[: NAME_SHOWN - 3]}..."


@lru_cache(maxsize=1024)
def _check(path: str, size: int, changed: int) -> None:  # noqa: ARG001  (the time of change is part of the cache's key)
    """Refuse what is not a whole safetensors file; its header says so without reading a tensor.

    Raises
    ------
    ValueError, SafetensorError, OSError
        Why it is none.
    """
    with Path(path).open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
    if not 2 <= length <= min(HEADER_MAX, size):
        raise ValueError("its header has no sensible length")
    with safe_open(path, framework="np") as file:
        if not list(file.keys()):
            raise ValueError("it has no tensors")
