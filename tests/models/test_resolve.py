"""From partial values to recipes, and from recipes to content keys."""

import itertools
import shutil
from pathlib import Path

import pytest

from fluxlab.errors import LoraError, ModelError, RecipeError
from fluxlab.models import Resolver, complete, effective, find_lora, get_spec, resolve

CAT = {"prompt": "a cat", "seed": 1}


def key(**values):
    return Resolver().key(complete({**CAT, **values}))


def test_defaults_of_the_model_are_filled_in():
    recipe, spec = complete(CAT), get_spec("nano")
    assert (recipe.model, recipe.steps, recipe.guidance) == ("nano", spec.steps, spec.guidance)
    assert (recipe.width, recipe.height) == (spec.width, spec.height)
    assert recipe.max_sequence_length == spec.max_sequence_length


def test_none_stands_for_the_default():
    nothing = dict.fromkeys(["model", "steps", "guidance", "width", "max_sequence_length", "prompt_2"])
    assert complete({**CAT, **nothing}) == complete(CAT)


def test_what_is_given_wins_over_defaults():
    recipe = complete({**CAT, "steps": 3, "guidance": 1, "width": 64, "max_sequence_length": 48})
    assert (recipe.steps, recipe.guidance, recipe.width, recipe.max_sequence_length) == (3, 1.0, 64, 48)


def test_a_resolver_fills_in_its_model(add_model):
    add_model("other", steps=3)
    assert Resolver("other").recipe(CAT).steps == 3
    assert Resolver("other").recipe({**CAT, "model": "nano"}).model == "nano"
    with pytest.raises(ModelError, match="model='othr' is unknown: Did you mean 'other'"):
        Resolver("othr")


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"guidnce": 3}, RecipeError, r"^unknown parameter 'guidnce': Did you mean 'guidance'\? Allowed are model, "),
        ({"model": "nanno"}, ModelError, r"^model='nanno' is unknown: Did you mean 'nano'\?"),
        ({"steps": 0}, RecipeError, r"^steps=0 is not allowed"),
        ({"prompt": None}, RecipeError, r"^parameter 'prompt' is missing"),
        (
            {"max_sequence_length": 65},
            RecipeError,
            r"^max_sequence_length=65 is too long for model 'nano': use 1 to 64\.$",
        ),
        ({"loras": {"inc": 1}}, LoraError, r"^lora='inc' was found neither .*Did you mean 'ink'\?"),
        ({"loras": {"inc": 0}}, LoraError, r"^lora='inc' was found neither"),
    ],
)
def test_refuses_with_one_sentence(values, error, message):
    with pytest.raises(error, match=message):
        complete({**CAT, **values})


def test_the_longest_prompt_is_allowed():
    assert complete({**CAT, "max_sequence_length": 64}).max_sequence_length == 64


def test_guidance_is_refused_where_the_model_ignores_it(add_model):
    add_model("schnell", guidance_embeds=False, guidance=None)
    assert complete({**CAT, "model": "schnell"}).guidance is None
    with pytest.raises(ModelError) as caught:
        complete({**CAT, "model": "schnell", "guidance": 3.5})
    assert str(caught.value) == (
        "guidance=3.5 has no effect on model 'schnell', which has no guidance embedding: "
        "leave guidance out, or use a model that has one."
    )


def test_two_names_of_one_lora_are_refused():
    path = str(find_lora("ink").path)
    with pytest.raises(LoraError, match=r"^loras '.*' and '.*' are the same file: keep one of them, with one strength"):
        complete({**CAT, "loras": {"ink": 0.5, path: 0.5}})


@pytest.mark.parametrize(("dtype", "equal"), [("bfloat16", True), ("float16", False), ("float32", False)])
def test_guidance_is_told_apart_as_finely_as_the_model_does(add_model, dtype, equal):
    add_model("other", dtype=dtype)
    keys = {key(model="other", guidance=value) for value in (3.51, 3.52)}
    assert len(keys) == (1 if equal else 2)


def test_guidance_is_rounded_in_the_effective_recipe_only(add_model):
    spec = add_model("other", dtype="bfloat16")
    recipe = complete({**CAT, "model": "other", "guidance": 3.51})
    assert recipe.guidance == 3.51
    assert effective(recipe, spec).guidance == 3.515625
    assert effective(effective(recipe, spec), spec) == effective(recipe, spec)


def test_what_makes_no_difference_is_folded():
    plain = key()
    assert key(loras={"ink": 0}) == plain
    assert key(loras={"ink": -0.0}) == plain
    assert key(prompt_2="a cat") == plain
    assert key(prompt_2="") == plain


def test_what_makes_a_difference_is_kept():
    variants = [
        {},
        {"prompt": "a cat "},
        {"prompt_2": "a dog"},
        {"seed": 2},
        {"steps": 7},
        {"guidance": 3.6},
        {"width": 64},
        {"height": 64},
        {"max_sequence_length": 33},
        {"scheduler": "unipc"},
        {"loras": {"ink": 1}},
        {"loras": {"ink": 0.5}},
        {"loras": {"pixel": 1}},
        {"negative_prompt": "", "true_cfg_scale": 2},
        {"negative_prompt": "x", "true_cfg_scale": 2},
        {"negative_prompt": "x", "true_cfg_scale": 3},
    ]
    keys = [key(**variant) for variant in variants]
    for (a, first), (b, second) in itertools.combinations(zip(variants, keys, strict=True), 2):
        assert first != second, (a, b)


def test_a_key_changes_with_the_bytes_of_a_lora(write_lora):
    path = write_lora(value=1.0)
    before = key(loras={path: 1})
    assert key(loras={path: 1}) == before
    write_lora(value=2.0)
    assert key(loras={path: 1}) != before


def test_a_key_does_not_depend_on_a_lora_of_strength_0(write_lora):
    path = write_lora(value=1.0)
    before = key(loras={path: 0})
    write_lora(value=2.0)
    assert key(loras={path: 0}) == before


def test_a_lora_under_another_name_is_another_cell():
    # With several LoRAs the names decide the order in which they are summed, hence the last bits of the image.
    assert key(loras={"ink": 1}) != key(loras={str(find_lora("ink").path): 1})


def test_a_key_changes_with_the_files_of_the_model(add_model, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(get_spec("nano").folder, folder)
    add_model("copy", source=str(folder))
    before = key(model="copy")
    assert key(model="copy") == before
    config = Path(folder, "scheduler", "scheduler_config.json")
    config.write_text(config.read_text() + "\n")
    assert key(model="copy") != before


def test_a_model_that_is_gone_is_named(add_model, tmp_path):
    add_model("gone", source=str(tmp_path / "gone"))
    with pytest.raises(ModelError, match="model 'gone' has no folder"):
        key(model="gone")


def test_many_keys_at_once_are_those_of_one_after_the_other_and_later_ones_see_a_changed_file(nano_lora):
    shapes = {"transformer.transformer_blocks.0.attn.to_q": (192, 192)}
    path = nano_lora("mine.safetensors", shapes)
    resolver = Resolver()
    recipe = resolver.recipe({"prompt": "a cat", "seed": 1, "loras": {str(path): 1}})
    before = resolver.at_once().key(recipe)
    assert before == resolver.key(recipe)
    nano_lora("mine.safetensors", shapes, seed=2)
    assert resolver.at_once().key(recipe) == resolver.key(recipe) != before


def test_a_plan_of_many_images_weighs_its_model_once(monkeypatch):
    weighed = []
    real = resolve.is_small
    monkeypatch.setattr(resolve, "is_small", lambda spec: weighed.append(spec.name) or real(spec))
    many = Resolver().at_once()
    for seed in range(5):
        many.recipe({"prompt": "a cat", "seed": seed})
        many.recipe({"prompt": "a cat", "seed": seed, "model": "nano-schnell"})
    assert weighed == ["nano", "nano-schnell"]
