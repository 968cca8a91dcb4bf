"""LoRAs of a compiled model: neither strengths nor files nor factors compile anything again, and come back bit for bit.

The backend counts graphs and runs them as they are, so that no compiler is needed.
"""

import warnings

import pytest
import torch

from fluxlab import Sweep
from fluxlab.engine import hotswap
from fluxlab.engine.adapters import layers, loaded_adapters, set_loras
from fluxlab.engine.hotswap import hot_loras, prepare_hotswap
from fluxlab.errors import LoraError
from fluxlab.models import find_lora, get_spec, load
from fluxlab.recipe import Lora

FILES = {name: find_lora(name) for name in ("ink", "pixel")}


class Compiled:
    """nano, which counts the graphs of its compiled blocks: one of each kind, as tracing all of them takes long."""

    def __init__(self):
        from diffusers import FluxPipeline

        self.graphs = 0
        self.pipe = FluxPipeline.from_pretrained(get_spec("nano").folder, dtype=torch.float32, use_safetensors=True)
        self.pipe.set_progress_bar_config(disable=True)
        for blocks in (self.pipe.transformer.transformer_blocks, self.pipe.transformer.single_transformer_blocks):
            blocks[0].compile(backend=self._count)

    def _count(self, graph, _inputs):
        self.graphs += 1
        return graph.forward

    def latents(self):
        with torch.no_grad():
            return self.pipe(
                "an owl", height=64, width=64, num_inference_steps=1, max_sequence_length=16, output_type="latent",
                generator=torch.Generator().manual_seed(1),
            ).images  # fmt: skip

    def wearing(self, files=FILES, **strengths):
        """Latents, graphs that were compiled for them, and what is recorded."""
        loras = [Lora(**use) for use in nested(strengths)]
        before = self.graphs
        used = hot_loras(self.pipe, loras, files)
        return self.latents(), self.graphs - before, used


def nested(strengths):
    from fluxlab.blocks import nested_loras

    return nested_loras(strengths)


@pytest.fixture
def compiled():
    torch._dynamo.reset()
    yield Compiled()
    torch._dynamo.reset()


def test_strengths_files_and_factors_compile_nothing_again(compiled):
    prepare_hotswap(compiled.pipe, [[lora] for lora in FILES.values()])
    first, graphs, used = compiled.wearing(ink=0.5)
    assert graphs > 0
    assert used["ink"]["scalings"] == [0.5]
    changes = [
        {"ink": 0.25},
        {"pixel": 0.5},
        {"pixel": 1.5, "pixel@double": 0},
        {"ink": -1},
        {"pixel": 0.5},
        {"ink": 0.5},
    ]
    made = [compiled.wearing(**strengths) for strengths in changes]
    assert [graphs for _, graphs, _ in made] == [0] * len(changes)
    assert torch.equal(made[-1][0], first)
    assert torch.equal(made[1][0], made[4][0])
    assert len({str(latents.flatten()[:50].tolist()) for latents, _, _ in made}) == 5
    assert made[2][2]["pixel"]["scalings"] == [0.0, 1.5]
    assert made[0][2]["ink"]["modules"] == FILES["ink"].keys.total


def test_hot_loras_do_what_set_loras_does(compiled):
    """Equal to the bit here, because both LoRAs have the rank of their slots."""
    plain = load("nano").pipe
    prepare_hotswap(compiled.pipe, [list(FILES.values())])
    for strengths in ({"ink": 0.5}, {"ink": 0.5, "pixel": 0.25, "pixel@single": 0}, {"pixel": 1}, {}):
        made, _, used = compiled.wearing(**strengths)
        expected = set_loras(plain, [Lora(**use) for use in nested(strengths)], FILES)
        assert used == expected
        with torch.no_grad():
            latents = plain(
                "an owl", height=64, width=64, num_inference_steps=1, max_sequence_length=16, output_type="latent",
                generator=torch.Generator().manual_seed(1),
            ).images  # fmt: skip
        assert torch.equal(made, latents)


def test_without_a_lora_it_is_the_bare_model_whatever_was_worn(compiled):
    bare = compiled.latents()
    prepare_hotswap(compiled.pipe, [[FILES["ink"]]])
    worn, _, _ = compiled.wearing(ink=0.5)
    assert not torch.equal(worn, bare)
    assert torch.equal(compiled.wearing()[0], bare)
    assert torch.equal(compiled.wearing(ink=0)[0], bare)
    again, graphs, _ = compiled.wearing(ink=0.5)
    assert (torch.equal(again, worn), graphs) == (True, 0)


def test_two_at_once_and_one_alone_are_compiled_once_each(compiled):
    prepare_hotswap(compiled.pipe, [[FILES["ink"]], list(FILES.values())])
    alone, _, _ = compiled.wearing(ink=0.5)
    both, graphs, _ = compiled.wearing(ink=0.5, pixel=0.5)
    assert graphs > 0
    for _ in range(2):
        for strengths, latents in (({"ink": 0.5}, alone), ({"ink": 0.5, "pixel": 0.5}, both)):
            again, graphs, _ = compiled.wearing(**strengths)
            assert (torch.equal(again, latents), graphs) == (True, 0)


def test_ranks_and_alphas_differ_and_a_file_may_fill_a_part_of_a_slot(compiled, nano_lora):
    key = "transformer.transformer_blocks.{}.attn.to_q"
    shapes = {key.format(block): (192, 192) for block in (0, 1)}
    files = {
        "wide": find_lora(str(nano_lora("wide.safetensors", shapes, rank=8, alpha=4))),
        "thin": find_lora(str(nano_lora("thin.safetensors", {key.format(1): (192, 192)}, rank=2, alpha=6, seed=2))),
    }
    prepare_hotswap(compiled.pipe, [[files["thin"]], [files["wide"]]])
    wide, _, used = compiled.wearing(files, wide=1)
    assert used["wide"]["scalings"] == [0.5]
    thin, graphs, used = compiled.wearing(files, thin=0.5)
    assert graphs == 0
    assert (used["thin"]["modules"], used["thin"]["targets"], used["thin"]["scalings"]) == (1, 1, [1.5])
    again, graphs, _ = compiled.wearing(files, wide=1)
    assert (torch.equal(again, wide), graphs) == (True, 0)
    plain = load("nano").pipe
    set_loras(plain, [Lora(name="thin", strength=0.5)], files)
    with torch.no_grad():
        expected = plain(
            "an owl", height=64, width=64, num_inference_steps=1, max_sequence_length=16, output_type="latent",
            generator=torch.Generator().manual_seed(1),
        ).images  # fmt: skip
    torch.testing.assert_close(thin, expected, atol=1e-4, rtol=1e-4)


def test_a_wider_lora_and_other_modules_are_worn_too_at_the_price_of_a_graph(compiled, nano_lora):
    shapes = {"transformer.x_embedder": (192, 64)}
    files = {**FILES, "other": find_lora(str(nano_lora("other.safetensors", shapes, rank=32)))}
    prepare_hotswap(compiled.pipe, [[files["ink"]]])
    first, _, _ = compiled.wearing(files, ink=0.5)
    prepare_hotswap(compiled.pipe, [[files["ink"]], [files["other"]]])
    _, _, used = compiled.wearing(files, other=1)
    assert used["other"]["modules"] == 1
    again, _, _ = compiled.wearing(files, ink=0.5)
    torch.testing.assert_close(again, first, atol=1e-4, rtol=1e-4)


def test_cells_that_are_not_compiled_keep_their_own_adapters(compiled):
    set_loras(compiled.pipe, [Lora(name="ink", strength=0.5)], FILES)
    exact = compiled.latents()
    prepare_hotswap(compiled.pipe, [[FILES["pixel"]]])
    hot, _, _ = compiled.wearing(pixel=0.5)
    set_loras(compiled.pipe, [Lora(name="ink", strength=0.5)], FILES)
    assert torch.equal(compiled.latents(), exact)
    assert all(isinstance(layer.scaling[FILES["ink"].adapter], float) for _, layer in layers(compiled.pipe))
    assert torch.equal(compiled.wearing(pixel=0.5)[0], hot)


@pytest.mark.parametrize(
    ("shapes", "says"),
    [
        ({"text_encoder.text_model.encoder.layers.0.self_attn.q_proj": (128, 128)}, "leave compile out"),
        ({"transformer_blocks.0.attn.to_q": (192, 192)}, "matches no module of this model"),
        ({"transformer.nowhere": (192, 192)}, "matches no module of this model"),
        ({"transformer.x_embedder": (192, 128)}, "gives 'x_embedder' 128 inputs"),
        ({"transformer.x_embedder": (64, 64)}, "does not fit this model"),
    ],
)
def test_what_cannot_be_swapped_is_refused(compiled, nano_lora, shapes, says):
    before = compiled.latents()
    with pytest.raises(LoraError, match=says):
        prepare_hotswap(compiled.pipe, [[find_lora(str(nano_lora("it.safetensors", shapes)))]])
    assert not loaded_adapters(compiled.pipe)
    assert torch.equal(compiled.latents(), before)


def test_what_has_no_effect_is_said_once(compiled, nano_lora):
    shapes = {"transformer.x_embedder": (192, 64), "transformer.nowhere": (192, 192)}
    lora = find_lora(str(nano_lora("it.safetensors", shapes)))
    with pytest.warns(UserWarning, match="acts in part: 1 of its 2 modules match this model"):
        prepare_hotswap(compiled.pipe, [[lora]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        prepare_hotswap(compiled.pipe, [[lora]])
        _, _, used = compiled.wearing({"it": lora}, it=1)
    assert (used["it"]["modules"], used["it"]["targets"]) == (1, 2)


def test_a_run_reads_each_file_once_and_records_what_acted(lab, monkeypatch):
    pipe = load("nano").pipe
    hotswap._SLOTS.pop(pipe.transformer, None)  # what other runs of this process have read
    read, original = [], pipe.lora_state_dict

    def lora_state_dict(folder, **options):
        read.append(options["weight_name"])
        return original(folder, **options)

    monkeypatch.setattr(pipe, "lora_state_dict", lora_state_dict)
    sweep = Sweep("an owl", seed=1, steps=1, compile=True, lora=["ink", "pixel"], strength=[0.25, 0.5])
    grid = lab.run(sweep, progress=False)
    assert sorted(read) == ["ink.safetensors", "pixel.safetensors"]
    for cell in grid.cells:
        used = cell.generation.effective["loras"][cell.coords["lora"]]
        assert used["scalings"] == [cell.coords["strength"]]
    assert len({cell.generation.pixel_hash for cell in grid.cells}) == 4
