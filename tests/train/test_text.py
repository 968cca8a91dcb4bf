"""nano's tokenizers and text encoders."""

import random
import shutil

import pytest
import torch

from fluxlab.train import text, world
from fluxlab.train.checkpoint import Checkpoint


def test_both_tokenizers_keep_the_captions_apart(vocabularies):
    clip, t5 = text.train_tokenizers(vocabularies)
    for tokenizer in (clip, t5):
        ids = {tuple(tokenizer(f"a {name}").input_ids) for name in world.NAMES}
        assert len(ids) == len(world.NAMES)
        assert len(tokenizer) <= text.VOCABULARY + 300
    assert (clip.model_max_length, t5.model_max_length) == (77, 64)


def test_vocabularies_that_are_there_are_kept(vocabularies, monkeypatch):
    def never():
        raise AssertionError("learned again")

    monkeypatch.setattr(text, "_corpus", never)
    first, again = (text.train_tokenizers(vocabularies)[1] for _ in range(2))
    assert first.get_vocab() == again.get_vocab()


@pytest.mark.parametrize("tokens", [16, 32, 64])
def test_embeddings_have_the_shapes_of_the_pipeline(encoders, tokens):
    t5, clip = encoders.encode(["a cat on a red background", ""], tokens)
    assert t5.shape == (2, tokens, 192)
    assert clip.shape == (2, 128)
    assert t5.isfinite().all()
    assert clip.isfinite().all()


def test_captions_are_told_apart(encoders):
    t5, clip = encoders.encode(["a cat", "a dog", "a cat"])
    assert torch.equal(t5[0], t5[2])
    assert not torch.allclose(t5[0], t5[1])
    assert not torch.allclose(clip[0], clip[1])


def test_t5_knows_the_order_of_words_before_it_has_learned_anything(encoders):
    one, other = encoders.encode(["a cat left of a dog", "a dog left of a cat"])[0]
    cat = [encoders.t5_tokenizer(words).input_ids.index(encoders.t5_tokenizer("cat").input_ids[0])
           for words in ("a cat left of a dog", "a dog left of a cat")]  # fmt: skip
    assert cat[0] != cat[1]
    assert (one[cat[0]] - other[cat[1]]).norm() > 0.1 * one[cat[0]].norm()


@pytest.mark.parametrize(
    ("caption", "said", "words"),
    [
        ("A cat left of a dog", ("cat", "dog"), ["cat", "dog"]),
        ("a doughnut on a carrot", ("carrot", "donut"), ["carrot", "doughnut"]),
        ("a slice of pizza, red background", ("pizza", None), ["slice of pizza", ""]),
        ("red", (None, None), ["", ""]),
    ],
)
def test_a_caption_is_searched_for_its_things(caption, said, words):
    spans = text.mentions(caption, (said[0], None, None, said[1], None, None, None))
    assert [caption[start:end] for start, end in spans] == words


@pytest.mark.parametrize(
    "prompt",
    ["xyzzy", "Straße 東京 кот 🐱", "\n\t", "a" * 5000, "cat " * 500, "<|endoftext|></s><pad>", "e\u0301\u200b\x00"],
    ids=["unknown", "scripts", "blank", "long word", "many words", "special", "odd"],
)
def test_any_text_is_encoded(encoders, prompt):
    t5, clip = encoders.encode([prompt])
    assert t5.shape == (1, 32, 192)
    assert t5.isfinite().all()
    assert clip.isfinite().all()


def test_what_a_caption_says_has_its_place_among_the_slots():
    rng = random.Random(0)
    drawn = [text.caption(rng) for _ in range(400)]
    for _, said in drawn:
        assert len(said) == len(text.SLOTS)
        for slot, value in zip(text.SLOTS, said, strict=True):
            assert value in slot
    assert ("", (None,) * len(text.SLOTS)) in drawn


def test_training_goes_on_where_it_stopped(vocabularies, tmp_path, monkeypatch):
    monkeypatch.setattr(text, "BATCH", 3)
    for name in ("tokenizer", "tokenizer_2"):
        shutil.copytree(vocabularies / name, tmp_path / name)
    text.train(tmp_path, 2)
    first, progress = Checkpoint(tmp_path, "text").load()
    assert progress == {"step": 2}
    model = text.train(tmp_path, 3)
    second, progress = Checkpoint(tmp_path, "text").load()
    assert progress == {"step": 3}
    assert not any(parameter.requires_grad for parameter in model.parameters())
    change = max((first[key] - second[key]).abs().max() for key in first)
    assert 0 < change < 0.1  # a step from there, not a start from nothing
    assert text.train(tmp_path, 3, seconds=0).t5.training is False
