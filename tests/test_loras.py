"""`lab.loras`: what is known of each LoRA, and how one gets a name."""

from pathlib import Path

import pytest

from fluxlab import Lab, Sweep
from fluxlab.errors import LoraError
from fluxlab.models import find_lora, load, loading

SHAPES = {f"transformer.transformer_blocks.{block}.attn.to_q": (192, 192) for block in (0, 1)}


@pytest.fixture
def lab(home):
    return Lab(catalog=home)


def test_the_bundled_loras_are_there_from_the_start(lab):
    assert lab.loras.names() == ("ink", "pixel")
    assert "ink" in lab.loras
    assert len(lab.loras) == 2
    ink = lab.loras["ink"]
    assert (ink.name, ink.source) == ("ink", "package:fluxlab/models/loras/ink.safetensors")
    assert (ink.format, ink.ranks, ink.targets, ink.components) == ("diffusers", (16,), 33, {"transformer": 33})
    assert ink.acts_on == "double.0-1, single.0-3, transformer (rest)"
    assert ink.size == find_lora("ink").path.stat().st_size


def test_modules_are_matched_once_the_model_is_there(lab, nano_lora, monkeypatch):
    lab.loras.add(nano_lora("mine.safetensors", {**SHAPES, "transformer.nowhere": (192, 192)}))
    monkeypatch.setattr(loading, "_LOADED", {})
    assert [info.matched for info in lab.loras] == [None, None, None]
    load("nano")
    assert [(info.matched, info.targets) for info in lab.loras] == [(33, 33), (33, 33), (2, 3)]
    assert "2 of 3 match" in repr(lab.loras)
    with pytest.warns(UserWarning, match="2 of its 3 modules match"):
        lab.generate("an owl", seed=1, steps=1, loras={"mine": 1})
    assert lab.loras["mine"].matched == 2


def test_an_added_lora_is_used_by_its_name(lab, nano_lora):
    path = nano_lora("mine.safetensors", SHAPES)
    info = lab.loras.add(path, name="mine")
    assert (info.source, info.ranks, info.acts_on) == (str(path), (2,), "double.0-1")
    made = lab.generate("an owl", seed=1, steps=1, loras={"mine": 0.5, "mine@double.1": 0})
    assert made.pipeline["loras"] == {"mine": {"source": str(path)}}
    assert made.effective["loras"]["mine"]["parts"] == {"double.0": [0.5], "double.1": [0.0]}
    grid = lab.run(Sweep("an owl", seed=1, steps=1, lora=["mine", "ink"], strength=[0, 1]), progress=False)
    assert [cell.status for cell in grid.cells] == ["ok"] * 4


def test_the_table_escapes_and_says_what_is_gone(lab, nano_lora):
    path = nano_lora("a<b>.safetensors", SHAPES, alpha=4)
    lab.loras.add(path)
    html = lab.loras._repr_html_()
    assert "a&lt;b&gt;" in html
    assert "<b>" not in html
    assert "LoRAs, counted on &#x27;nano&#x27;" in html
    line = next(line for line in repr(lab.loras).splitlines() if line.startswith("a<b>"))
    assert "rank 2, alpha 4" in line
    assert lab.loras.df().loc["a<b>", "sha256"] == find_lora(str(path)).sha256
    Path(path).unlink()
    assert "was found neither" in repr(lab.loras)
    assert list(lab.loras.df().index) == ["ink", "pixel"]
    with pytest.raises(LoraError, match="was found neither"):
        lab.loras["a<b>"]


def test_what_is_no_lora_is_refused(lab, tmp_path):
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(b"nothing")
    for place in (bad, tmp_path / "none.safetensors", "nobody/none"):
        with pytest.raises(LoraError):
            lab.loras.add(place, name="mine")
    assert "mine" not in lab.loras
    with pytest.raises(LoraError, match=r"Did you mean 'pixel'\?"):
        lab.loras["pixl"]


def test_looking_does_not_wait_for_an_image(lab):
    import threading

    load("nano")
    seen = []
    with load("nano").lock:
        thread = threading.Thread(target=lambda: seen.append(lab.loras["ink"].matched))
        thread.start()
        thread.join(60)
    assert seen == [None]
