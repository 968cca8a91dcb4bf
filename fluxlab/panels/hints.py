"""What there is to say of a prompt before an image is made: what the model will not read, or read otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fluxlab.models import TokenCounts

#: A word after "no" that people write to keep something out.
_NO = re.compile(r"\b(no|without|not any)\s+(?:(?:an?|the|any)\s+)?([a-z][a-z-]+)", re.IGNORECASE)
_WEIGHT = re.compile(r"\([^()]{1,80}:\s*\d+(?:\.\d+)?\s*\)")
_LORA = re.compile(r"<lora:[^>]{1,80}>", re.IGNORECASE)


@dataclass(frozen=True)
class Meter:
    """Tokens of the longest of several prompts against what an encoder reads.

    Parameters
    ----------
    encoder
        ``"CLIP"`` or ``"T5"``.
    tokens, most
        How many the longest prompt has, and how many are read.
    """

    encoder: str
    tokens: int
    most: int

    @property
    def over(self) -> int:
        """Tokens that are not read."""
        return max(0, self.tokens - self.most)


def meters(counts: Sequence[TokenCounts], t5_max: int) -> list[Meter]:
    """The meters of several prompts.

    Parameters
    ----------
    counts
        Of each prompt; at least one.
    t5_max
        The recipe's ``max_sequence_length``.
    """
    return [
        Meter("CLIP", max(each.clip for each in counts), counts[0].clip_max),
        Meter("T5", max(each.t5 for each in counts), t5_max),
    ]


def hints(prompts: Sequence[str], found: Sequence[Meter], *, apart: bool = False) -> list[str]:
    """Sentences about prompts.

    Parameters
    ----------
    prompts
        As the model gets them.
    found
        From `meters`; empty where tokens cannot be counted.
    apart
        Whether T5 reads ``prompt_2``, so that nothing else reads what CLIP leaves.
    """
    out = []
    clip = max((meter.most for meter in found if meter.encoder == "CLIP"), default=0)
    for meter in found:
        if meter.over and meter.encoder == "CLIP":
            act = "change nothing, for T5 reads prompt_2" if apart else "act only through T5"
            out.append(f"CLIP reads {meter.most} tokens: the last {meter.over} of the longest prompt {act}.")
        elif meter.over:
            # CLIP may read on where T5 has stopped: a model may take fewer tokens than CLIP's 77.
            act = "act only through CLIP, as far as it reads" if meter.most < clip and not apart else "change nothing"
            read = f"T5 reads {meter.most} tokens (max_sequence_length)"
            out.append(f"{read}: the last {meter.over} of the longest {'prompt_2' if apart else 'prompt'} {act}.")
    if any(not prompt.strip() for prompt in prompts):
        out.append("An empty prompt lets the model draw what it likes.")
    named = next((match for prompt in prompts for match in _NO.finditer(prompt)), None)
    if named is not None:
        out.append(
            f'"{named[0]}" often draws {named[2]}: FLUX reads what is named, not that it is to be left out. Describe '
            "what is there instead, or use negative_prompt with true_cfg_scale above 1."
        )
    if any(_WEIGHT.search(prompt) for prompt in prompts):
        out.append("Weights such as (word:1.3) are read as plain text: FLUX knows no such notation.")
    if any(_LORA.search(prompt) for prompt in prompts):
        out.append("<lora:…> in a prompt is read as plain text: put LoRAs on a line lora:<name>.")
    return out
