"""Compiled blocks: for the images that ask for them, and eager ones keep their bits.

All tests but one trace and run the graphs without generating code, which takes minutes on a slow machine and changes
nothing of what is shown here.
"""

import pytest

from fluxlab import Sweep
from fluxlab.engine import compiled
from fluxlab.models import load

PROMPT = "a fox to the left of an apple on a blue background"
BASE = {"seed": 7, "steps": 2, "width": 64, "height": 64}


@pytest.fixture(autouse=True)
def _traced_only(monkeypatch):
    monkeypatch.setattr(compiled, "BACKEND", "aot_eager")


def ways_of_calling():
    return {block._compiled_call_impl for block in load("nano").pipe.transformer.single_transformer_blocks}


def test_a_compiled_image_says_so_and_an_eager_one_keeps_its_bits(lab):
    before = lab.generate(PROMPT, **BASE)
    made = lab.generate(PROMPT, **BASE, compile=True)
    assert made.effective["compile"] == {"blocks": 6, "backend": "aot_eager"}
    assert made.timings["compile"] > 0
    assert ways_of_calling() == {None}
    assert before.replay().same
    assert "compile" not in before.effective


def test_generated_code_makes_the_same_picture(lab, monkeypatch):
    monkeypatch.setattr(compiled, "BACKEND", "inductor")
    made = lab.generate(PROMPT, **BASE, compile=True)
    assert made.effective["compile"] == {"blocks": 6, "backend": "inductor"}
    # Sums in another order: hardly a code of 255 anywhere.
    assert lab.distance(made)["exact.mad"] < 0.01
    assert made.replay().same


def test_the_next_compiled_image_does_not_compile_again(lab):
    lab.generate(PROMPT, **BASE, compile=True)
    again = lab.generate(PROMPT, **{**BASE, "seed": 8, "steps": 3}, guidance=2, compile=True)
    assert again.timings["compile"] == 0


def test_other_levers_before_it_do_not_make_it_compile_again(lab):
    lab.generate(PROMPT, **BASE, compile=True)
    lab.generate(PROMPT, **BASE, step_cache="first_block:0.5")
    lab.generate(PROMPT, **BASE, attention="_native_math")
    again = lab.generate(PROMPT, **{**BASE, "seed": 9}, compile=True)
    assert again.timings["compile"] == 0


def test_every_size_has_a_graph_of_its_own(lab):
    first = lab.generate(PROMPT, **BASE, compile=True)
    other = lab.generate(PROMPT, **{**BASE, "width": 80}, compile=True)
    assert other.timings["compile"] > 0
    again = lab.generate(PROMPT, **{**BASE, "seed": 11}, compile=True)
    assert again.timings["compile"] == 0
    assert first.replay().same


def test_a_strength_keeps_its_graph_whatever_strengths_came_between(lab):
    loras = [{"ink": 0.5}, {"ink": 0.7}, {"ink": 0.9}]
    first, *_ = [lab.generate(PROMPT, **BASE, loras=each, compile=True) for each in loras]
    again = lab.generate(PROMPT, **{**BASE, "seed": 12}, loras=loras[0], compile=True)
    assert again.timings["compile"] == 0
    assert first.replay().same


def test_a_trajectory_with_a_lora_that_no_image_had_before_is_the_way_of_its_image(lab, nano_lora):
    shapes = {f"transformer.single_transformer_blocks.{block}.attn.to_q": (192, 192) for block in (0, 1)}
    recipe = {**BASE, "loras": {str(nano_lora("new.safetensors", shapes)): 0.5}, "compile": True}
    way = lab.trajectory(PROMPT, **recipe)
    assert way.effective["compile"] == {"blocks": 6, "backend": "aot_eager"}
    ((_, used),) = way.effective["loras"].items()
    assert (used["modules"], used["scalings"]) == (2, [0.5])
    assert way.pixel_hash == lab.generate(PROMPT, **recipe).pixel_hash


def test_an_interrupt_leaves_the_blocks_eager():
    seen = []

    def stopped():
        with compiled.compiled_blocks(load("nano"), on=True):
            seen.extend(ways_of_calling())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert None not in seen
    assert ways_of_calling() == {None}


def test_it_is_an_axis_whose_distance_is_recorded(lab):
    grid = lab.run(Sweep(PROMPT, **BASE, compile=[False, True]), progress=False)
    table = grid.df()
    assert list(table["lossy"].fillna("")) == ["", "compile"]
    assert table["exact.mad"].iloc[1] < 0.1
