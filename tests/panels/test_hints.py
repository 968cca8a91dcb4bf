"""Hints before an image is made: each for what it is meant, and none for what is fine."""

import pytest

from fluxlab.models import TokenCounts
from fluxlab.panels.hints import Meter, hints, meters


@pytest.mark.parametrize(
    ("prompt", "sentence"),
    [
        ("a street with no cars", '"no cars" often draws cars'),
        ("a street without people at night", '"without people" often draws people'),
        ("a man without a hat", '"without a hat" often draws hat'),
        ("a (red:1.3) fox", "FLUX knows no such notation"),
        ("a fox <lora:ink:0.8>", "put LoRAs on a line lora:<name>"),
        ("  ", "An empty prompt"),
    ],
)
def test_what_the_model_reads_otherwise_is_said(prompt, sentence):
    (found,) = hints(["a fox", prompt], [])
    assert sentence in found


@pytest.mark.parametrize("prompt", ["a fox on a white background", "a casino", "Dr. No (1962)", "ratio 3:4 (portrait)"])
def test_plain_prompts_get_no_hint(prompt):
    assert hints([prompt], []) == []


def test_meters_show_the_longest_prompt_of_each_encoder():
    counts = [TokenCounts(clip=10, clip_max=77, t5=40), TokenCounts(clip=80, clip_max=77, t5=30)]
    clip, t5 = meters(counts, 32)
    assert (clip, clip.over) == (Meter("CLIP", 80, 77), 3)
    assert (t5, t5.over) == (Meter("T5", 40, 32), 8)
    through_t5, cut = hints(["a fox"], [clip, t5])
    assert "the last 3 of the longest prompt act only through T5" in through_t5
    assert "the last 8 of the longest prompt act only through CLIP" in cut


def test_what_no_encoder_reads_changes_nothing():
    (cut,) = hints(["a fox"], [Meter("CLIP", 70, 77), Meter("T5", 520, 512)])
    assert "the last 8 of the longest prompt change nothing" in cut


def test_what_fits_to_the_last_token_is_not_too_long():
    assert hints(["a fox"], [Meter("CLIP", 77, 77), Meter("T5", 512, 512)]) == []


def test_beside_a_prompt_for_t5_each_encoder_stands_alone():
    clip, t5 = hints(["a fox"], [Meter("CLIP", 80, 77), Meter("T5", 40, 32)], apart=True)
    assert "the last 3 of the longest prompt change nothing, for T5 reads prompt_2" in clip
    assert "the last 8 of the longest prompt_2 change nothing" in t5
