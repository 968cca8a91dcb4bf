"""The grammar of A1111 and Forge, also where it is bent."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fluxlab.catalog.formats import parameters
from fluxlab.catalog.formats.a1111 import is_infotext, parse

LINE = "Steps: 20, Sampler: Euler, Seed: 1, Size: 64x32"


def read(text):
    return parse(text)[1]


def test_a_last_line_of_fewer_than_three_pairs_belongs_to_the_prompt():
    found = read("a sign that says\nSteps: 20, Seed: 1")
    assert found.parameters == {"prompt": "a sign that says\nSteps: 20, Seed: 1"}
    assert "all of it was read as prompt" in found.notes[0]
    assert not is_infotext("Steps: 20, Seed: 1")
    assert is_infotext(f"a fox\n{LINE}")


def test_pairs_in_the_prompt_are_not_parameters():
    found = read(f"Steps: 1, Sampler: x, Seed: 9, Size: 1x1\nsecond line\n{LINE}")
    assert (found.parameters["steps"], found.parameters["seed"]) == (20, 1)
    assert found.parameters["prompt"] == "Steps: 1, Sampler: x, Seed: 9, Size: 1x1\nsecond line"


def test_prompts_of_many_lines_and_none():
    found = read(f"one\n two \n\nthree\nNegative prompt: four\nfive\nNegative prompt: six\n{LINE}")
    assert found.parameters["prompt"] == "one\ntwo\n\nthree"
    assert found.parameters["negative_prompt"] == "four\nfive\nsix"
    assert read(LINE).parameters == {
        "prompt": "",
        "steps": 20,
        "sampler": "Euler",
        "seed": 1,
        "width": 64,
        "height": 32,
    }
    assert "negative_prompt" not in read(f"a\nNegative prompt: \n{LINE}").parameters


def test_quoted_values_hold_commas_colons_quotes_and_lines():
    value = 'a, b: "c"\nd \\ 猫'
    found = read(f'x\n{LINE}, Hires prompt: {json.dumps(value, ensure_ascii=False)}, Style: "open, Clip skip: 2')
    assert found.extra == {"Hires prompt": value, "Style": '"open', "Clip skip": "2"}


def test_lora_tags_of_every_kind():
    text = "a <lora:with space:-0.5> fox <lora:two:0.7:0.2> <lora:plain><lora:odd:x> <lora:two:0.1> <lora: :>"
    found = read(f"{text}\n{LINE}")
    assert found.parameters["prompt"] == "a fox"
    assert found.parameters["loras"].pop("two") == pytest.approx(0.8)
    assert found.parameters["loras"] == {"with space": -0.5, "plain": 1.0, "odd": 1.0, "": 1.0}
    assert any("'odd' is 'x'" in note for note in found.notes)
    assert any("'two' is used more than once" in note for note in found.notes)


def test_numbers_that_are_none_are_kept_and_told():
    found = read(f"a\nSteps: many, Seed: {'9' * 5000}, CFG scale: nan, Size: big, Distilled CFG Scale: 1e999")
    assert found.parameters == {"prompt": "a"}
    assert found.extra.keys() == {"Steps", "Seed", "CFG scale", "Size", "Distilled CFG Scale"}
    assert "Steps='many' is not a whole number: it is kept as it stands." in found.notes
    assert all(len(note) < 200 for note in found.notes)


def test_civitai_is_read_as_forge_reads_it_only_for_flux():
    line = "Steps: 28, Sampler: Undefined, CFG scale: 3.5, Seed: 1, Clip skip: 2"
    text = f'a\n{line}, Civitai resources: [{{"modelName":"%s"}}]'
    flux, other = read(text % "FLUX"), read(text % "Pony")
    assert (flux.parameters["guidance"], flux.parameters["true_cfg_scale"], flux.parameters["sampler"]) == (
        3.5,
        1,
        "Euler",
    )
    assert "Clip skip" not in flux.extra
    assert (other.parameters["true_cfg_scale"], other.parameters["sampler"]) == (3.5, "Undefined")
    assert "guidance" not in other.parameters


def test_who_wrote_it():
    assert parse(f"a\n{LINE}, Version: v1.10.1")[0] == "a1111"
    assert parse(f"a\n{LINE}, Version: f2.0.1v1.10.1")[0] == "forge"
    assert parse(f"a\n{LINE}, Distilled CFG Scale: 3.5")[0] == "forge"
    tool, found = parse(f"a\n{LINE}, Distilled CFG Scale: 3.5, Version: fluxlab 0.1.0")
    assert (tool, found.notes) == (
        "a1111",
        ["fluxlab wrote this text, but there is no readable record of it in the file."],
    )


#: One line, or several: what the grammar can hold. Its lines are stripped, tags are taken out, and NUL ends a text.
WORDS = st.text(st.characters(blacklist_characters="<\0\r", blacklist_categories=["Cs"]), max_size=40)
PROMPTS = WORDS.map(lambda text: "\n".join(line.strip() for line in text.strip().split("\n"))).filter(
    lambda text: text == text.strip() and not any(line.startswith("Negative prompt:") for line in text.split("\n"))
)


@settings(max_examples=100, deadline=None)
@given(
    prompt=PROMPTS,
    negative=st.none() | PROMPTS,
    loras=st.dictionaries(st.text("abcXYZ019-_.", min_size=1), st.floats(-10, 10), max_size=3),
    guidance=st.none() | st.floats(0, 100),
    seed=st.integers(0, 2**64 - 1),
)
def test_our_own_text_comes_back(prompt, negative, loras, guidance, seed):
    recipe = {
        "model": "dev",
        "prompt": prompt,
        "negative_prompt": negative,
        "true_cfg_scale": 1.0 if negative is None else 2.5,
        "seed": seed,
        "steps": 28,
        "guidance": guidance,
        "width": 1024,
        "height": 768,
        "loras": [{"name": name, "strength": strength} for name, strength in loras.items()],
        "scheduler": "dpm++2m",
    }
    files = {"model": "ab" * 32, **{f"lora:{name}": "cd" * 32 for name in loras}}
    _, found = parse(parameters({"recipe": recipe, "files": files}))
    wanted = {name: recipe[name] for name in ("model", "prompt", "true_cfg_scale", "seed", "steps", "width", "height")}
    wanted |= {"sampler": "DPM++ 2M", "scheduler_name": "Simple"}
    optional = {"negative_prompt": negative or None, "guidance": guidance, "loras": loras or None}
    assert found.parameters == wanted | {name: value for name, value in optional.items() if value is not None}
    assert found.extra.get("Lora hashes", {}) == dict.fromkeys(loras, "cd" * 5)


def civitai(text):
    """What Civitai's upload makes of a text: first line that begins with Steps, quotes as lists, no blank lines."""
    lines = [line for line in text.split("\n") if line.strip()]
    details = next(line for line in lines if line.startswith("Steps: "))
    lines.remove(details)
    prompt, _, negative = "\n".join(lines).partition("Negative prompt:")
    values, key, value, quoted = {}, "", "", False
    for character in details + ",":
        if character == '"':
            if quoted:
                values[key], key = dict(pair.split(": ") for pair in value.split(", ")), ""
            value, quoted = "", not quoted
        elif character == ":" and not quoted:
            key, value = value.strip(), ""
        elif character == "," and not quoted:
            if key:
                values[key] = value.strip()
            key = value = ""
        else:
            value += character
    return prompt.strip(), negative.strip(), values


def test_civitai_reads_our_text_whatever_stands_in_it():
    recipe = {
        "model": 'C:\\models\\"dev", new',
        "prompt": "a sign that says\nSteps: 1, 2, 3\nTemplate: none",
        "negative_prompt": "fog",
        "true_cfg_scale": 2.5,
        "seed": 7,
        "steps": 28,
        "guidance": 3.5,
        "width": 64,
        "height": 32,
        "loras": [{"name": 'in "k", x:1', "strength": -0.5}],
        "scheduler": "euler",
    }
    text = parameters({"recipe": recipe, "files": {"model": "ab" * 32, 'lora:in "k", x:1': "cd" * 32}})
    prompt, negative, values = civitai(text)
    assert prompt == "a sign that says\n Steps: 1, 2, 3\n Template: none <lora:in_k_x_1:-0.5>"
    assert negative == "fog"
    assert values["Steps"] == "28"
    assert values["Model"] == "C_\\models\\_dev_ new"
    assert values["Lora hashes"] == {"in_k_x_1": "cdcdcdcdcd"}
    found = read(text).parameters
    assert (found["prompt"], found["steps"]) == (recipe["prompt"], 28)
    assert found["loras"] == {"in_k_x_1": -0.5}


def test_templates_of_dynamic_prompts_come_after_the_parameters():
    source = (
        "a red fox\nNegative prompt: blurry\nSteps: 4, Sampler: Euler, Seed: 7, Size: 64x64\n"
        "Template: a {red|blue} fox, Steps: many\nNegative Template: blurry"
    )
    assert is_infotext(source)
    _, found = parse(source)
    assert found.parameters["prompt"] == "a red fox"
    assert found.parameters["negative_prompt"] == "blurry"
    assert (found.parameters["steps"], found.parameters["seed"]) == (4, 7)
    assert found.extra["Template"].startswith("Template: a {red|blue} fox")


def test_a_lora_is_called_by_the_name_of_its_file():
    recipe = {
        "model": "dev", "prompt": "a fox", "negative_prompt": None, "true_cfg_scale": 1.0, "seed": 7, "steps": 4,
        "guidance": 3.5, "width": 64, "height": 64, "loras": [{"name": "~/loras/ink.safetensors", "strength": 0.5}],
        "scheduler": "euler",
    }  # fmt: skip
    text = parameters({"recipe": recipe, "files": {"lora:~/loras/ink.safetensors": "cd" * 32}})
    assert "<lora:ink:0.5>" in text
    assert 'Lora hashes: "ink: cdcdcdcdcd"' in text


RECIPE = {
    "model": "dev", "prompt": "a fox", "negative_prompt": None, "true_cfg_scale": 1.0, "seed": 7, "steps": 4,
    "guidance": 3.5, "width": 64, "height": 64, "loras": [], "scheduler": "euler",
}  # fmt: skip


@pytest.mark.parametrize(
    ("pipeline", "written"),
    [
        ({"transformer": {"kind": "file", "sha256": "0123456789" + "e" * 54}}, "0123456789"),
        ({"transformer": {"kind": "file"}}, None),
        ({"transformer": {"kind": "file", "sha256": "0123, Seed: 1"}}, None),
        ({"transformer": {"kind": "folder", "sha256": "0123456789" + "e" * 54}}, None),
        ({"source": "package:fluxlab/models/nano"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_a_model_hash_is_that_of_a_file_or_is_not_written(pipeline, written):
    text = parameters({"recipe": RECIPE, "files": {"model": "ab" * 32}, "pipeline": pipeline})
    assert "ababababab" not in text
    assert read(text).parameters.get("model_hash") == written
    assert read(text).parameters["model"] == "dev"


def test_a_prompt_that_looks_like_parameters_stays_the_prompt():
    prompt = "a sign:\nNegative prompt: fog\nSteps: 20, Sampler: Euler, Seed: 3, Size: 8x8\nTemplate: x"
    recipe = {**RECIPE, "prompt": prompt, "negative_prompt": "Negative prompt: mud", "true_cfg_scale": 2.0}
    text = parameters({"recipe": recipe, "files": {}})
    kept = prompt.replace("prompt:", "prompt :")
    found = read(text).parameters
    assert (found["prompt"], found["negative_prompt"]) == (kept, "Negative prompt : mud")
    assert (found["steps"], found["seed"], found["width"]) == (4, 7, 64)
    assert "Prompt note: a space stands before a colon" in text
    shown, negative, values = civitai(text)
    assert shown == kept.replace("Steps", " Steps").replace("Template", " Template")
    assert (negative, values["Seed"]) == ("Negative prompt : mud", "7")
    assert "Prompt note" not in parameters({"recipe": RECIPE, "files": {}})
