"""The script of a generation: it compiles, makes the calls that made the image, and takes no code from a record."""

import ast
import json
import re
import runpy
import sys
import types
from pathlib import Path

import pytest

from fluxlab.catalog.code import script
from fluxlab.errors import CatalogError
from fluxlab.recipe import SCHEDULERS

# Stand-ins that write down every call, with an image whose save() makes a file.
STUBS = """
import json, sys, types
calls = []

class Stub:
    def __init__(self, name): self._name = name
    def __getattr__(self, name): return Stub(f"{self._name}.{name}")
    def __getitem__(self, index): return Stub(f"{self._name}[{index}]")
    def __repr__(self): return self._name
    def __call__(self, *args, **kwargs):
        plain = lambda value: value if isinstance(value, (str, int, float, list, type(None))) else repr(value)
        calls.append([self._name, [plain(a) for a in args], {k: plain(v) for k, v in kwargs.items()}])
        if self._name.endswith(".save"):
            open(args[0], "w").write(json.dumps(calls))
        return Stub(self._name + "()")

for name in ("torch", "diffusers"):
    module = types.ModuleType(name)
    module.__getattr__ = lambda member, name=name: Stub(f"{name}.{member}")
    sys.modules[name] = module
exec(compile(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1], "exec"))
"""


def calls_of(source, monkeypatch, folder):
    """Run a script against the stand-ins; returns its calls by name."""
    (folder / "script.py").write_text(source, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["stubs", str(folder / "script.py")])
    (folder / "stubs.py").write_text(STUBS, encoding="utf-8")
    # The real libraries come back afterwards, or stay unloaded.
    for name in ("torch", "diffusers"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    runpy.run_path(str(folder / "stubs.py"))
    saved = list(folder.glob("fluxlab-*.png"))
    assert len(saved) == 1
    return saved[0].name, {name: (args, kwargs) for name, args, kwargs in json.loads(saved[0].read_text())}


def test_the_script_makes_the_calls_of_the_recipe(keep, monkeypatch, tmp_path):
    made = keep(prompt='a "cat"\n\'s\\ 猫 {x}', prompt_2="detail", loras={"ink": 0.5}, seed=2**64 - 1, guidance=2.5)
    name, calls = calls_of(made.code(), monkeypatch, tmp_path)
    assert name == f"fluxlab-{made.uid[:8]}.png"
    source, options = calls["diffusers.FluxPipeline.from_pretrained"]
    assert Path(source[0]).parts[-3:] == ("fluxlab", "models", "nano")
    assert options == {"dtype": "torch.float32", "use_safetensors": True}
    loaded, options = calls["diffusers.FluxPipeline.from_pretrained().load_lora_weights"]
    assert Path(loaded[0]).parts[-3:] == ("fluxlab", "models", "loras")
    assert options == {"weight_name": "ink.safetensors", "adapter_name": "ink_0"}
    assert calls["diffusers.FluxPipeline.from_pretrained().set_adapters"] == ([["ink_0"]], {"adapter_weights": [0.5]})
    assert calls["torch.Generator"] == (["cpu"], {})
    assert calls["torch.Generator().manual_seed"] == ([2**64 - 1], {})
    assert calls["diffusers.FluxPipeline.from_pretrained()"] == (
        [],
        {
            "prompt": made.recipe.prompt,
            "prompt_2": "detail",
            "width": 32,
            "height": 32,
            "num_inference_steps": 4,
            "guidance_scale": 2.5,
            "max_sequence_length": 64,
            "generator": "torch.Generator().manual_seed()",
        },
    )


def test_a_lora_of_strength_0_is_not_loaded(keep, monkeypatch, tmp_path):
    # Only ink has a known source: nothing is asked of the others.
    source = keep(loras={"gone": 0, "ink": 0.5, "wax": 0}).code()
    assert "gone" not in source
    assert "wax" not in source
    _, calls = calls_of(source, monkeypatch, tmp_path)
    assert calls["diffusers.FluxPipeline.from_pretrained().set_adapters"] == ([["ink_0"]], {"adapter_weights": [0.5]})
    bare = keep("other", loras={"ink": 0}).code()
    assert "load_lora_weights" not in bare
    assert "set_adapters" not in bare


def test_what_is_not_set_is_not_passed(keep):
    source = keep(guidance=None).code()
    for word in ("guidance_scale", "negative_prompt", "true_cfg", "prompt_2", "lora", "scheduler", ".to("):
        assert word not in source
    source = keep(negative_prompt="", true_cfg_scale=2.0).code()
    assert "negative_prompt=''" in source
    assert "true_cfg_scale=2.0" in source


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_every_scheduler_has_its_call(keep, scheduler):
    source = keep(scheduler=scheduler).code()
    compile(source, "script", "exec")
    made = re.search(r"pipe\.scheduler = (\w+)\.from_config\(pipe\.scheduler\.config, (.+)\)", source)
    assert (made is None) == (scheduler == "euler")
    if made:
        assert f"import FluxPipeline, {made[1]}" in source or f"import {made[1]}, FluxPipeline" in source


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            {"source": "me/lora", "weight_name": "w.safetensors", "revision": "abc"},
            "'me/lora', weight_name='w.safetensors', revision='abc', ",
        ),
        (
            {"source": f"hub:me/lora@{'a' * 40}/sub/w.safetensors"},
            f"'me/lora', weight_name='sub/w.safetensors', revision='{'a' * 40}', ",
        ),
        ({"source": "~/loras/a b.safetensors"}, "str(Path('~/loras').expanduser()), weight_name='a b.safetensors', "),
        ({"source": "/x.safetensors"}, "'/', weight_name='x.safetensors', "),
        ({"source": "x.safetensors"}, "'.', weight_name='x.safetensors', "),
    ],
)
def test_loras_come_from_repositories_and_files(catalog, draft, entry, expected):
    pipeline = {"class": "FluxPipeline", "source": "org/model", "revision": "main", "dtype": "bfloat16"}
    asked = draft(pipeline={**pipeline, "device": "cuda", "loras": {"x.y": entry}}, loras={"x.y": 1.0})
    source = catalog.get(catalog.begin(asked)).code()
    compile(source, "script", "exec")
    assert f"pipe.load_lora_weights({expected}adapter_name='x_y_0')" in source
    assert "'org/model', revision='main', dtype=torch.bfloat16" in source
    assert 'pipe.to("cuda")' in source


SHAPE = {"guidance_embeds": False, "num_layers": 2, "num_single_layers": 4}
HUB = {"source": "hub:org/model", "revision": "abc", "dtype": "bfloat16"}


def test_a_model_of_the_hub_is_loaded_by_its_id_and_commit(catalog, draft):
    source = catalog.get(catalog.begin(draft(pipeline={"class": "FluxPipeline", **HUB}))).code()
    assert "'org/model', revision='abc', dtype=torch.bfloat16, use_safetensors=True" in source


@pytest.mark.parametrize("suffix", [".safetensors", ".gguf"])
def test_a_single_file_is_loaded_with_the_parts_of_its_base(catalog, draft, monkeypatch, tmp_path, suffix):
    file = {"source": f"~/tune{suffix}", "dtype": "bfloat16", "transformer": {"kind": "file", **SHAPE}, "base": HUB}
    made = catalog.get(catalog.begin(draft(pipeline={"class": "FluxPipeline", "scheduler": False, **file})))
    _, calls = calls_of(made.code(), monkeypatch, tmp_path)
    assert calls["diffusers.FluxPipeline.from_pretrained"] == (
        ["org/model"],
        {"revision": "abc", "transformer": None, "dtype": "torch.bfloat16", "use_safetensors": True},
    )
    (place,), options = calls["diffusers.FluxTransformer2DModel.from_single_file"]
    assert place == str(Path("~").expanduser() / f"tune{suffix}")
    assert ("quantization_config" in options) == (suffix == ".gguf")
    assert {name: options[name] for name in SHAPE} == SHAPE
    assert (options["config"], options["config_revision"], options["subfolder"]) == ("org/model", "abc", "transformer")
    assert "diffusers.FluxPipeline.from_pretrained().register_modules" in calls


def test_a_difference_is_loaded_over_the_whole_base(catalog, draft):
    own = {"source": "package:fluxlab/models/nano-schnell", "scheduler": True, "transformer": {"kind": "difference"}}
    base = {"source": "package:fluxlab/models/nano"}
    source = catalog.get(catalog.begin(draft(pipeline={"class": "FluxPipeline", **own, "base": base}))).code()
    compile(source, "script", "exec")
    assert "transformer=None" not in source
    assert "from safetensors.torch import load_file" in source
    assert "pipe.scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(" in source


EVIL = '");import os;os.system("x")#\n\u2028'


def test_no_text_of_a_record_becomes_code(keep, draft, catalog):
    made = keep(prompt=EVIL, loras={"ink": 0.5})
    calls = [node for node in ast.walk(ast.parse(made.code())) if isinstance(node, ast.Import)]
    assert [name.name for node in calls for name in node.names] == ["torch"]
    places = {"class": "FluxPipeline", "source": f"package:{EVIL}/{EVIL}", "revision": EVIL}
    loras = {EVIL: {"source": EVIL, "weight_name": EVIL, "revision": EVIL}}
    evil = catalog.get(catalog.begin(draft(pipeline={**places, "loras": loras}, loras={EVIL: 1.0})))
    nodes = list(ast.walk(ast.parse(evil.code())))
    assert not [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == "system"]
    record = made.record()
    for field in ("class", "dtype", "device"):
        with pytest.raises(CatalogError, match="no script is written"):
            script({**record, "pipeline": {**record["pipeline"], field: EVIL}})


def test_no_text_of_a_borrowed_part_becomes_code(keep):
    record = keep().record()
    lent = {"class": "FluxPipeline", "source": EVIL, "scheduler": True, "base": {"source": EVIL, "revision": EVIL}}
    for kind in ("file", "folder", "difference"):
        source = script({**record, "pipeline": {**lent, "transformer": {"kind": kind, **SHAPE}}})
        nodes = list(ast.walk(ast.parse(source)))
        assert not [node for node in nodes if isinstance(node, ast.Attribute) and node.attr == "system"]
    file = {"kind": "file", **SHAPE}
    for own in ({**file, "kind": EVIL}, {**file, "num_layers": EVIL}, {**file, "num_layers": None}, {}, None):
        with pytest.raises(CatalogError, match="no script is written"):
            script({**record, "pipeline": {**lent, "transformer": own}})


def test_a_record_without_a_source_is_a_sentence(catalog, draft):
    bare = catalog.get(catalog.begin(draft(pipeline={"class": "FluxPipeline"})))
    with pytest.raises(CatalogError, match="has no pipeline source"):
        bare.code()
    no_lora = draft(pipeline={"class": "FluxPipeline", "source": "a/b"}, loras={"ink": 1.0})
    with pytest.raises(CatalogError, match="where its LoRA 'ink' comes from"):
        catalog.get(catalog.begin(no_lora)).code()
