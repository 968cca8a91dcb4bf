"""The text encoders of nano: small T5 and CLIP with tokenizers of their own, taught to parse its captions.

FLUX takes its encoders ready-made and frozen. There is none this small, so ours are trained first: every T5 token and
the pooled CLIP vector must name the objects, sizes, places and background that a caption states. Then they are frozen.
"""

from __future__ import annotations

import math
import random
import string
import time
from collections.abc import Iterator
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
        self.clip_heads = nn.ModuleList(nn.Linear(128, len(slot)) for slot in SLOTS)
        self.t5_heads = nn.ModuleList(nn.Linear(192, len(slot)) for slot in SLOTS)

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
        with torch.autocast("cpu", torch.bfloat16):
            t5, clip = model.encode([text for text, _ in drawn], tokens)
        t5, clip = t5.float(), clip.float()
        loss = torch.zeros(())
        hits = []
        for i, slot in enumerate(SLOTS):
            labels = torch.tensor([slot.index(said[i]) for _, said in drawn])
            per_token = model.t5_heads[i](t5)
            pooled = model.clip_heads[i](clip)
            loss = loss + F.cross_entropy(per_token.flatten(0, 1), labels.repeat_interleave(tokens))
            loss = loss + F.cross_entropy(pooled, labels)
            hits.append((pooled.argmax(-1) == labels) & (per_token.mean(1).argmax(-1) == labels))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        done += 1
        if done % 50 == 0:
            right = torch.stack(hits).all(0).float().mean()
            print(
                f"text step {done}/{steps} loss {float(loss.detach()):.3f} captions parsed {float(right):.3f}",
                flush=True,
            )
    stage.save(pack("model", model.state_dict()), {"step": done})
    return model.eval().requires_grad_(False)
