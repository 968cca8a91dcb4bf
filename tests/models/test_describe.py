"""Local folders that nobody registered: what is read from them, and how what is no model is refused."""

import shutil

import pytest

from fluxlab import Lab
from fluxlab.errors import ModelError
from fluxlab.models import complete, get_spec, load, model_rows

from .conftest import edit


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "tune"
    shutil.copytree(get_spec("nano").folder, copy)
    return copy


def refusal(name):
    with pytest.raises(ModelError) as caught:
        get_spec(str(name))
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 600
    return message


def test_a_copy_of_nano_has_what_nano_has(folder):
    spec, nano = get_spec(str(folder)), get_spec("nano")
    assert spec.licence.lower() == nano.licence.lower()
    for field in ("dtype", "guidance_embeds", "max_tokens", "guidance", "width", "height", "base", "true_cfg"):
        assert getattr(spec, field) == getattr(nano, field), field
    assert spec.source == str(folder)
    assert load(str(folder)).sha256 == load("nano").sha256


def test_a_model_without_guidance_is_recognised(schnell_folder):
    spec = get_spec(str(schnell_folder))
    assert (spec.guidance_embeds, spec.guidance, spec.steps) == (False, None, 4)
    with pytest.raises(ModelError, match=r"guidance=3\.5 has no effect on model"):
        complete({"model": str(schnell_folder), "prompt": "a cat", "seed": 1, "guidance": 3.5})


def test_flux_sizes_are_recognised(folder):
    edit(folder / "transformer" / "config.json", num_attention_heads=24, attention_head_dim=128)
    edit(folder / "tokenizer_2" / "tokenizer_config.json", model_max_length=512)
    edit(folder / "vae" / "config.json", sample_size=1024)
    spec = get_spec(str(folder))
    assert (spec.dtype, spec.max_tokens, spec.width) == ("bfloat16", 512, 1024)
    edit(folder / "transformer" / "config.json", guidance_embeds=False)
    assert get_spec(str(folder)).max_tokens == 256


def test_a_folder_is_found_from_where_one_stands(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    lab = Lab("tune", catalog=tmp_path / "catalog")
    made = lab.generate("a cat on a red background", seed=1, steps=1)
    assert made.recipe.model == "tune"
    assert made.pipeline["source"] == str(folder)
    assert made.pixel_hash == Lab(catalog=tmp_path / "other").generate("a cat on a red background", seed=1, steps=1,
                                                                      max_sequence_length=64).pixel_hash  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: (f / "model_index.json").unlink(), "'model_index.json' is not there"),
        (lambda f: (f / "model_index.json").write_text("{"), "'model_index.json' cannot be read"),
        (lambda f: (f / "model_index.json").write_text("[]"), "is no JSON object"),
        (lambda f: edit(f / "model_index.json", _class_name="Flux2Pipeline"), "is a 'Flux2Pipeline'"),
        (lambda f: (f / "vae" / "config.json").unlink(), "'vae/config.json' is not there"),
        (lambda f: edit(f / "transformer" / "config.json", in_channels=384), "takes 384 channels instead of 64"),
    ],
)
def test_folders_that_are_no_model(folder, change, said):
    change(folder)
    assert said in refusal(folder)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "~nobody-of-this-name/x", "a/b/c/d", "..", "", "a b/c"])
def test_names_that_are_nothing(name):
    message = refusal(name)
    assert message.startswith("model=")
    assert "FLUX.1-dev, FLUX.1-schnell, nano, nano-schnell" in message


def test_true_guidance_is_refused_where_the_model_takes_none(add_model):
    add_model("bare", true_cfg=False)
    values = {"model": "bare", "prompt": "a cat", "seed": 1, "negative_prompt": "a dog", "true_cfg_scale": 2.0}
    with pytest.raises(ModelError, match="true_cfg_scale=2 has no effect on model 'bare'"):
        complete(values)
    assert complete({**values, "model": "nano"}).true_cfg_scale == 2


def test_schnell_takes_256_tokens_and_no_guidance():
    values = {"model": "black-forest-labs/FLUX.1-schnell", "prompt": "a cat", "seed": 1}
    recipe = complete(values)
    assert recipe.model == "FLUX.1-schnell"
    assert (recipe.steps, recipe.guidance, recipe.max_sequence_length, recipe.width) == (4, None, 256, 1024)
    with pytest.raises(ModelError, match="guidance=3 has no effect"):
        complete({**values, "guidance": 3})
    with pytest.raises(ValueError, match=r"=512 is too long for model 'FLUX\.1-schnell': use 1 to 256"):
        complete({**values, "max_sequence_length": 512})


def test_the_table_says_what_is_here_and_on_which_terms(cached, schnell_folder):
    rows = {row["model"]: row for row in model_rows()}
    assert rows["nano"]["here"]
    assert rows["nano-schnell"]["here"]
    assert not rows["FLUX.1-schnell"]["here"]
    assert (rows["FLUX.1-schnell"]["licence"], rows["FLUX.1-schnell"]["gated"]) == ("Apache-2.0", True)
    assert "Non-Commercial" in rows["FLUX.1-dev"]["licence"]
    assert (rows["FLUX.1-Krea-dev"]["guidance"], rows["FLUX.1-dev"]["guidance"]) == (4.5, 3.5)
    cached("black-forest-labs/FLUX.1-schnell", schnell_folder)
    assert Lab.models().loc["FLUX.1-schnell", "here"]
    assert set(Lab.models()["true_cfg"]) == {get_spec(name).true_cfg for name in rows}
    assert Lab.models().loc["nano", "revision"] is None
    assert not Lab.models().loc["FLUX.1-dev", "here"]
