"""Prompt encoding, once for each distinct prompt, under ``no_grad``.

Outside ``no_grad`` T5 takes another code path and gives other embeddings, and they would carry a graph.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fluxlab.engine.adapters import encoder_state

if TYPE_CHECKING:
    import torch

    from fluxlab.models import Loaded
    from fluxlab.recipe import Recipe

CAPACITY = 256


@dataclass(frozen=True)
class Encoded:
    """Embeddings of one prompt: ``prompt`` of shape (1, tokens, dim), ``pooled`` of shape (1, dim).

    ``truncated`` names the encoders (``"clip"``, ``"t5"``) that could not read the whole text.
    """

    prompt: torch.Tensor
    pooled: torch.Tensor
    truncated: tuple[str, ...] = ()

    def on(self, device: str) -> Encoded:
        """The same on a device."""
        return Encoded(self.prompt.to(device), self.pooled.to(device), self.truncated)


class PromptCache:
    """The most recent encodings of one pipeline.

    The key holds everything the embeddings depend on: both prompts, the T5 length and the LoRAs that act on the text
    encoders; steps, size and guidance are not among it.
    """

    def __init__(self, loaded: Loaded) -> None:
        self._loaded = loaded
        self._kept: OrderedDict[tuple[object, ...], Encoded] = OrderedDict()
        self._capacity = CAPACITY
        #: Seconds of encodings made ahead, until the first image that uses one takes them on its account.
        self._ahead: dict[tuple[object, ...], float] = {}
        self.encodings = 0

    def prepare(self, recipes: Iterable[Recipe]) -> None:
        """Encode the prompts of many recipes ahead, without LoRAs.

        A recipe whose LoRAs act on the text encoder is encoded again when its turn comes. The caller holds the
        pipeline's lock and has switched LoRAs off.
        """
        texts = {text for recipe in recipes for text in _texts(recipe)}
        self._capacity = max(CAPACITY, 2 * len(texts))
        for text in sorted(texts, key=repr):
            started = time.perf_counter()
            before = self.encodings
            self._one(*text)
            if self.encodings > before:
                self._ahead[self._key(*text)] = time.perf_counter() - started

    def encode(self, recipe: Recipe) -> tuple[Encoded, Encoded | None, float]:
        """Encodings of the prompt and of the negative prompt, and the seconds they took.

        The caller holds the pipeline's lock and has set the recipe's LoRAs.
        """
        started = time.perf_counter()
        texts = _texts(recipe)
        made = [self._one(*text).on(self._loaded.plan.device) for text in texts]
        ahead = sum(self._ahead.pop(self._key(*text), 0.0) for text in texts)
        return made[0], made[1] if len(made) > 1 else None, time.perf_counter() - started + ahead

    def _key(self, prompt: str, prompt_2: str | None, tokens: int) -> tuple[object, ...]:
        return (prompt, prompt_2, tokens, encoder_state(self._loaded.pipe))

    def _one(self, prompt: str, prompt_2: str | None, tokens: int) -> Encoded:
        import torch

        key = self._key(prompt, prompt_2, tokens)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._loaded.turn("encode")
        with torch.no_grad():
            embeds, pooled, _ = self._loaded.pipe.encode_prompt(
                prompt=prompt, prompt_2=prompt_2, max_sequence_length=tokens
            )
        self.encodings += 1
        # In the host's memory: on the device a thousand prompts would take gigabytes.
        self._kept[key] = Encoded(embeds.cpu(), pooled.cpu(), self._truncated(prompt, prompt_2, tokens))
        while len(self._kept) > self._capacity:
            self._kept.popitem(last=False)
        return self._kept[key]

    def _truncated(self, prompt: str, prompt_2: str | None, tokens: int) -> tuple[str, ...]:
        """Counted here, because the pipeline's own warning looks at the wrong length for T5."""
        pipe = self._loaded.pipe
        limits = {
            "clip": (pipe.tokenizer, prompt, pipe.tokenizer_max_length),
            "t5": (pipe.tokenizer_2, prompt_2 or prompt, tokens),
        }
        return tuple(
            name
            for name, (tokenizer, text, limit) in limits.items()
            if len(tokenizer(text, truncation=False, verbose=False).input_ids) > limit
        )


def _texts(recipe: Recipe) -> list[tuple[str, str | None, int]]:
    """What the encoders see of a recipe: its prompt, then its negative prompt where it has one."""
    texts: list[tuple[str, str | None, int]] = [(recipe.prompt, recipe.prompt_2, recipe.max_sequence_length)]
    if recipe.negative_prompt is not None:
        texts.append((recipe.negative_prompt, None, recipe.max_sequence_length))
    return texts
