"""`lab.panel.sweep`: axes by form or by typing, and sweeps that were run before."""

import pytest

from fluxlab import Sweep
from fluxlab.errors import FluxlabError, SweepError
from fluxlab.grid import Grid

PROMPT = "an {owl|fox} on a teal background"


@pytest.fixture
def panel(lab):
    panel = lab.panel.sweep(PROMPT, seed=[1, 2], steps=1)
    yield panel
    panel.close()


@pytest.fixture
def grid(lab):
    return lab.run(Sweep(PROMPT, seed=[1, 2], steps=1), progress=False)


def line(panel, name):
    (row,) = [row for row in panel._axes._rows.children if row.children[0].value == name]
    return row.children


def test_without_anything_it_opens_with_a_sweep_that_can_be_run(lab):
    panel = lab.panel.sweep()
    assert "12 cells" in panel._status.value
    assert panel._message.value == ""
    panel.close()


def test_lines_are_changed_added_and_taken_away(panel, settled):
    assert panel.sweep() == Sweep(PROMPT, seed=[1, 2], steps=1)
    line(panel, "seed")[1].value = "1..3"
    panel._axes._new.value = "guidance"
    line(panel, "guidance")[1].value = "1, 3.5"
    panel._axes._new.value = "lora:ink"
    line(panel, "lora:ink")[1].value = "0..1 (+0.5)"
    line(panel, "steps")[2].click()
    settled()
    assert panel.sweep() == Sweep(PROMPT, seed=[1, 2, 3], guidance=[1, 3.5], lora={"ink": [0, 0.5, 1]})
    assert "prompt (2) × seed (3) × guidance (2) × lora:ink (3)" in panel._status.value
    assert "36 cells" in panel._status.value


def test_the_same_axes_can_be_typed(panel, settled):
    panel._axes._way.value = "text"
    assert panel._axes._text.value == "seed = 1, 2\nsteps = 1"
    panel._axes._text.value = "seed = 1..3\n# guidance = 2\nsteps = 1, 2"
    settled()
    assert panel.sweep() == Sweep(PROMPT, seed=[1, 2, 3], steps=[1, 2])
    panel._axes._way.value = "form"
    assert panel.sweep() == Sweep(PROMPT, seed=[1, 2, 3], steps=[1, 2])


def test_typed_text_that_is_no_line_stays_to_be_mended(panel, settled):
    panel._axes._way.value = "text"
    panel._axes._text.value = "seed 1..3"
    panel._axes._way.value = "form"
    settled()
    assert panel._axes._way.value == "text"
    assert panel._axes._text.value == "seed 1..3"
    assert "is no axis: write a name" in panel._message.value


def test_run_makes_what_the_catalog_lacks_and_the_code_finds_it(panel, lab, press):
    lab.generate("an owl on a teal background", seed=1, steps=1)
    press(panel, "Run")
    assert sorted(cell.cached for cell in panel.grid.cells) == [False, False, False, True]
    made = sorted(lab.catalog.df().index)
    space = {"lab": lab, "Sweep": Sweep}
    exec(panel.code(), space)  # noqa: S102  (the code that a person copies)
    assert sorted(cell.generation.uid for cell in space["grid"].cells) == made


def test_use_as_base_keeps_the_axes(panel, lab):
    panel.use(lab.recipe("a crab", seed=9, steps=3, guidance=2.0))
    sweep = panel.sweep()
    assert sweep.axes == {"prompt": ("an owl on a teal background", "an fox on a teal background"), "seed": (1, 2)}
    assert sweep.values["steps"] == 3
    assert sweep.values["guidance"] == 2.0


@pytest.mark.parametrize("way", ["run", "id", "image", "grid"])
def test_a_sweep_that_was_run_opens_again(lab, grid, way):
    made = grid.cells[0].generation
    started = lab.start(Sweep(PROMPT, seed=[1, 2], steps=1))
    panel = {
        "run": lambda: lab.panel.sweep(started),
        "id": lambda: lab.panel.sweep(run=made.run),
        "image": lambda: lab.panel.sweep(made),
        "grid": lambda: lab.panel.sweep(grid),
    }[way]()
    assert panel.sweep() == Sweep(PROMPT, seed=[1, 2], steps=1)
    assert "4 in the catalog" in panel._status.value
    assert panel._prompt.value == PROMPT
    assert dict(panel._axes.lines())["seed"] == "1, 2"
    panel.close()


def test_a_single_image_opens_as_a_form_of_one_cell(lab):
    made = lab.generate("a {literal} crab", seed=5, steps=1, loras={"ink": 0.5})
    panel = lab.panel.sweep(made)
    assert "1 in the catalog" in panel._status.value
    line(panel, "seed")[1].value = "5, 6"
    assert len(panel.sweep()) == 2
    panel.close()


def test_what_has_no_single_sweep_says_so(lab, grid):
    other = lab.run(Sweep("a crab", seed=1, steps=1), progress=False)
    both = Grid(
        axes={"prompt": ("an owl", "a crab")},
        cells=tuple(
            type(cell)(i, {"prompt": name}, cell.generation, "ok", True, cell.key)
            for i, (name, cell) in enumerate(zip(("an owl", "a crab"), (grid.cells[0], other.cells[0]), strict=True))
        ),
    )
    for call, sentence in [
        (lambda: lab.panel.sweep(both), "the images of this grid are of 2 runs"),
        (lambda: lab.panel.sweep(run="nonsense"), "run='nonsense' is not in the catalog"),
        (lambda: lab.panel.sweep(grid, run="nonsense"), "name the run by one of them"),
        (lambda: lab.panel.sweep(7), "7 has no sweep: give a run, a generation or a grid"),
        (lambda: lab.panel.sweep(Sweep("a crab", seed=1), steps=3), "cannot be added to a whole sweep"),
    ]:
        with pytest.raises(FluxlabError, match=sentence):
            call()


@pytest.mark.parametrize(
    "sweep",
    [
        Sweep("a crab", seed=[1, 2], steps=[1, 2], zip=[("seed", "steps")]),
        Sweep("a crab", seed=[1, 2, 3], steps=1, where=lambda values: values["seed"] != 2),
        Sweep("a crab", seed=[1, 2, 3, 4], steps=1, sample=2),
        Sweep("a crab", seed=1, steps=1, replace={"crab": ["crab", "owl"]}),
    ],
    ids=["zip", "where", "sample", "replace"],
)
def test_a_sweep_that_no_form_can_hold_is_shown_and_run_as_it_is(lab, press, sweep):
    panel = lab.panel.sweep(sweep)
    assert panel.sweep() == sweep
    press(panel, "Run")
    assert len(panel.grid.cells) == len(sweep) == 2
    space = {"lab": lab, "Sweep": Sweep}
    exec(panel.code(), space)  # noqa: S102  (the code that a person copies)
    assert space["grid"].summary.startswith("2 cells: 2 from the catalog")
    with pytest.raises(SweepError, match="takes no other base"):
        panel.use(panel.grid.cells[0].recipe)
    panel.close()


def test_hostile_text_in_axes_is_text(panel, settled):
    panel._axes._way.value = "text"
    panel._axes._text.value = "<script>alert(1)</script> = 1"
    settled()
    html = panel.static_html()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_a_sweep_whose_seed_was_drawn_opens_as_a_form_with_this_seed(lab, settled):
    sweep = Sweep(PROMPT, steps=[1, 2])
    panel = lab.panel.sweep(sweep)
    assert line(panel, "seed")[1].value == str(sweep.values["seed"])
    assert panel.sweep().cells() == sweep.cells()
    line(panel, "steps")[1].value = "1..3"
    settled()
    assert len(panel.sweep()) == 6
    panel.close()


def test_a_sweep_of_wildcards_opens_as_a_form_with_their_words(lab, tmp_path):
    (tmp_path / "animals.txt").write_text("owl\nfox\n")
    sweep = Sweep("a __animals__", seed=1, steps=1, wildcards=tmp_path)
    panel = lab.panel.sweep(sweep)
    assert panel._prompt.value == "a owl\na fox"
    assert panel.sweep().cells() == sweep.cells()
    panel.close()


def test_a_value_that_no_line_can_hold_is_kept_as_it_is(lab):
    sweep = Sweep("a crab", seed=[1, 2], steps=1, negative_prompt="fog\nrain", true_cfg_scale=2)
    panel = lab.panel.sweep(sweep)
    assert panel.sweep() == sweep
    assert "Sweep of 2 cells" in panel.children[1].value
    panel.close()
