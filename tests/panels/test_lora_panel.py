"""`lab.panel.lora`: strengths against strength 0, and a curve that says what they do."""

import re

import pytest

from fluxlab import Sweep
from fluxlab.errors import SweepError

PROMPT = "an owl on a teal background"


@pytest.fixture
def panel(lab):
    panel = lab.panel.lora(PROMPT, strength="0.5, 1", seed=[1, 2], steps=1)
    yield panel
    panel.close()


def test_strength_0_is_always_made_and_said(panel, settled):
    assert panel.sweep() == Sweep(PROMPT, lora={"ink": [0, 0.5, 1]}, seed=[1, 2], steps=1)
    assert "at strength 0, 0.5, 1" in panel._status.value
    assert "6 cells" in panel._status.value
    panel._strength.value = "-1..1 (+0.5)"
    settled()
    assert panel.sweep().axes["lora:ink"] == (-1, -0.5, 0, 0.5, 1)
    assert "at strength -1, -0.5, 0, 0.5, 1" in panel._status.value
    assert "strength='-1..1 (+0.5)'" in panel.code()


def test_several_loras_share_their_strengths_and_strength_0_is_one_image(panel, nano_lora, settled):
    file = nano_lora("style.safetensors", {"transformer.transformer_blocks.0.attn.to_q": (192, 192)})
    panel._names.value = ["ink", "pixel"]
    panel._files.value = f"\n{file}\n"
    panel._prompt.value = f"{PROMPT}\na crab"
    settled()
    sweep = panel.sweep()
    assert list(sweep.axes) == ["prompt", "lora", "strength", "seed"]
    assert len(sweep.axes["lora"]) == 3
    assert panel._message.value == ""
    # Of 36 cells, 12 are at strength 0: for each prompt and seed they are one image.
    assert "36 cells: 8 duplicates folded" in panel._status.value


def test_run_draws_the_curve_and_says_what_it_shows(panel, press, lab):
    press(panel, "Run")
    assert [cell.status for cell in panel.grid.cells] == ["ok"] * 6
    html = panel._curve.value
    assert 'src="data:image/png;base64,' in html
    said = re.search(r"<figcaption><bdi>(.*?)</bdi>", html)[1]
    assert said in re.search(r'alt="(.*?)"', html)[1]
    table = panel.grid.df("distance", baseline="lora:ink")
    means = table.groupby("lora:ink")["distance"].mean()
    at = means.idxmax()
    assert f"ink moves most at strength {at:g}, by {means[at]:.3g} (mean of 2 images, range " in said
    assert "Distance from strength 0" in said
    assert html in panel.static_html()
    made = sorted(lab.catalog.df().index)
    space = {"lab": lab, "Sweep": Sweep}
    exec(panel.code(), space)  # noqa: S102  (the code that a person copies)
    assert sorted(cell.generation.uid for cell in space["grid"].cells) == made
    assert space["curve"]._repr_png_().startswith(b"\x89PNG")


def test_each_of_several_loras_has_its_part_of_the_sentence(panel, press):
    panel._names.value = ["ink", "pixel"]
    panel._fields.of["seed"].value = "1..3"
    panel._strength.value = "1"
    press(panel, "Run")
    assert re.search(r"ink moves most at strength 1, by \S+ \(mean of 3 images, 95 % t-interval", panel._curve.value)
    assert re.search(r"pixel moves most at strength 1, by \S+ \(mean of 3 images, 95 % t-interval", panel._curve.value)


def test_a_lora_that_does_nothing_is_told(panel, nano_lora, press):
    import torch
    from safetensors.torch import load_file, save_file

    file = nano_lora("dead.safetensors", {"transformer.transformer_blocks.0.attn.to_q": (192, 192)})
    save_file({name: torch.zeros_like(value) for name, value in load_file(file).items()}, file)
    panel._names.value = []
    panel._files.value = str(file)
    press(panel, "Run")
    assert "no difference in pixels" in panel._curve.value
    assert "dead" in panel._curve.value.partition("no difference in pixels")[2]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda panel: setattr(panel._names, "value", []), "no LoRA is chosen"),
        (lambda panel: setattr(panel._strength, "value", "0"), "has nothing to compare with strength 0"),
        (lambda panel: setattr(panel._strength, "value", "one"), "strength"),
        (lambda panel: setattr(panel._strength, "value", ""), "strength"),
        (lambda panel: setattr(panel._files, "value", "nowhere.safetensors"), "nowhere.safetensors"),
        (lambda panel: setattr(panel._fields.more, "value", "strength = 1"), "have fields of their own"),
        (lambda panel: setattr(panel._fields.more, "value", "lora:ink = 1"), "is in lora and in loras"),
    ],
)
def test_what_cannot_be_made_is_one_sentence(panel, press, settled, change, sentence):
    change(panel)
    settled()
    assert sentence in panel._message.value.partition("<details>")[0]
    press(panel, "Run")
    assert panel.grid is None
    assert len(panel.lab.catalog.df(status=None)) == 0


def test_another_lora_can_be_fixed_beside_those_that_vary(panel, settled):
    panel._fields.more.value = "lora:pixel = 0.5"
    settled()
    assert panel._message.value == ""
    assert all(values["loras"]["pixel"] == 0.5 for _, values in panel.sweep().cells())
    space = {"Sweep": Sweep}
    exec(panel.code().partition("\ngrid")[0], space)  # noqa: S102  (the code that a person copies)
    assert space["sweep"] == panel.sweep()


def test_a_recipe_becomes_the_base_and_the_loras_of_the_form_stay(panel, lab):
    panel.use(lab.recipe("a crab", seed=9, steps=2, loras={"ink": 0.25, "pixel": 0.5}))
    sweep = panel.sweep()
    assert sweep.axes == {"lora:ink": (0, 0.5, 1), "seed": (1, 2)}
    assert sweep.values["prompt"] == "a crab"
    assert sweep.fixed["lora:pixel"] == 0.5


def test_a_grid_of_strengths_has_its_curve_at_once_and_another_has_none(panel, lab, settled):
    panel.show(lab.run(Sweep(PROMPT, lora={"ink": [0, 1]}, seed=1, steps=1), progress=False))
    settled()
    assert "moves most at strength 1" in panel._curve.value
    panel.show(lab.run(Sweep(PROMPT, seed=[1, 2], steps=1), progress=False))
    settled()
    assert panel._curve.value == ""


def test_a_stopped_run_says_why_there_is_no_curve(panel, settled, held_worker):
    run = panel.start()
    run.cancel()
    held_worker.set()
    settled()
    assert "has no number in any of 6 cells" in panel._curve.value
    assert "<img" not in panel._curve.value


def test_hostile_text_is_text(panel, press, settled):
    panel._prompt.value = "<img src=x onerror=alert(1)>"
    settled()
    press(panel, "Run")
    panel._files.value = '<svg onload="alert(1)">.safetensors'
    settled()
    html = panel.static_html() + panel._code.value
    assert "<img src=x" not in html
    assert "<svg onload" not in html
    assert "&lt;svg onload" in html


def test_who_waits_for_a_run_finds_its_curve_in_the_notebook(panel):
    panel.start().wait(60)
    assert "Effect curve" in panel.static_html()


@pytest.mark.parametrize(
    ("lora", "sentence"),
    [
        ({"ink": [0, 1]}, "has strengths of its own: give names, and strength="),
        (7, "lora=7 is not text"),
        (["ink", 7], "lora=7 is not text"),
        ([], "lora=.. is empty"),
    ],
)
def test_loras_are_given_by_name(lab, lora, sentence):
    with pytest.raises(SweepError, match=sentence):
        lab.panel.lora(PROMPT, lora=lora)


def test_strengths_that_are_left_out_are_a_range(lab):
    panel = lab.panel.lora(PROMPT, strength=None)
    assert panel.sweep().axes["lora:ink"] == (0, 0.25, 0.5, 0.75, 1)
    panel.close()
