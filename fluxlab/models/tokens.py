"""How many tokens a prompt has, before anything is loaded but the two tokenizers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fluxlab.models.files import folder_of, lineage
from fluxlab.models.quiet import quiet
from fluxlab.models.spec import get_spec
from fluxlab.models.table import is_here


@dataclass(frozen=True)
class TokenCounts:
    """Tokens of a prompt, start and end marks included.

    Parameters
    ----------
    clip, t5
        Tokens of CLIP, whose pooled vector steers the whole image, and of T5, which the image attends to.
    clip_max
        Tokens that CLIP reads, 77 for every FLUX.1.
    """

    clip: int
    t5: int
    clip_max: int


def count_tokens(model: str, prompt: str, prompt_2: str | None = None) -> TokenCounts | None:
    """Count the tokens of a prompt; ``None`` where the model's files are not on this machine.

    Parameters
    ----------
    model
        As in a recipe.
    prompt, prompt_2
        What CLIP reads, and what T5 reads where that is another text.

    Raises
    ------
    ModelError
        For an unknown model.
    """
    root = list(lineage(get_spec(model)))[-1]
    if not is_here(root):
        return None
    clip, t5 = _tokenizers(str(folder_of(root, transformer=False)))
    return TokenCounts(_count(clip, prompt), _count(t5, prompt_2 or prompt), int(clip.model_max_length))


@lru_cache(maxsize=8)
def _tokenizers(folder: str) -> tuple[Any, Any]:
    with quiet():
        from transformers import AutoTokenizer

        return (
            AutoTokenizer.from_pretrained(folder, subfolder="tokenizer"),
            AutoTokenizer.from_pretrained(folder, subfolder="tokenizer_2"),
        )


def _count(tokenizer: Any, text: str) -> int:
    return len(tokenizer(text, truncation=False, verbose=False).input_ids)
