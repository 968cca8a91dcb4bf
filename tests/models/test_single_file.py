"""Models that are one file: what is read from their tensors, how they are loaded, and how the others are refused."""

import hashlib
import json
import struct

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from fluxlab import Lab
from fluxlab.errors import ModelError
from fluxlab.models import get_spec, load
from fluxlab.models.header import PREFIX, read_header

NANO_WEIGHTS = get_spec("nano").folder / "transformer" / "diffusion_pytorch_model.safetensors"

#: The names of a whole FLUX.1 of one double and one single block, as Black Forest Labs write them.
BFL = {
    "img_in.weight": (3072, 64),
    "txt_in.weight": (3072, 4096),
    "time_in.in_layer.weight": (3072, 256),
    "time_in.out_layer.bias": (3072,),
    "vector_in.in_layer.weight": (3072, 768),
    "double_blocks.0.img_mod.lin.weight": (18432, 3072),
    "double_blocks.0.img_attn.qkv.weight": (9216, 3072),
    "double_blocks.0.txt_attn.norm.key_norm.scale": (128,),
    "double_blocks.0.txt_mlp.2.bias": (3072,),
    "single_blocks.0.linear1.weight": (21504, 3072),
    "single_blocks.0.norm.query_norm.scale": (128,),
    "final_layer.adaLN_modulation.1.weight": (6144, 3072),
}
GUIDANCE = {"guidance_in.in_layer.weight": (3072, 256)}


def sparse(path, shapes, dtype="BF16"):
    """A sound safetensors file of these tensors that takes no room on the disk."""
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 2 * int(np.prod(shape))
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + at)
    return path


def refusal(act):
    with pytest.raises(ModelError) as caught:
        act()
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 700
    return message


def nano_file(path, **changes):
    tensors = {**load_file(NANO_WEIGHTS), **changes}
    save_file({name: tensor for name, tensor in tensors.items() if tensor is not None}, path)
    return path


def gguf_file(path, tensors, quantized=()):
    gguf = pytest.importorskip("gguf")
    writer = gguf.GGUFWriter(str(path), "flux")
    for name, tensor in tensors.items():
        kind = gguf.GGMLQuantizationType.Q8_0 if name in quantized else gguf.GGMLQuantizationType.F32
        data = gguf.quants.quantize(tensor.astype(np.float32), kind)
        writer.add_tensor(name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("prefix", ["", PREFIX])
@pytest.mark.parametrize(
    ("more", "base", "defaults"),
    [(GUIDANCE, "FLUX.1-dev", (True, 3.5, 512, 28)), ({}, "FLUX.1-schnell", (False, None, 256, 4))],
    ids=["guidance", "schnell"],
)
def test_what_a_file_of_black_forest_labs_takes_is_read_from_its_names(tmp_path, prefix, more, base, defaults):
    shapes = {prefix + name: shape for name, shape in {**BFL, **more}.items()}
    beside = {"vae.decoder.conv_in.weight": (512, 16, 3, 3)} if prefix else {}
    spec = get_spec(str(sparse(tmp_path / "tune.safetensors", {**shapes, **beside})))
    assert (spec.guidance_embeds, spec.guidance, spec.max_tokens, spec.steps) == defaults
    assert (spec.base, spec.dtype) == (base, "bfloat16")
    assert (spec.gated, spec.licence) == (False, "unknown")
    header = read_header("tune", tmp_path / "tune.safetensors")
    assert (header.layers, header.single_layers, header.inner) == (1, 1, 3072)


@pytest.mark.parametrize(
    ("shapes", "reason"),
    [
        ({"model.diffusion_model.input_blocks.0.0.weight": (320, 4, 3, 3), "first_stage_model.x": (1,)}, "its blocks"),
        ({"transformer.single_transformer_blocks.0.proj_mlp.lora_A.weight": (16, 3072)}, "its blocks"),
        ({**BFL, "double_blocks.0.img_attn.qkv.scale_weight": (1,)}, "'double_blocks.0.img_attn.qkv.scale_weight'"),
        ({**BFL, "distilled_guidance_layer.in_proj.weight": (64, 64)}, "'distilled_guidance_layer.in_proj.weight'"),
        ({**BFL, "img_in.weight": (3072, 384)}, "(3072, 384) instead of taking 64 channels"),
        ({k: v for k, v in BFL.items() if k != "img_in.weight"}, "None instead of taking 64 channels"),
    ],
    ids=["sdxl", "lora", "scaled fp8", "chroma", "fill", "no first layer"],
)
def test_files_of_other_models_are_refused(tmp_path, shapes, reason):
    path = sparse(tmp_path / "other.safetensors", shapes)
    message = refusal(lambda: get_spec(str(path)))
    assert message.startswith(f"model '{path}' is no transformer of FLUX.1: ")
    assert reason in message


def test_blocks_of_an_unknown_width(tmp_path):
    shapes = {**BFL, "img_in.weight": (1024, 64)}
    assert "has blocks 1024 wide" in refusal(lambda: get_spec(str(sparse(tmp_path / "own.safetensors", shapes))))


@pytest.mark.parametrize("cut", [1, 5_000_000, 10_500_000], ids=str)
def test_half_a_download_is_refused(tmp_path, cut):
    whole = NANO_WEIGHTS.read_bytes()
    path = tmp_path / "half.safetensors"
    path.write_bytes(whole[: len(whole) - cut])
    message = refusal(lambda: get_spec(str(path)))
    assert "is no readable .safetensors file" in message
    assert message.endswith("download it again.")


@pytest.mark.parametrize("suffix", [".safetensors", ".gguf"])
@pytest.mark.parametrize("content", [b"", b"GGUF", b"GGUF" + b"\xff" * 60, b"<html>404</html>" * 20], ids=str)
def test_garbage_is_refused(tmp_path, suffix, content):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    assert f"is no readable {suffix} file" in refusal(lambda: get_spec(str(path)))


@pytest.mark.parametrize("name", ["model.ckpt", "model.bin", "notes.txt"])
def test_files_of_other_kinds_are_refused(tmp_path, name):
    (tmp_path / name).write_bytes(b"x")
    assert "only .safetensors and .gguf files are allowed" in refusal(lambda: get_spec(str(tmp_path / name)))


def test_a_file_that_is_not_there(tmp_path):
    assert "is not there" in refusal(lambda: get_spec(str(tmp_path / "gone.safetensors")))
    assert "is not there" in refusal(lambda: get_spec("gone.gguf"))


def test_a_single_file_without_a_base(add_model, tmp_path):
    add_model("bare", source=str(nano_file(tmp_path / "bare.safetensors")))
    assert "is a transformer alone: register it with base=" in refusal(lambda: load("bare"))


def test_a_file_in_the_layout_of_diffusers_loads_with_the_parts_of_its_base(nothing_loaded, tmp_path):
    import torch

    path = nano_file(tmp_path / "tune.safetensors", **{"proj_out.weight": -load_file(NANO_WEIGHTS)["proj_out.weight"]})
    tune, nano = load(str(path)), load("nano")
    assert tune.spec.base == "nano"
    ours, theirs = tune.pipe.transformer.state_dict(), nano.pipe.transformer.state_dict()
    assert torch.equal(ours["proj_out.weight"], -theirs["proj_out.weight"])
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs if name != "proj_out.weight")
    assert tune.pipe.text_encoder_2 is nano.pipe.text_encoder_2
    assert tune.origin["transformer"] == {
        "kind": "file", "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "guidance_embeds": True, "num_layers": 2, "num_single_layers": 4,
    }  # fmt: skip
    assert tune.origin["base"]["source"] == "package:fluxlab/models/nano"


def test_an_image_of_a_single_file_tells_other_programs_the_hash_of_that_file(tmp_path, home):
    path = nano_file(tmp_path / "tune.safetensors")
    made = Lab(catalog=home).generate("a fox", model=str(path), seed=1, steps=1)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert f"Model hash: {digest[:10]}, " in Image.open(made.path).text["parameters"]
    assert made.files["model"] != digest  # which is over all that was loaded


def test_a_file_that_lacks_a_tensor(tmp_path):
    path = nano_file(tmp_path / "less.safetensors", **{"proj_out.bias": None})
    message = refusal(lambda: load(str(path)))
    assert message.startswith(f"model '{path}' ")


def test_a_registered_guidance_that_the_file_contradicts(add_model, tmp_path):
    add_model("lie", source=str(nano_file(tmp_path / "x.safetensors")), base="nano", guidance_embeds=False)
    assert "is registered with guidance_embeds=False but its transformer says True" in refusal(lambda: load("lie"))


def test_a_changed_file_is_another_model(tmp_path):
    path = nano_file(tmp_path / "tune.safetensors")
    first = load(str(path))
    assert load(str(path)) is first
    nano_file(path, **{"proj_out.bias": np.zeros(64, np.float16)})
    second = load(str(path))
    assert second is not first
    assert second.sha256 != first.sha256


def test_gguf_is_loaded_and_close_to_what_it_was_made_from(nothing_loaded, tmp_path):
    import torch

    tensors = load_file(NANO_WEIGHTS)
    quantized = [name for name, t in tensors.items() if t.ndim == 2 and "transformer_blocks" in name]
    path = gguf_file(tmp_path / "nano-q8.gguf", tensors, quantized)
    spec = get_spec(str(path))
    assert (spec.base, spec.guidance_embeds, spec.guidance) == ("nano", True, 3.5)
    loaded = load(str(path))
    assert any(p.dtype == torch.uint8 for p in loaded.pipe.transformer.parameters()), "its weights stay quantised"
    call = {"width": 128, "height": 128, "num_inference_steps": 2, "guidance_scale": 3.5, "output_type": "np"}
    images = [
        pipe("a cat on a red background", generator=torch.Generator().manual_seed(1), **call).images[0]
        for pipe in (loaded.pipe, load("nano").pipe)
    ]
    assert 0 < np.abs(images[0] - images[1]).mean() < 0.02


def test_gguf_of_another_model_and_gguf_without_its_package(tmp_path, monkeypatch):
    path = gguf_file(tmp_path / "llm.gguf", {"token_embd.weight": np.zeros((32, 32), np.float32)})
    assert "is no transformer of FLUX.1: it has none of its blocks" in refusal(lambda: get_spec(str(path)))
    other = path.rename(tmp_path / "other.gguf")
    monkeypatch.setitem(__import__("sys").modules, "gguf", None)
    assert refusal(lambda: get_spec(str(other))) == (
        f"model '{other}' is a GGUF file, which needs the package 'gguf': pip install 'fluxlab[gguf]'."
    )
