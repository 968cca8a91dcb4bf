"""The text encoders of nano: small T5 and CLIP with tokenizers of their own, taught to parse its captions.

FLUX takes its encoders ready-made and frozen. There is none this small, so ours are trained first. The pooled CLIP
vector must name the objects, sizes, places and background that a caption states, and so must every T5 token; the T5
tokens of a thing's own word must also name that thing with its size and place, as a large encoder's tokens do, so that
attention can bind each thing to its place. Then both are frozen.
"""

from __future__ import annotations

import math
import random
import re
import string
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  (the name that torch's own documentation uses)
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, T5Config, T5EncoderModel, T5Tokenizer

from fluxlab.train import world
from fluxlab.train.checkpoint import Checkpoint, pack, unpack

T5_TOKENS = 32
T5_TOKENS_MAX = 64
CLIP_TOKENS = 77
VOCABULARY = 1024
BATCH = 64
LEARNING_RATE = 2e-3
#: The values of each slot of `world.Scene.said`; index 0 means that the caption leaves it open.
SLOTS: tuple[tuple[str | None, ...], ...] = (
    (None, *world.NAMES), (None, *world.SIZE_NAMES), (None, *world.PLACES),
    (None, *world.NAMES), (None, *world.SIZE_NAMES), (None, *world.PLACES),
    (None, *world.COLOURS),
)  # fmt: skip


#: Share of the loss for what tokens say of the whole caption, beside what the words of things say of themselves.
WHOLE_WEIGHT = 0.3


def mentions(text: str, said: Sequence[str | None]) -> list[tuple[int, int]]:
    """Where a caption names its first and its second thing: half-open character ranges, (0, 0) where it does not."""
    spans: list[tuple[int, int]] = []
    for name in (said[0], said[3]):
        words = (name, *world.SYNONYMS.get(name, ())) if name else ()
        found = [m.span() for word in words for m in re.finditer(rf"\b{re.escape(word)}\b", text, re.IGNORECASE)]
        spans.append(max(found, key=lambda span: span[1] - span[0], default=(0, 0)))
    return spans


def caption(rng: random.Random) -> tuple[str, tuple[str | None, ...]]:
    """A training caption and what it states; now and then with an unknown word, or saying nothing at all."""
    roll = rng.random()
    if roll < 0.02:
        return "", (None,) * len(SLOTS)
    scene = world.sample(rng)
    text = scene.caption
    if roll < 0.06:
        word = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 9)))
        text = f"{word} {text}" if rng.random() < 0.5 else f"{text}, {word}"
    return text, scene.said


def _corpus(count: int = 20_000) -> Iterator[str]:
    rng = random.Random(5)
    for _ in range(count):
        yield caption(rng)[0]
    for letter in string.printable:
        yield f"{letter} {letter}"


def train_tokenizers(folder: Path) -> tuple[CLIPTokenizer, T5Tokenizer]:
    """Learn both vocabularies from captions and save them under ``folder``; load them where they are there already."""
    clip_path, t5_path = folder / "tokenizer", folder / "tokenizer_2"
    if not (clip_path.is_dir() and t5_path.is_dir()):
        clip = CLIPTokenizer().train_new_from_iterator(_corpus(), VOCABULARY)
        clip.model_max_length = CLIP_TOKENS
        clip.save_pretrained(clip_path)
        t5 = T5Tokenizer(extra_ids=0).train_new_from_iterator(_corpus(), VOCABULARY)
        t5.model_max_length = T5_TOKENS_MAX
        t5.save_pretrained(t5_path)
    return CLIPTokenizer.from_pretrained(clip_path), T5Tokenizer.from_pretrained(t5_path)


class TextEncoders(nn.Module):
    """Both encoders with their tokenizers, and the parsing heads that teach them.

    Parameters
    ----------
    folder
        Where the tokenizers are kept.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.clip_tokenizer, self.t5_tokenizer = train_tokenizers(folder)
        clip = self.clip_tokenizer
        self.clip = CLIPTextModel(
            CLIPTextConfig(
                vocab_size=len(clip), hidden_size=128, intermediate_size=512, num_hidden_layers=3,
                num_attention_heads=4, max_position_embeddings=CLIP_TOKENS, bos_token_id=clip.bos_token_id,
                eos_token_id=clip.eos_token_id, pad_token_id=clip.pad_token_id, projection_dim=128,
            )
        )  # fmt: skip
        t5 = self.t5_tokenizer
        self.t5 = T5EncoderModel(
            T5Config(
                vocab_size=len(t5), d_model=192, d_kv=48, d_ff=384, num_layers=3, num_heads=4, dropout_rate=0.0,
                feed_forward_proj="gated-gelu", pad_token_id=t5.pad_token_id, eos_token_id=t5.eos_token_id,
                relative_attention_num_buckets=16, relative_attention_max_distance=48,
            )
        )  # fmt: skip
        self._look_around()
        self.clip_heads = nn.ModuleList(nn.Linear(128, len(slot)) for slot in SLOTS)
        self.t5_heads = nn.ModuleList(nn.Linear(192, len(slot)) for slot in SLOTS)
        self.thing_heads = nn.ModuleList(nn.Linear(192, len(slot)) for slot in SLOTS[:3])

    def _look_around(self) -> None:
        """Begin with heads that look back, ahead, at all before and at all around.

        From T5's usual small random bias this encoder never learned the order of words: "a cat left of a dog" and "a
        dog left of a cat" came out the same, up to the order of their tokens.
        """
        bias = self.t5.encoder.block[0].layer[0].SelfAttention.relative_attention_bias.weight
        half = self.t5.config.relative_attention_num_buckets // 2
        with torch.no_grad():
            bias.zero_()
            near = -torch.arange(half, dtype=bias.dtype)
            # T5's second half of buckets is for what comes after.
            bias[:half, 0], bias[half:, 0] = near, -4.0
            bias[:half, 1], bias[half:, 1] = -4.0, near
            bias[half:, 2] = -4.0

    def encode(self, texts: list[str], tokens: int = T5_TOKENS) -> tuple[torch.Tensor, torch.Tensor]:
        """Embeddings as `FluxPipeline` makes them: T5 of shape (n, tokens, 192) and pooled CLIP of shape (n, 128)."""
        options = {"truncation": True, "return_tensors": "pt"}
        t5 = self.t5_tokenizer(texts, max_length=tokens, padding="max_length", **options).input_ids
        # CLIP is causal and pooled at the end of text, so that padding to 77 would change nothing but the time.
        clip = self.clip_tokenizer(texts, max_length=CLIP_TOKENS, padding="longest", **options).input_ids
        return (
            cast("torch.Tensor", self.t5(t5)[0]),
            cast("torch.Tensor", self.clip(clip).pooler_output),
        )

    def owners(self, texts: list[str], said: Sequence[Sequence[str | None]], tokens: int) -> torch.Tensor:
        """Which thing each T5 token names, shape (n, tokens): 0 the first, 1 the second, -1 none."""
        out = torch.full((len(texts), tokens), -1)
        found = self.t5_tokenizer(texts, max_length=tokens, truncation=True, return_offsets_mapping=True)
        for row, (text, states) in enumerate(zip(texts, said, strict=True)):
            for thing, (start, end) in enumerate(mentions(text, states)):
                for token, (first, last) in enumerate(found["offset_mapping"][row]):
                    if max(start, first) < min(end, last):
                        out[row, token] = thing
        return out

    def loss(self, texts: list[str], said: Sequence[Sequence[str | None]], tokens: int) -> tuple[torch.Tensor, float]:
        """The parsing loss of a batch, and the share of captions that both encoders parse without a mistake."""
        with torch.autocast("cpu", torch.bfloat16):
            t5, clip = self.encode(texts, tokens)
        t5, clip = t5.float(), clip.float()
        owner = self.owners(texts, said, tokens)
        row, column = torch.nonzero(owner >= 0, as_tuple=True)
        own = t5[row, column]
        right = torch.ones(len(texts), dtype=torch.bool)
        total = torch.zeros(())
        for i, slot in enumerate(SLOTS):
            labels = torch.tensor([slot.index(states[i]) for states in said])
            per_token, pooled = self.t5_heads[i](t5), self.clip_heads[i](clip)
            total = total + F.cross_entropy(pooled, labels)
            total = total + WHOLE_WEIGHT * F.cross_entropy(per_token.flatten(0, 1), labels.repeat_interleave(tokens))
            right &= pooled.argmax(-1) == labels
        for i, head in enumerate(self.thing_heads):
            named = torch.tensor([[SLOTS[i].index(states[i]), SLOTS[i].index(states[i + 3])] for states in said])
            labels = named[row, owner[row, column]]
            told = head(own)
            total = total + F.cross_entropy(told, labels)
            right[row[told.argmax(-1) != labels]] = False
        return total, float(right.float().mean())


def train(folder: Path, steps: int, *, seconds: float = math.inf) -> TextEncoders:
    """Train, or go on training, until ``steps`` or ``seconds`` are used up; returns frozen encoders."""
    stage = Checkpoint(folder, "text")
    torch.manual_seed(3)
    model = TextEncoders(folder)
    done = 0
    if found := stage.load():
        tensors, progress = found
        model.load_state_dict(unpack("model", tensors), strict=False)
        done = progress["step"]
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.01)
    rng = random.Random(done + 29)
    started = time.monotonic()
    while done < steps and time.monotonic() - started < seconds:
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, (done + 1) / 100) * (0.02 + 0.98 * (1 - done / steps))
        drawn = [caption(rng) for _ in range(BATCH)]
        tokens = T5_TOKENS_MAX if done % 8 == 7 else T5_TOKENS
        loss, right = model.loss([text for text, _ in drawn], [said for _, said in drawn], tokens)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        done += 1
        if done % 50 == 0:
            print(f"text step {done}/{steps} loss {float(loss.detach()):.3f} captions parsed {right:.3f}", flush=True)
    stage.save(pack("model", model.state_dict()), {"step": done})
    return model.eval().requires_grad_(False)
