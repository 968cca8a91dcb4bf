"""LoRA files: found by name, path or place in the hub, checked before anything is read from them, hashed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from safetensors import SafetensorError, safe_open

from fluxlab.blocks import MARK, no_part
from fluxlab.errors import LoraError, brief, nearest
from fluxlab.models.hashes import file_sha256
from fluxlab.models.lora_hub import SCHEME, HubFile, fetch, hub_file
from fluxlab.models.lora_keys import LoraKeys, read_keys
from fluxlab.models.spec import PACKAGE_SCHEME, package_path

BUNDLED = f"{PACKAGE_SCHEME}fluxlab/models/loras"
SUFFIX = ".safetensors"
PICKLES = frozenset({".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle"})
#: Room for a hundred thousand tensors; a header beyond that is an attack on memory.
HEADER_MAX = 10_000_000
NAME_SHOWN = 200

#: Where the names lead that a person gave.
_ADDED: dict[str, str] = {}
_RECORDED: ContextVar[Mapping[str, str]] = ContextVar("recorded", default=MappingProxyType({}))


@dataclass(frozen=True)
class LoraFile:
    """A LoRA on disk.

    Parameters
    ----------
    name
        As written in the recipe.
    path
        The file.
    source
        ``package:…`` for a bundled one, ``hub:owner/name@commit/file`` for one from the hub, else the absolute path.
    sha256
        Hash of the file.
    keys
        What its header says of format, modules and ranks; kept, because the file may be another one by now.
    """

    name: str
    path: Path
    source: str
    sha256: str
    keys: LoraKeys = field(compare=False, repr=False)

    @property
    def adapter(self) -> str:
        """Name of the adapter in the pipeline: from the content, so that one file is loaded once under any name."""
        return f"lora_{self.sha256[:16]}"


def bundled_loras() -> tuple[str, ...]:
    """Names of the LoRAs that come with the package."""
    folder = package_path(BUNDLED)
    return tuple(sorted(p.stem for p in folder.glob("*.safetensors")))


def find_lora(name: str) -> LoraFile:
    """Find and check a LoRA.

    Parameters
    ----------
    name
        A name that `add_lora` gave, a bundled name, the path of a ``.safetensors`` file or of a folder with one, or a
        place in the Hugging Face hub: ``owner/name``, ``hub:owner/name@revision/file.safetensors``.

    Raises
    ------
    LoraError
        When there is no such file, or it is a pickle, or no safetensors file at all.
    """
    if not isinstance(name, str):
        raise LoraError(f"lora={brief(name)} is no name: give text, such as 'ink' or the path of a {SUFFIX} file.")
    recorded = _RECORDED.get().get(name)
    path, source = _place(_ADDED.get(name, name) if recorded is None else recorded, name)
    try:
        stat = path.stat()
        _check(str(path.resolve()), stat.st_size, stat.st_mtime_ns)
        return LoraFile(name, path, source, file_sha256(path), read_keys(path))
    except (ValueError, SafetensorError, OSError) as error:
        raise LoraError(
            f"lora={name!r} is not a readable safetensors file ({error}): only .safetensors is allowed; "
            "download it again or convert it."
        ) from None


def add_lora(
    place: str | Path, name: str | None = None, *, revision: str | None = None, weight_name: str | None = None
) -> LoraFile:
    """Give a LoRA a short name, for as long as the process lives; the same name again takes the new file.

    Parameters
    ----------
    place
        As in `find_lora`.
    name
        The name; left out, that of the file or repository.
    revision
        Branch, tag or commit of a repository.
    weight_name
        Which file of a folder or repository.

    Raises
    ------
    LoraError
        When there is no such file, or the name means another LoRA.
    """
    if not isinstance(place, (str, Path)):
        raise LoraError(f"place={brief(place)} is no place of a LoRA: give a path or a repository as 'owner/name'.")
    found = find_lora(_with(str(place), revision, weight_name))
    hub = hub_file(found.source)
    short = (found.path.stem if hub is None else hub.repository.partition("/")[2]) if name is None else name
    if not isinstance(short, str) or not short or MARK in short or short != Path(short).name or short == "..":
        raise LoraError(f"name={brief(short)} is no name for a LoRA: write a word such as 'ink', without / and {MARK}.")
    if short in bundled_loras() and find_lora(short).sha256 != found.sha256:
        raise LoraError(f"name={short!r} is the name of a bundled LoRA: give another one.")
    _ADDED[short] = found.source
    return find_lora(short)


def _with(place: str, revision: str | None, weight_name: str | None) -> str:
    hub = hub_file(place)
    if hub is not None and not (revision is None and _exists(place)):
        return str(HubFile(hub.repository, revision or hub.revision, weight_name or hub.file))
    if revision is not None:
        raise LoraError(
            f"revision={revision!r} has no effect on {_short(place)}, which is no repository: leave it out."
        )
    if weight_name is None:
        return place
    if not _is_folder(place):
        raise LoraError(
            f"weight_name={brief(weight_name)} has no effect on {_short(place)}, which is neither a folder nor a "
            "repository: leave it out."
        )
    return str(Path(place).expanduser() / weight_name)


def added_loras() -> tuple[str, ...]:
    """The names that `add_lora` gave, in their order."""
    return tuple(_ADDED)


@contextmanager
def as_recorded(places: Mapping[str, str]) -> Iterator[None]:
    """Let names mean the places that were recorded for them, in this thread."""
    token = _RECORDED.set(places)
    try:
        yield
    finally:
        _RECORDED.reset(token)


def _place(place: str, name: str) -> tuple[Path, str]:
    """A file, and where it comes from, for everything that `find_lora` takes; ``name`` is for the messages."""
    names = bundled_loras()
    for bundled in names:
        source = f"{BUNDLED}/{bundled}{SUFFIX}"
        if place in {bundled, source}:
            return package_path(source), source
    hub = hub_file(place)
    if hub is not None and (place.startswith(SCHEME) or not _exists(place)):
        path, hub = _fetched(hub)
        return path, str(hub)
    # Absolute, so that a recorded script finds the file from any folder.
    path = _path(place, name, (*_ADDED, *names)).absolute()
    return path, str(path)


@lru_cache(maxsize=256)
def _fetched(hub: HubFile) -> tuple[Path, HubFile]:
    """Asked once a process: a branch that moves meanwhile must not change what a name means."""
    return fetch(hub)


def _exists(place: str) -> bool:
    try:
        return Path(place).expanduser().exists()
    except (OSError, RuntimeError, ValueError):  # a name too long for a file, ~nobody, a NUL
        return False


def _is_folder(place: str) -> bool:
    return _exists(place) and Path(place).expanduser().is_dir()


def _path(place: str, name: str, names: tuple[str, ...]) -> Path:
    """The file of a name that is neither bundled nor in the hub."""
    path = Path(place)
    try:
        path = path.expanduser()
        if path.is_dir() and path.suffix != SUFFIX:
            path = _in_folder(path, name)
        found = path.is_file()
    except (OSError, RuntimeError):  # a name too long for a file, a folder that may not be entered, ~nobody
        found = False
    if path.suffix.lower() in PICKLES:
        raise LoraError(
            f"lora={_short(name)} is a pickle file, which can run any code when it is opened: only .safetensors is "
            "allowed; convert it on a machine you can lose, or ask its author for safetensors."
        )
    if not found:
        front, _, key = name.rpartition(MARK)
        if front in names:
            raise LoraError(f"lora={_short(name)} {no_part(key)}, as in '{front}{MARK}double'.")
        where = "" if place == name else f" at {_short(place)}"
        raise LoraError(
            f"lora={_short(name)} was found neither among the named LoRAs ({', '.join(names)}) nor as a file{where}:"
            f"{nearest(name, names)} Give one of these names or the path of a .safetensors file."
        )
    if path.suffix != SUFFIX:
        # diffusers opens a file of any other suffix as a pickle, whatever is in it.
        raise LoraError(
            f"lora={_short(name)} does not end in {SUFFIX}: only .safetensors is allowed; rename it if it is one."
        )
    return path


def _in_folder(folder: Path, name: str) -> Path:
    files = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX and path.is_file())
    if len(files) == 1:
        return files[0]
    listed = ", ".join(path.name for path in files[:8]) or "none"
    raise LoraError(
        f"lora={_short(name)} is a folder with {len(files)} {SUFFIX} files ({listed}): give the path of one of them."
    )


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
