"""LoRA files of the Hugging Face hub: taken from the local cache, downloaded where they are not in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from fluxlab.errors import LoraError
from fluxlab.models.hub_reach import check_reachable

SCHEME = "hub:"
SUFFIX = ".safetensors"
#: ``owner/name``, perhaps with ``@revision`` and then with ``/file``.
_PLACE = re.compile(r"(hub:)?([\w-][\w.-]*/[\w-][\w.-]*)(?:@([\w.-]+))?(?:/(.+\.safetensors))?")
_LISTED = 8


@dataclass(frozen=True)
class HubFile:
    """A file in a repository; ``revision`` is a branch, tag or commit, ``None`` the main branch.

    ``file`` may be ``None`` where the repository has one safetensors file only.
    """

    repository: str
    revision: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        revision = "" if self.revision is None else f"@{self.revision}"
        return f"{SCHEME}{self.repository}{revision}{'' if self.file is None else f'/{self.file}'}"


def hub_file(text: str) -> HubFile | None:
    """The place in the hub that a text names, such as ``hub:owner/name@main/style.safetensors`` or ``owner/name``."""
    found = _PLACE.fullmatch(text)
    if found is None or (found[1] is None and found[2].endswith(SUFFIX)):
        return None
    if found[1] is None and found[3] is None and found[4] is not None:
        return None  # folders and a file: a path
    return HubFile(found[2], found[3], found[4])


def fetch(place: HubFile) -> tuple[Path, HubFile]:
    """The file on this machine, and its place with the commit it belongs to.

    What the cache has is used as it is, so that the same words mean the same file and nothing needs a network.

    Raises
    ------
    LoraError
        When there is no such repository or file, it cannot be reached, or the file must be named.
    """
    from huggingface_hub import HfApi, hf_hub_download, snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        try:
            folder = Path(snapshot_download(place.repository, revision=place.revision, local_files_only=True))
            return _in_snapshot(folder, place)
        except (LocalEntryNotFoundError, FileNotFoundError):
            check_reachable()
            files = [] if place.file else HfApi().list_repo_files(place.repository, revision=place.revision)
            name = place.file or _only(place, [file for file in files if file.endswith(SUFFIX)])
            path = Path(hf_hub_download(place.repository, name, revision=place.revision))
            # snapshots/<commit>/<file>, the file's folders included
            return path, HubFile(place.repository, path.parents[name.count("/")].name, name)
    except LoraError:
        raise
    except OfflineModeIsEnabled:
        raise LoraError(
            f"lora='{place}' is not in the cache of the Hugging Face hub, and HF_HUB_OFFLINE forbids to download it: "
            "unset HF_HUB_OFFLINE, or download the file and give its path."
        ) from None
    except Exception as error:  # noqa: BLE001  (the hub, the network and the cache have errors of many families)
        reason = " ".join(str(error).split())[:200]
        raise LoraError(
            f"lora='{place}' is not in the cache of the Hugging Face hub and could not be downloaded "
            f"({type(error).__name__}: {reason}): check name and network, or download the file and give its path."
        ) from None


def _in_snapshot(folder: Path, place: HubFile) -> tuple[Path, HubFile]:
    """The file in a snapshot of the cache, which may lack files of the repository."""
    here = sorted(path.relative_to(folder).as_posix() for path in folder.rglob(f"*{SUFFIX}") if path.is_file())
    if place.file is None and not here:
        raise FileNotFoundError(f"no {SUFFIX} file in the cache")
    name = _only(place, here) if place.file is None else place.file
    if name not in here:
        raise FileNotFoundError(name)
    return folder / name, HubFile(place.repository, folder.name, name)


def _only(place: HubFile, files: list[str]) -> str:
    if len(files) == 1:
        return files[0]
    listed = ", ".join(files[:_LISTED]) + (", …" if len(files) > _LISTED else "") or "none"
    raise LoraError(
        f"lora='{place}' does not say which file is meant: name one of its {SUFFIX} files ({listed}), as in "
        f"'{SCHEME}{place.repository}/file{SUFFIX}'."
    )
