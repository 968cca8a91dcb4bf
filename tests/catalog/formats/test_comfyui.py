"""Graphs of ComfyUI are followed by what their nodes are given, and never further than they go."""

import copy
import json

import pytest

from fluxlab.catalog.formats import read_foreign
from fluxlab.catalog.formats.comfyui import parse
from fluxlab.catalog.formats.loose_json import LooseJSONError


def read(graph):
    return parse(json.dumps(graph))


@pytest.fixture
def advanced(make):
    return copy.deepcopy(make.ADVANCED)


def test_a_primitive_or_a_reroute_may_stand_before_any_value(advanced):
    advanced["25"]["inputs"]["noise_seed"] = ["60", 0]
    advanced["60"] = {"class_type": "Reroute", "inputs": {"": ["61", 0]}}
    advanced["61"] = {"class_type": "Seed (rgthree)", "inputs": {"seed": 77}}
    advanced["17"]["inputs"]["steps"] = ["62", 0]
    advanced["62"] = {"class_type": "PrimitiveInt", "inputs": {"value": 12}}
    found = read(advanced)
    assert (found.parameters["seed"], found.parameters["steps"], found.notes) == (77, 12, [])


def test_a_text_put_together_elsewhere_is_not_guessed(advanced):
    advanced["6"]["inputs"]["text"] = ["60", 0]
    advanced["60"] = {"class_type": "StringConcatenate", "inputs": {"string_a": "half", "string_b": ["40", 0]}}
    found = read(advanced)
    assert "prompt" not in found.parameters
    assert "the prompt could not be followed to a text." in found.notes


def test_the_strength_of_a_switched_off_lora_is_left_out(advanced):
    stack = {"lora_1": {"on": True, "lora": "ink.safetensors", "strength": 0.5}, "model": ["12", 0]}
    stack["lora_2"] = {"on": False, "lora": "wax.safetensors", "strength": 0.9}
    advanced["32"] = {"class_type": "Power Lora Loader (rgthree)", "inputs": stack}
    assert read(advanced).parameters["loras"] == {"ink": 0.5}


def test_a_lora_twice_in_a_chain_adds_up(advanced):
    advanced["32"]["inputs"]["lora_name"] = advanced["31"]["inputs"]["lora_name"]
    found = read(advanced)
    assert found.parameters["loras"] == {"flux/ink wash": 0.25}
    assert "more than once" in found.notes[0]


def test_true_guidance_has_a_negative_prompt(advanced):
    ends = {"positive": ["26", 0], "negative": ["70", 0], "cfg": 2.5}
    advanced["22"] = {"class_type": "CFGGuider", "inputs": {"model": ["30", 0], **ends}}
    advanced["70"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["11", 0]}}
    found = read(advanced).parameters
    assert (found["true_cfg_scale"], found["negative_prompt"], found["guidance"]) == (2.5, "fog", 3.5)
    advanced["22"]["inputs"]["negative"] = ["71", 0]
    advanced["71"] = {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["6", 0]}}
    assert "negative_prompt" not in read(advanced).parameters


def test_a_control_net_passes_on_the_prompt_of_its_own_side(advanced):
    node = {"positive": ["26", 0], "negative": ["70", 0], "strength": 0.6, "image": ["99", 0]}
    advanced["71"] = {"class_type": "ControlNetApplyAdvanced", "inputs": node}
    advanced["70"] = {"class_type": "CLIPTextEncode", "inputs": {"text": "fog", "clip": ["11", 0]}}
    ends = {"positive": ["71", 0], "negative": ["71", 1], "cfg": 2.0}
    advanced["22"] = {"class_type": "CFGGuider", "inputs": {"model": ["30", 0], **ends}}
    found = read(advanced).parameters
    assert (found["prompt"], found["negative_prompt"]) == ("a lighthouse at dusk\noil on canvas", "fog")


def test_an_image_made_from_another_says_so(advanced):
    advanced["13"]["inputs"]["latent_image"] = ["80", 0]
    advanced["80"] = {"class_type": "VAEEncode", "inputs": {"pixels": ["81", 0], "vae": ["10", 0]}}
    found = read(advanced)
    assert "width" not in found.parameters
    assert found.notes == ["the image was made from another image, which is not in the file."]


def test_cycles_missing_nodes_and_odd_links_are_survived(advanced):
    for name, node in advanced.items():
        for key, value in node["inputs"].items():
            if isinstance(value, list):
                broken = copy.deepcopy(advanced)
                for link in ([name, 0], ["nowhere", 0], [None, 0], [], [["8", 0], 0], "8", {}, [True, False]):
                    broken[name]["inputs"][key] = link
                    assert read(broken).extra.get("sampler_node", "SamplerCustomAdvanced") == "SamplerCustomAdvanced"
    circle = {str(n): {"class_type": "Reroute", "inputs": {"model": [str((n + 1) % 5), 0]}} for n in range(5)}
    advanced["30"]["inputs"]["model"] = ["0", 0]
    assert "model" not in read(advanced | circle).parameters


def test_a_graph_without_a_sampler_says_so():
    found = read({"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}})
    assert (found.parameters, found.notes) == (
        {},
        ["the graph has no sampler that fluxlab knows: nothing was read from it."],
    )


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"1": 2}', '{"1": {"class_type": 3, "inputs": {}}}', "{" * 9]
)
def test_what_is_no_graph_is_refused_in_words(text, fuzzing):
    with pytest.raises(LooseJSONError):
        parse(text)
    if text.startswith("{"):
        found = read_foreign(fuzzing.itxt("prompt", text.encode()))
        assert (found.tool, found.parameters, found.raw) == ("comfyui", {}, {"prompt": text})
        assert found.notes[0].endswith(": only its text is kept.")
