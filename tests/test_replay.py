"""An image is made again from its record: the same to the last bit, or it is said what is different."""

from dataclasses import replace

import pytest
from PIL import Image, PngImagePlugin

from fluxlab import Lab
from fluxlab.catalog import Generation, pixel_hash
from fluxlab.errors import CatalogError, LoraError

FAST = {"seed": 3, "steps": 1}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    return Lab(catalog=tmp_path_factory.mktemp("replay") / ".fluxlab")


MATRIX = {
    "plain": {},
    "guidance": {"guidance": 2},
    "no guidance set": {"guidance": None},
    "two steps": {"steps": 2},
    "size": {"width": 160, "height": 96},
    "lora": {"loras": {"pixel": 0.7}},
    "two loras": {"loras": {"pixel": 0.4, "ink": -0.3}},
    "lora of strength 0": {"loras": {"ink": 0}},
    "negative": {"negative_prompt": "a dog", "true_cfg_scale": 2},
    "prompt_2": {"prompt_2": "a star"},
    "tokens": {"max_sequence_length": 48},
    "karras": {"scheduler": "euler-karras", "steps": 2},
    "unipc": {"scheduler": "unipc", "steps": 2},
    "dpm": {"scheduler": "dpm++2m", "steps": 2},
    "largest seed": {"seed": 2**64 - 1},
}


@pytest.mark.parametrize("parameters", MATRIX.values(), ids=MATRIX)
def test_every_parameter_comes_back_bit_for_bit(lab, parameters):
    made = lab.generate("a cat on a red background", **{**FAST, **parameters})
    again = made.replay()
    assert again.same
    assert (again.largest, again.changed, again.differences) == (0, 0.0, ())
    assert pixel_hash(again.image) == made.pixel_hash
    assert "bit for bit" in str(again)


def test_a_replay_is_not_recorded(lab):
    made = lab.generate("a cat on a red background", **FAST)
    before = len(lab.catalog.df(status=None))
    assert lab.replay(made.uid[:8]).same
    assert len(lab.catalog.df(status=None)) == before


def test_what_is_not_as_it_was_is_named(lab):
    made = lab.generate("a cat on a blue background", **FAST)
    packages = {**made.environment["packages"], "torch": "1.0"}
    other = replace(made, environment={**made.environment, "packages": packages}, files={"model": "ff" * 32})
    again = lab.replay(other)
    assert again.same
    fields = {each.field: (each.then, each.now) for each in again.differences}
    assert set(fields) == {"environment.packages.torch", "files.model"}
    assert fields["environment.packages.torch"][0] == "1.0"
    assert "environment.packages.torch: 1.0 then" in str(again)
    assert again._repr_html_().startswith("<p>")


def test_other_pixels_are_measured(lab, tmp_path):
    made = lab.generate("a dog on a blue background", **FAST)
    picture = made.image
    before = picture.getpixel((5, 7))
    picture.putpixel((5, 7), (before[0], before[1], (before[2] + 100) % 256))
    picture.save(tmp_path / "changed.png")
    other = replace(made, path=tmp_path / "changed.png", file_hash=None, pixel_hash=pixel_hash(picture))
    again = other.replay()
    assert not again.same
    assert again.largest in {100, 156}
    assert again.changed == pytest.approx(1 / (128 * 128))
    assert "not the same image" in str(again)


def test_without_the_original_file_only_the_hash_is_compared(lab, tmp_path):
    made = lab.generate("a dog on a red background", **FAST)
    again = replace(made, path=tmp_path / "gone.png").replay()
    assert again.same
    assert (again.largest, again.changed) == (None, None)
    assert "the same image, bit for bit" in str(again)
    assert "Only hashes were compared: the image of generation" in str(again)
    assert "cannot be read at" in str(again)
    small = tmp_path / "small.png"
    Image.new("RGB", (16, 16)).save(small)
    again = replace(made, path=small, file_hash=None, pixel_hash="0" * 64).replay()
    assert not again.same
    assert "not the same image" in str(again)
    assert "the original file has 16x16 pixels in RGB, and the image made now 128x128" in str(again)


def test_what_cannot_be_made_again_is_a_sentence(lab, monkeypatch, tmp_path):
    made = lab.generate("a dog on a red background", **FAST)
    with pytest.raises(CatalogError, match="is 'failed', so there is nothing to compare with"):
        replace(made, pixel_hash=None, status="failed").replay()
    with pytest.raises(LoraError):
        replace(made, _recipe=made.recipe.replace(loras={"gone.safetensors": 1})).replay()
    monkeypatch.setattr(Generation, "replayer", None)
    with pytest.raises(CatalogError, match="from fluxlab import Lab"):
        made.replay()


LORA = {f"transformer.transformer_blocks.{block}.attn.to_q": (192, 192) for block in (0, 1)}


def in_a_new_process(monkeypatch):
    monkeypatch.setattr("fluxlab.models.loras._ADDED", {})


def test_a_short_name_of_another_process_is_found_by_its_place(lab, nano_lora, monkeypatch):
    lab.loras.add(nano_lora("mine.safetensors", LORA), name="mine")
    made = lab.generate("a cat on a red background", **FAST, loras={"mine": 0.7, "ink": 0.2, "mine@double.1": 0.5})
    in_a_new_process(monkeypatch)
    with pytest.raises(LoraError, match="lora='mine' was found neither"):
        lab.recipe("a cat", loras={"mine": 1})
    again = made.replay()
    assert again.same
    assert again.differences == ()
    with pytest.raises(LoraError):  # a replay gives no names
        lab.recipe("a cat", loras={"mine": 1})


def test_a_file_that_moved_is_found_by_its_hash(lab, nano_lora, tmp_path, monkeypatch):
    path = nano_lora("mine.safetensors", LORA)
    lab.loras.add(path, name="mine")
    made = lab.generate("a cat on a red background", **FAST, loras={"mine": 0.6})
    in_a_new_process(monkeypatch)
    moved = tmp_path / "elsewhere.safetensors"
    path.rename(moved)
    with pytest.raises(LoraError, match=r"lora='mine' of generation .* lab\.loras\.add\(path, name='mine'\)"):
        made.replay()
    lab.loras.add(moved, name="other")
    again = made.replay()
    assert again.same
    assert not again.differences


def test_a_name_that_means_another_file_by_now_does_not_mislead(lab, nano_lora):
    path = nano_lora("mine.safetensors", LORA)
    lab.loras.add(path, name="mine")
    made = lab.generate("a cat on a red background", **FAST, loras={"mine": 0.8})
    lab.loras.add(nano_lora("new.safetensors", LORA, seed=2), name="mine")
    assert made.replay().same
    path.unlink()
    again = made.replay()
    assert not again.same
    assert [difference.field for difference in again.differences if "files" in difference.field] == ["files.lora:mine"]


def test_a_lora_that_took_no_part_need_not_be_there(lab, nano_lora, monkeypatch):
    lab.loras.add(nano_lora("mine.safetensors", LORA), name="mine")
    made = lab.generate("a cat on a red background", seed=77, steps=1, loras={"mine": 0})
    in_a_new_process(monkeypatch)
    assert made.replay().same


def test_an_imported_image_has_no_recipe_to_replay(lab, tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a fox\nSteps: 4, Sampler: Euler, Seed: 1, Size: 32x24, Version: f2.0.1")
    Image.new("RGB", (32, 24), "teal").save(tmp_path / "fox.png", pnginfo=info)
    lab.catalog.import_images(tmp_path / "fox.png")
    uid = lab.catalog.df(source="forge").index[0]
    with pytest.raises(CatalogError, match="was imported from 'forge': no recipe is known"):
        lab.replay(uid)
