"""A recorded generation becomes a graph that ComfyUI loads, and says what it leaves behind."""

import json

import pytest

from fluxlab.catalog.formats import comfy_graph, comfy_notes
from fluxlab.catalog.formats.comfyui import parse
from fluxlab.errors import CatalogError

#: Inputs that ComfyUI's nodes require, by class, and whether each is a link.
NODES = {
    "UNETLoader": {"unet_name": 0, "weight_dtype": 0},
    "DualCLIPLoader": {"clip_name1": 0, "clip_name2": 0, "type": 0},
    "VAELoader": {"vae_name": 0},
    "LoraLoaderModelOnly": {"model": 1, "lora_name": 0, "strength_model": 0},
    "ModelSamplingFlux": {"model": 1, "max_shift": 0, "base_shift": 0, "width": 0, "height": 0},
    "CLIPTextEncode": {"clip": 1, "text": 0},
    "CLIPTextEncodeFlux": {"clip": 1, "clip_l": 0, "t5xxl": 0, "guidance": 0},
    "BasicGuider": {"model": 1, "conditioning": 1},
    "CFGGuider": {"model": 1, "positive": 1, "negative": 1, "cfg": 0},
    "RandomNoise": {"noise_seed": 0},
    "KSamplerSelect": {"sampler_name": 0},
    "BasicScheduler": {"model": 1, "scheduler": 0, "steps": 0, "denoise": 0},
    "EmptySD3LatentImage": {"width": 0, "height": 0, "batch_size": 0},
    "SamplerCustomAdvanced": {"noise": 1, "guider": 1, "sampler": 1, "sigmas": 1, "latent_image": 1},
    "VAEDecode": {"samples": 1, "vae": 1},
    "SaveImage": {"images": 1, "filename_prefix": 0},
}


def record(make, **recipe):
    return {**make.RECORD, "recipe": {**make.RECORD["recipe"], **recipe}}


@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"loras": [], "negative_prompt": None, "true_cfg_scale": 1.0},
        {"guidance": None, "loras": [], "negative_prompt": None, "true_cfg_scale": 1.0, "steps": 4},
        {
            "prompt_2": "for T5",
            "scheduler": "unipc",
            "loras": [{"name": "a", "strength": 0}, {"name": "b", "strength": 2}],
        },
    ],
)
def test_our_reader_finds_in_the_graph_what_the_recipe_said(make, recipe):
    source = record(make, **recipe)
    graph = json.loads(json.dumps(comfy_graph(source)))
    for node in graph.values():
        assert {name: isinstance(value, list) for name, value in node["inputs"].items()} == NODES[node["class_type"]]
        assert all(value[0] in graph for value in node["inputs"].values() if isinstance(value, list))
    found, asked = parse(json.dumps(graph)).parameters, source["recipe"]
    for name in ("prompt", "seed", "steps", "width", "height", "model"):
        assert found[name] == asked[name], name
    for name in ("guidance", "prompt_2", "negative_prompt"):
        assert found.get(name) == asked.get(name), name
    assert found.get("true_cfg_scale", 1.0) == asked["true_cfg_scale"]
    assert found.get("loras", {}) == {use["name"]: use["strength"] for use in asked["loras"] if use["strength"]}


def test_parentheses_are_no_weights_and_braces_are_told(make):
    source = record(make, prompt="a fox (red:1.5), {one|two}")
    assert parse(json.dumps(comfy_graph(source))).parameters["prompt"] == "a fox \\(red:1.5\\), {one|two}"
    assert any("braces" in note for note in comfy_notes(source))
    assert not any("braces" in note for note in comfy_notes(make.RECORD))


def test_files_are_named_as_the_record_knows_them_or_as_asked(make):
    graph = comfy_graph(make.RECORD, unet="flux1-dev.safetensors", t5="t5.safetensors")
    files = [
        value for node in graph.values() for value in node["inputs"].values() if str(value).endswith("safetensors")
    ]
    assert files == [
        "flux1-dev.safetensors",
        "t5.safetensors",
        "clip_l.safetensors",
        "ae.safetensors",
        "ink.safetensors",
    ]


def test_what_does_not_carry_over_is_told(make):
    notes = comfy_notes(record(make, scheduler="unipc", loras=[{"name": "far/b", "strength": 1.0}]))
    for part in (
        "other noise",
        "above 2**53",
        "'unipc'",
        "max_sequence_length=512",
        "'b.safetensors' is a guess",
        "guesses:",
    ):
        assert any(part in note for note in notes), part
    assert len(comfy_notes(record(make, seed=1, max_sequence_length=256))) == 2


def test_what_comfyui_does_not_have_is_refused(make):
    with pytest.raises(CatalogError, match=r"model='nano' is fluxlab's own.*give unet="):
        comfy_graph(record(make, model="nano"))
    assert (
        comfy_graph(record(make, model="nano"), unet="dev.safetensors")["1"]["inputs"]["unet_name"] == "dev.safetensors"
    )
    with pytest.raises(CatalogError, match=r"scheduler='ddim' has no counterpart"):
        comfy_graph(record(make, scheduler="ddim"))
