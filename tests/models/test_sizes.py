"""Parameters are counted from headers, and the counts are those of the modules."""

import dataclasses
import json
import shutil

import pytest
import torch

from fluxlab.errors import ModelError
from fluxlab.models import get_spec, load
from fluxlab.models.sizes import COMPONENTS, count, sizes_of


def test_the_counts_are_those_of_the_loaded_modules():
    sizes, pipe = sizes_of(get_spec("nano")), load("nano").pipe
    for part in COMPONENTS:
        module = getattr(pipe, part)
        base = {n: p for n, p in module.named_parameters() if "lora_" not in n}
        assert getattr(sizes, part).parameters == sum(p.numel() for p in base.values())
        assert sizes.bytes_of(part) == sum(p.nbytes for p in base.values())


def test_blocks_rest_and_matrices_of_a_transformer():
    part = count(
        {
            "x_embedder.weight": (8, 4),
            "x_embedder.bias": (8,),
            "transformer_blocks.0.norm1.linear.weight": (48, 8),
            "transformer_blocks.0.attn.to_out.0.weight": (8, 8),
            "transformer_blocks.0.attn.norm_q.weight": (8,),
            "single_transformer_blocks.0.proj_mlp.weight": (16, 8),
            "single_transformer_blocks.0.proj_mlp.bias": (16,),
            "proj_out.weight": (4, 8),
        }
    )
    assert part.parameters == 32 + 8 + 384 + 64 + 8 + 128 + 16 + 32
    assert part.linear == 32 + 384 + 64 + 128 + 32
    assert part.castable == 32 + 8 + 64 + 128 + 16
    assert part.block == 384 + 64 + 8
    assert part.rest == 32 + 8 + 32
    assert part.leaf == 384


def test_lower_precisions_take_less_and_act_on_the_transformer_alone():
    sizes = sizes_of(get_spec("nano"))
    taken = [sizes.bytes_of("transformer", each) for each in (None, "fp8", "int8", "nf4")]
    assert taken == sorted(taken, reverse=True)
    assert sizes.bytes_of("vae", "nf4") == sizes.bytes_of("vae")


def test_sharded_weights_are_counted_by_their_index(add_model, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tmp_path / "model"
    shutil.copytree(get_spec("nano").folder, folder)
    spec = add_model("copy", source=str(folder))
    before = sizes_of(spec)
    whole = folder / "transformer" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(whole)
    names = sorted(tensors)
    halves = {"a.safetensors": names[::2], "b.safetensors": names[1::2]}
    for file, of in halves.items():
        save_file({name: tensors[name] for name in of}, whole.with_name(file))
    index = {"weight_map": {name: file for file, of in halves.items() for name in of}}
    whole.with_name("diffusion_pytorch_model.safetensors.index.json").write_text(json.dumps(index))
    whole.rename(whole.with_name("unused.safetensors"))
    assert sizes_of(spec) == before


@pytest.mark.parametrize("damage", [b"", b"\xff" * 8, b"\x02\0\0\0\0\0\0\0[]", b'\x0a\0\0\0\0\0\0\0{"a": {}} '])
def test_a_file_that_is_none_is_a_sentence(add_model, tmp_path, damage):
    folder = tmp_path / "model"
    shutil.copytree(get_spec("nano").folder, folder)
    spec = add_model("copy", source=str(folder))
    (folder / "vae" / "diffusion_pytorch_model.safetensors").write_bytes(damage)
    with pytest.raises(ModelError, match=r"^model 'copy' could not be loaded from .*'vae/diffusion"):
        sizes_of(spec)


def test_a_transformer_with_a_base_is_counted_where_its_weights_are(tmp_path):
    from safetensors.torch import load_file, save_file

    nano = get_spec("nano")
    file = tmp_path / "alone.safetensors"
    save_file(load_file(nano.folder / "transformer" / "diffusion_pytorch_model.safetensors"), file)
    alone = dataclasses.replace(nano, name="alone", source=str(file), base="nano")
    assert sizes_of(alone) == sizes_of(nano)
    folder = tmp_path / "difference"
    (folder / "transformer").mkdir(parents=True)
    save_file({"proj_out.bias": torch.zeros(64)}, folder / "transformer" / "difference.safetensors")
    assert sizes_of(dataclasses.replace(nano, name="changed", source=str(folder), base="nano")) == sizes_of(nano)
