"""The image grid: what a browser is told of a grid and of a run, and what a person's clicks do."""

import io
import threading
from html import unescape

import pytest
from PIL import Image

from fluxlab import Sweep
from fluxlab.engine import StepDone
from fluxlab.errors import GridError

PROMPT = "an owl on a teal background"


@pytest.fixture
def grid(lab):
    return lab.run(Sweep(PROMPT, seed=[1, 2, 3], guidance=[1.0, 3.5], steps=2), progress=False)


@pytest.fixture
def browser(lab, grid, open_panel):
    return open_panel(lab.panel.grid(grid))


def test_a_browser_that_says_hello_gets_every_cell_with_its_place_and_label(browser, grid):
    scene = browser.scene()
    names = [direction["name"] for direction in scene["directions"]]
    assert sorted(names) == ["guidance", "seed"]
    assert {scene["rows"], scene["columns"]} == {0, 1}
    assert len(scene["cells"]) == 6
    for told, cell in zip(scene["cells"], grid.cells, strict=True):
        values = {
            name: scene["directions"][i]["labels"][at]["text"]
            for i, (name, at) in enumerate(zip(names, told["place"], strict=True))
        }
        assert values == {"seed": str(cell.coords["seed"]), "guidance": f"{cell.coords['guidance']:g}"}
        assert told["status"] == "ok"
        assert told["uid"] == cell.generation.uid
        assert PROMPT in told["alt"]
    assert scene["progress"] is None
    assert ["steps", "2"] in scene["fixed"]


def test_thumbnails_come_in_batches_with_the_pixels_of_the_image(browser, grid):
    browser.say(type="thumbs", ids=[0, 4, 99], side=64)
    told, buffers = browser.wait_for(lambda told: told["type"] == "thumbs")
    assert list(told["ids"]) == [0, 4]
    for index, data in zip(told["ids"], buffers, strict=True):
        small = Image.open(io.BytesIO(data))
        assert max(small.size) == 64
        wanted = grid.cells[index].generation.image.convert("RGB").resize(small.size)
        far = [abs(a - b) for a, b in zip(wanted.tobytes(), small.convert("RGB").tobytes(), strict=True)]
        assert sum(far) / len(far) < 12


def test_the_full_image_is_the_stored_file(browser, grid):
    told, (data,) = browser.ask(type="full", id=3)
    assert told["mime"] == "image/png"
    assert data == grid.cells[3].generation.path.read_bytes()


def test_details_say_every_parameter_what_differs_and_code_that_finds_the_image_again(browser, grid, lab):
    told = browser.ask(type="details", id=5)[0]["details"]
    parameters = {each["name"]: each for each in told["parameters"]}
    assert parameters["seed"] == {"name": "seed", "text": "3", "differs": True, "base": "1"}
    assert parameters["steps"] == {"name": "steps", "text": "2", "differs": False, "base": None}
    assert dict(map(tuple, told["environment"]))["packages.torch"].startswith("2")
    again = eval(told["code"], {"lab": lab})  # noqa: S307  (the code that a person copies)
    assert again.uid == grid.cells[5].generation.uid


def test_stars_notes_tags_and_rejection_go_to_the_catalog_at_once(browser, grid, lab):
    uid = grid.cells[1].generation.uid
    browser.scene()
    for marks, told in [
        ({"stars": 4}, {"stars": 4}),
        ({"rejected": True}, {"rejected": True, "tags": []}),
        ({"tags": ["keeper", " two words "]}, {"tags": ["keeper", "two words"], "rejected": True}),
        ({"tags": ["keeper"]}, {"tags": ["keeper"]}),
        ({"rejected": False}, {"rejected": False}),
        ({"note": "the ears"}, {"note": "the ears", "stars": 4}),
        ({"stars": None}, {"stars": None}),
    ]:
        browser.say(type="mark", ids=[1], set=marks)
        (cell,) = browser.wait_for(lambda told: told["type"] == "cells")[0]["cells"]
        assert cell["id"] == 1
        assert {name: cell[name] for name in told} == told
    known = lab.catalog.marks([uid])[uid]
    assert (known.tags, known.stars, known.note) == (("keeper",), None, "the ears")
    assert browser.scene()["cells"][1]["note"] == "the ears"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({"type": "mark", "ids": [0], "set": {"stars": 9}}, "stars=9 is not allowed"),
        ({"type": "mark", "ids": [0], "set": {"tags": ["a,b"]}}, "tag='a,b' is not allowed"),
        ({"type": "mark", "ids": [0], "set": {"tags": "abc"}}, "separate them by commas"),
        ({"type": "mark", "ids": [77], "set": {"stars": 1}}, "not in this grid"),
        ({"type": "act", "action": "explode"}, "action='explode' is not known"),
        ({"type": "act", "action": "seeds", "id": "0; DROP"}, "not in this grid"),
        ({"type": "nonsense"}, "no message that this version"),
        ({"type": "thumbs", "ids": 3, "side": 64}, "cannot be made"),
        ({}, "no message that this version"),
    ],
)
def test_a_bad_message_is_a_sentence_in_the_panel_and_changes_nothing(browser, lab, message, sentence):
    before = lab.catalog.df(columns=["uid", "stars", "tags"]).to_dict()
    browser.say(**message)
    told = browser.notice()
    assert told["level"] == "error"
    assert sentence in told["text"]
    assert lab.catalog.df(columns=["uid", "stars", "tags"]).to_dict() == before


def test_a_bad_request_is_answered_with_its_sentence(browser):
    told, _ = browser.ask(type="full", id=50)
    assert told["ok"] is False
    assert "not in this grid" in told["error"]
    told, _ = browser.ask(type="compare", ids=[1])
    assert "two to four" in told["error"]


def test_a_lost_file_is_told_and_the_other_pictures_come(browser, grid):
    grid.cells[0].generation.path.unlink()
    browser.say(type="thumbs", ids=[0, 1], side=64)
    assert list(browser.wait_for(lambda told: told["type"] == "thumbs")[0]["ids"]) == [1]
    (cell,) = browser.wait_for(lambda told: told["type"] == "cells")[0]["cells"]
    assert cell["id"] == 0
    assert cell["status"] == "missing"
    assert "cannot be read" in cell["error"]


def test_a_comparison_names_what_differs_and_warns_of_several_factors(browser):
    told, _ = browser.ask(type="compare", ids=[0, 1])
    assert told["factors"] == ["guidance"]
    assert told["warning"] is None
    rows = {row["name"]: row for row in told["rows"]}
    assert rows["guidance"] == {"name": "guidance", "values": ["1", "3.5"], "same": False}
    assert rows["seed"]["same"]
    told, _ = browser.ask(type="compare", ids=[0, 3, 5])
    assert set(told["factors"]) == {"seed", "guidance"}
    assert "cannot be put down to one" in told["warning"]


def test_a_run_is_told_cell_by_cell_with_previews_and_ends_with_its_grid(lab, open_panel, held_worker):
    begun, go = threading.Event(), threading.Event()

    def gate(event):
        if isinstance(event, StepDone) and not begun.is_set():
            begun.set()
            go.wait(60)

    lab.generate(PROMPT, seed=1, steps=4)
    run = lab.start(Sweep(PROMPT, seed=[1, 2, 3], steps=4), previews=True)
    panel = lab.panel.grid(run)
    browser = open_panel(panel)
    assert browser.scene()["progress"]["state"] == "queued"
    run.subscribe(gate)
    held_worker.set()
    assert begun.wait(60)
    scene = browser.scene()
    assert [cell["status"] for cell in scene["cells"]] == ["ok", "running", "queued"]
    assert scene["progress"]["total"] == 2
    assert scene["progress"]["cached"] == 1
    assert "step 1 of 4" in scene["progress"]["text"]
    assert {"cancel", "pause", "resume"} <= set(scene["actions"])
    go.set()
    told, (data,) = browser.wait_for(lambda told: told["type"] == "preview")
    assert told["step"] >= 1
    assert max(Image.open(io.BytesIO(data)).size) <= 256
    scene = browser.ended("done")
    assert [cell["status"] for cell in scene["cells"]] == ["ok"] * 3
    assert [cell["cached"] for cell in scene["cells"]] == [True, False, False]
    assert scene["progress"]["done"] == 2
    assert scene["progress"]["seconds_left"] is None
    assert [cell.status for cell in panel.grid.cells] == ["ok"] * 3


def test_cancel_stops_within_the_step_and_resume_makes_the_rest(lab, open_panel, held_worker):
    stopping = threading.Event()
    steps = []

    def cancel(event):
        if isinstance(event, StepDone):
            steps.append(event.step)
            if len(steps) == 2:
                browser.say(type="act", action="cancel")
                assert stopping.wait(60)

    run = lab.start(Sweep(PROMPT, seed=[1, 2], steps=6))
    run.watch(lambda: run.state == "stopping" and stopping.set())
    browser = open_panel(lab.panel.grid(run))
    leave = run.subscribe(cancel)
    held_worker.set()
    scene = browser.ended("stopped")
    assert len(steps) == 2
    assert [cell["status"] for cell in scene["cells"]] == ["interrupted", "waiting"]
    leave()
    browser.say(type="act", action="resume")
    scene = browser.ended("done")
    assert [cell["status"] for cell in scene["cells"]] == ["ok", "ok"]


def test_a_failed_cell_shows_its_sentence_and_is_made_again_on_request(lab, open_panel, monkeypatch):
    from fluxlab.engine import runner

    real = runner.denoise

    def breaks(loaded, cache, recipe, *args, **kwargs):
        if recipe.seed == 2:
            raise RuntimeError("the cable fell out")
        return real(loaded, cache, recipe, *args, **kwargs)

    monkeypatch.setattr(runner, "denoise", breaks)
    run = lab.start(Sweep(PROMPT, seed=[1, 2], steps=1))
    browser = open_panel(lab.panel.grid(run))
    run.wait(60)
    cell = browser.ended("done")["cells"][1]
    assert cell["status"] == "failed"
    assert "the cable fell out" in cell["error"]
    monkeypatch.setattr(runner, "denoise", real)
    browser.say(type="act", action="rerun", id=1)
    scene = browser.ended("done")
    assert [cell["status"] for cell in scene["cells"]] == ["ok", "ok"]
    assert scene["cells"][1]["error"] is None


def test_an_image_that_is_there_is_made_again_to_compare_its_pixels(browser):
    browser.say(type="act", action="rerun", id=0)
    assert "to compare" in browser.notice()["text"]
    assert "same" in browser.notice()["text"]


def test_more_seeds_of_an_image_open_above_the_grid_and_back_returns(browser, grid):
    browser.say(type="act", action="seeds", id=4)
    scene = browser.ended("done")
    assert [direction["name"] for direction in scene["directions"]] == ["seed"]
    assert len(scene["cells"]) == 5
    assert scene["cells"][0]["uid"] == grid.cells[4].generation.uid
    assert all(cell["status"] == "ok" for cell in scene["cells"])
    assert scene["trail"] == [grid.title]
    browser.say(type="act", action="back")
    back, _ = browser.wait_for(lambda told: told["type"] == "scene")
    assert len(back["scene"]["cells"]) == 6
    assert back["scene"]["trail"] == []


def test_use_as_base_hands_the_recipe_over(browser, grid):
    chosen = []
    browser.panel.on_base(chosen.append)
    browser.say(type="act", action="base", id=2)
    browser.scene()
    assert chosen == [grid.cells[2].recipe]
    assert browser.panel.base == grid.cells[2].recipe


def test_dead_axes_are_warned_of_and_their_cells_say_so(lab, open_panel):
    grid = lab.run(Sweep(PROMPT, seed=1, steps=2, lora={"ink": [0, 1]}, max_sequence_length=[32, 64]), progress=False)
    scene = open_panel(lab.panel.grid(grid)).scene()
    assert len(scene["warnings"]) == len(grid.dead)
    assert [cell["notes"] for cell in scene["cells"]] == [list(grid.notes.get(c.index, ())) for c in grid.cells]


def test_only_grids_and_runs_can_be_shown(lab):
    for wrong in (None, [], Sweep(PROMPT, seed=1), "grid"):
        with pytest.raises(GridError, match="is no grid: give what"):
            lab.panel.grid(wrong)


def test_the_output_of_a_host_without_displays_holds_html_and_text_beside_the_widget(lab, grid):
    panel = lab.panel.grid(grid)
    data, _ = panel._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert data["text/html"].count("data:image/webp") == 6
    assert data["text/plain"] == repr(grid)
    panel.close()


def test_a_grid_of_many_images_is_two_widgets(lab, grid):
    from ipywidgets.widgets.widget import _instances

    before = set(_instances)
    panel = lab.panel.grid(grid)
    assert len(set(_instances) - before) == 2
    panel.close()
    assert set(_instances) == before


def test_a_cell_that_is_made_again_beside_a_run_counts_by_itself(lab, open_panel, held_worker):
    runs = [lab.start(Sweep(PROMPT, seed=seeds, steps=1)) for seeds in ([1, 2], [3])]
    panel = lab.panel.grid(runs[0])
    browser = open_panel(panel)
    for run in runs[1:]:
        panel.follow(run)
    held_worker.set()
    runs[1].wait(60)
    progress = browser.ended("done")["progress"]
    assert (progress["done"], progress["total"]) == (1, 1)


def images_of(code, lab):
    """The images of the grid that a panel's Python gives."""
    names = {"lab": lab, "Sweep": Sweep}
    exec(code, names)  # noqa: S102  (what a person would paste into a cell)
    return {cell.generation.uid for cell in names["grid"].cells}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"seed": [1, 2], "guidance": [1, 3.5]}, "Sweep("),
        ({"seed": [1, 2], "size": ["64x64", "128x64"], "lora": {"ink": [0, 1]}}, "Sweep("),
        ({"seed": [1, 2], "guidance": [1, 3.5], "zip": ["seed", "guidance"]}, "lab.catalog.grid("),
    ],
    ids=["axes", "sizes and strengths", "what advances together"],
)
def test_the_python_of_a_grid_gives_its_images_and_makes_none(lab, open_panel, values, said):
    grid = lab.run(Sweep("a {fox|owl}", steps=1, **values), progress=False)
    rows = len(lab.catalog.df())
    panel = lab.panel.grid(grid)
    code = open_panel(panel).scene()["code"]
    assert said in code
    assert code in unescape(panel.static_html())
    assert images_of(code, lab) == {cell.generation.uid for cell in grid.cells}
    assert len(lab.catalog.df()) == rows


def test_the_python_of_a_fast_grid_is_fast_and_that_of_chosen_images_names_them(lab, open_panel, browser):
    fast = lab.run(Sweep("a fox", seed=[1, 2], steps=1), mode="fast", progress=False)
    assert "mode='fast'" in open_panel(lab.panel.grid(fast)).scene()["code"]
    assert "mode=" not in browser.scene()["code"]
    chosen = lab.catalog.grid(prompt_has="fox")
    assert images_of(open_panel(lab.panel.grid(chosen)).scene()["code"], lab) == {
        cell.generation.uid for cell in chosen.cells
    }
