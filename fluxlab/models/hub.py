"""Models of the Hugging Face hub: taken from its cache on this machine, downloaded where they are not there.

What is in the cache is used without asking the hub, so that a model stays the commit it was when it came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from fluxlab.errors import ModelError
from fluxlab.models.hub_reach import check_reachable

HUB_SCHEME = "hub:"
PAGES = "https://huggingface.co/"
#: ``owner/name``, and where wanted ``@`` and a branch, tag or commit.
NAME = re.compile(r"(?P<repo>[\w-][\w.-]{0,95}/[\w-][\w.-]{0,95})(?:@(?P<revision>[\w./-]{1,200}))?", re.ASCII)
#: What tells which model it is, before anything large is downloaded.
FACTS = (
    "model_index.json", "scheduler/scheduler_config.json", "tokenizer_2/tokenizer_config.json",
    "transformer/config.json", "vae/config.json",
)  # fmt: skip
CARD = "README.md"
_WEIGHTS = ("text_encoder", "text_encoder_2", "transformer", "vae")
_PARTS = (*_WEIGHTS, "scheduler", "tokenizer", "tokenizer_2")
#: Never a pickle, and not the same model once more in one file.
_KINDS = ("*.json", "*.safetensors", "*.txt", "*.model")
#: What this process has found already: a model is asked for once for every cell of a plan.
_FOUND: dict[tuple[str, str, str | None, bool, bool], Path] = {}
_VARIANTS = ("*.fp16.*", "*.fp16-*", "*.bf16.*", "*.bf16-*", "*/flax_model*")


def snapshot(
    model: str, repo: str, revision: str | None, *, facts_only: bool = False, transformer: bool = True
) -> Path:
    """The folder of a model in the cache, named by its commit; what is missing there is downloaded, with progress bars.

    Parameters
    ----------
    model
        Name of the model, for errors.
    repo
        ``owner/name``.
    revision
        Branch, tag or commit; ``None`` is the default branch as it was when it came.
    facts_only
        Only the small files of `FACTS` are needed.
    transformer
        Whether the weights of the transformer are needed.

    Raises
    ------
    ModelError
        When it can be had neither from the cache nor from the hub.
    """
    from huggingface_hub import constants, snapshot_download

    asked = (constants.HF_HUB_CACHE, repo, revision, facts_only, transformer)
    if asked in _FOUND and _FOUND[asked].is_dir():
        return _FOUND[asked]
    folder = local_snapshot(repo, revision)
    if folder is not None and (_has_facts(folder) if facts_only else is_whole(folder, transformer=transformer)):
        _FOUND[asked] = folder
        return folder
    parts = [part for part in _PARTS if transformer or part != "transformer"]
    whole = [CARD, *FACTS, *(f"{part}/{kind}" for part in parts for kind in _KINDS)]
    try:
        check_reachable()
        folder = Path(
            snapshot_download(
                repo,
                # A commit of which a part is here is completed, not replaced by a newer one.
                revision=revision if folder is None else folder.name,
                allow_patterns=[CARD, *FACTS] if facts_only else whole,
                ignore_patterns=list(_VARIANTS),
            )
        )
    except Exception as error:  # the hub's client raises its own, httpx's and the system's
        raise ModelError(_sentence(model, repo, revision, error)) from error
    if not facts_only and not is_whole(folder, transformer=transformer):
        if constants.HF_HUB_OFFLINE:
            raise ModelError(_offline(model, repo, "is only in part"))
        raise ModelError(
            f"model '{model}' is not whole on the hub or in the cache ('{folder}'): each part of a FluxPipeline needs "
            "its configuration and safetensors weights; try again with a network, or take another repository."
        )
    _FOUND[asked] = folder
    return folder


def local_snapshot(repo: str, revision: str | None) -> Path | None:
    """The folder of a model in the cache, whole or not, without asking the hub; ``None`` where there is nothing."""
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(repo, revision=revision, local_files_only=True))
    except (OSError, ValueError) as error:
        # Where the list of its files is known too, a part is an error that says where the part is.
        part = getattr(error, "snapshot_path", None)
        if part is None:
            return None
        folder = Path(part)
    return folder if (folder / "model_index.json").is_file() else None


def _has_facts(folder: Path) -> bool:
    return all((folder / fact).is_file() for fact in FACTS)


def is_whole(folder: Path, *, transformer: bool = True) -> bool:
    """Whether a snapshot has the weights of every part that its index names."""
    try:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
        parts = [part for part in _WEIGHTS if (index.get(part) or [None])[0] and (transformer or part != "transformer")]
        return all(_has_weights(folder / part) for part in parts)
    except (OSError, ValueError, AttributeError, TypeError):
        return False


def _has_weights(part: Path) -> bool:
    """Whether a part has its configuration and one file of weights, or all that its index of shards lists."""
    if not (part / "config.json").is_file():
        return False
    indexes = list(part.glob("*.safetensors.index.json"))
    if not indexes:
        return any(path.is_file() for path in part.glob("*.safetensors"))
    shards = {name for path in indexes for name in json.loads(path.read_text(encoding="utf-8"))["weight_map"].values()}
    return all((part / name).is_file() for name in shards)


def _sentence(model: str, repo: str, revision: str | None, error: Exception) -> str:
    """What went wrong, and what to do."""
    from huggingface_hub.errors import (
        GatedRepoError,
        LocalTokenNotFoundError,
        OfflineModeIsEnabled,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    chain = list(_chain(error))

    def is_a(kind: type[BaseException]) -> bool:
        return any(isinstance(each, kind) for each in chain)

    if is_a(GatedRepoError):
        return (
            f"model '{model}' is gated: accept its terms on {PAGES}{repo}, then log in with 'hf auth login' or set "
            "HF_TOKEN, and try again."
        )
    if is_a(OfflineModeIsEnabled):
        return _offline(model, repo, "is not")
    if is_a(RevisionNotFoundError):
        return (
            f"model '{model}' has no revision '{revision}': name a branch, a tag or a commit that is listed on "
            f"{PAGES}{repo}/commits/main."
        )
    if is_a(RepositoryNotFoundError) or is_a(LocalTokenNotFoundError):
        return (
            f"model '{model}' was not found on the hub as '{repo}': correct the name, or log in with 'hf auth login' "
            "if it is private."
        )
    reason = " ".join(str(chain[-1]).split())[:200] or type(chain[-1]).__name__
    return (
        f"model '{model}' is not in the cache of this machine and could not be downloaded from '{repo}' ({reason}): "
        "check the network and the room on the disk, and try again; what has come is kept."
    )


def _offline(model: str, repo: str, how: str) -> str:
    return (
        f"model '{model}' {how} in the cache of this machine, and HF_HUB_OFFLINE forbids to download it: unset "
        f"HF_HUB_OFFLINE, or bring it here with 'hf download {repo}'."
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what caused it."""
    at: BaseException | None = error
    while at is not None:
        yield at
        at = at.__cause__ or at.__context__
