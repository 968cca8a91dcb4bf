"""`lab.panel.catalog`: a query, its table, its grid, and the holes of the grid."""

import re

import pytest

from fluxlab import Sweep
from fluxlab.errors import GridError

PROMPT = "an owl on a teal background"


@pytest.fixture
def made(lab):
    """Three of four places, and one image of another kind."""
    grid = lab.run(
        Sweep(
            PROMPT, seed=[1, 2], guidance=[1.0, 3.5], steps=1, where=lambda v: (v["seed"], v["guidance"]) != (2, 3.5)
        ),
        progress=False,
    )
    lab.generate("a crab <img src=x onerror=alert(1)>", seed=7, steps=2, loras={"ink": 0.5})
    return grid


@pytest.fixture
def panel(lab, made):
    panel = lab.panel.catalog()
    yield panel
    panel.close()


def choose(panel, settled, **texts):
    for name, text in texts.items():
        panel._query.texts[name].value = text
    settled()


def listed(panel):
    return re.findall(r"<code>(\w+)</code>", panel._status.value)


def test_everything_is_listed_newest_first_with_what_varies(panel, lab):
    assert "4 images match" in panel._status.value
    newest = [uid[:8] for uid in reversed(lab.catalog.df().index)]
    assert listed(panel) == newest
    head = re.findall(r'<th scope="col">(.*?)</th>', panel._status.value)
    assert head == ["", "uid", "made (UTC)", "prompt", "seed", "steps", "guidance", "loras"]
    assert panel._status.value.count("data:image/webp") == 4
    assert {value for _, value in panel._x.options} == {"", "prompt", "seed", "steps", "guidance", "lora:ink"}


@pytest.mark.parametrize(
    ("texts", "count"),
    [
        ({"words": "owl teal"}, 3),
        ({"words": "own"}, 0),
        ({"since": "1h"}, 4),
        ({"since": "2999-01-01"}, 0),
        ({"model": "nano"}, 4),
        ({"model": "FLUX.1-dev, nano-schnell"}, 0),
        ({"seed": "2..9"}, 2),
        ({"steps": "1", "guidance": "3.5"}, 1),
        ({"LoRA": "ink"}, 1),
        ({"LoRA": "ink = 0..1 (+0.5)"}, 4),
        ({"LoRA": "pixel"}, 0),
        ({"condition": "steps > 1 or seed = '1'"}, 3),
        ({"condition": "steps > 1 or seed = '1'", "LoRA": "ink"}, 1),
        ({"condition": "steps > 0 -- all", "LoRA": "ink"}, 1),
    ],
)
def test_fields_that_are_filled_all_hold(panel, lab, settled, texts, count):
    choose(panel, settled, **texts)
    assert panel._message.value == ""
    assert re.search(rf">{count} images? match", panel._status.value)
    space = {"lab": lab}
    exec(panel.code().partition("\ngrid")[0], space)  # noqa: S102  (the code that a person copies)
    assert [uid[:8] for uid in reversed(space["table"].index)] == listed(panel)


def test_stars_tags_and_status_narrow_it_too(panel, lab, settled, made):
    one, two, three = (cell.generation.uid for cell in made.cells)
    for uid, stars in ((one, 2), (two, 4), (three, 5)):
        lab.catalog.star(uid, stars)
    lab.catalog.tag([one, two], "keeper")
    panel._query.stars.value = 4
    settled()
    assert set(listed(panel)) == {two[:8], three[:8]}
    choose(panel, settled, tags="keeper")
    assert listed(panel) == [two[:8]]
    assert panel.query() == {"stars": [4, 5], "tags": "keeper"}
    choose(panel, settled, tags="")
    panel._query.stars.value = 0
    panel._query.status.value = "failed"
    settled()
    assert "0 images match" in panel._status.value
    assert panel.query() == {"status": "failed"}
    panel._query.status.value = "all"
    settled()
    assert "4 images match" in panel._status.value
    assert panel.query() == {"status": None}


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        ({"condition": "stepz > 1"}, "stepz"),
        ({"condition": "1) or (1", "LoRA": "ink"}, "a bracket is closed that was not opened"),
        ({"condition": "1; delete from generations"}, "is not a condition"),
        ({"since": "yesterday-ish"}, "since"),
        ({"seed": "one"}, "seed"),
        ({"steps": "1.5"}, "steps"),
        ({"LoRA": "ink ="}, "is no LoRA and its strengths: write ink, or ink = 0.5..1"),
        ({"LoRA": "ink = 0.5\npixel = 1"}, "lora ink="),
        ({"words": '"'}, "prompt_has"),
    ],
)
def test_a_wrong_query_is_one_sentence_and_the_table_stays(panel, settled, texts, sentence):
    before = panel._status.value
    choose(panel, settled, **texts)
    assert sentence in panel._message.value.partition("<details>")[0]
    assert "<summary>traceback</summary>" in panel._message.value
    assert panel._status.value.endswith(f">{before}</div>")
    assert "from before the error that is told below it" in panel._status.value
    choose(panel, settled, **dict.fromkeys(texts, ""))
    assert panel._message.value == ""
    assert panel._status.value == before


def test_what_is_not_listed_is_said(panel, settled):
    panel._rows.value = 2
    settled()
    assert "4 images match · the newest 2 are listed" in panel._status.value
    assert len(listed(panel)) == 2
    assert len(panel._chosen.options) == 3


def test_hostile_prompts_are_text(panel, settled, press):
    choose(panel, settled, words="crab")
    press(panel, "Show")
    html = panel._status.value + panel.static_html()
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html


def test_without_columns_all_images_stand_side_by_side(panel, lab, press):
    press(panel, "Show")
    uids = list(reversed(lab.catalog.df().index))
    assert [cell.generation.uid for cell in panel.grid.cells] == uids
    assert panel.grid.summary == "4 images, the newest first"
    space = {"lab": lab}
    exec(panel.code(), space)  # noqa: S102  (the code that a person copies)
    assert [cell.generation.uid for cell in space["grid"].cells] == uids


def test_axes_give_a_grid_whose_holes_are_filled(panel, lab, settled, press):
    choose(panel, settled, words="owl")
    panel._x.value, panel._y.value = "guidance", "seed"
    press(panel, "Show")
    assert [cell.status for cell in panel.grid.cells].count("missing") == 1
    assert panel.sweep().values["seed"] == 2
    space = {"lab": lab}
    exec(panel.code(), space)  # noqa: S102  (the code that a person copies)
    assert space["grid"].axes == panel.grid.axes
    press(panel, "Fill holes")
    assert [cell.status for cell in panel.grid.cells] == ["ok"] * 4
    assert len(lab.catalog.df(prompt_has="owl")) == 4
    assert "4 images match" in panel._status.value
    press(panel, "Fill holes")
    assert "this grid has no holes" in panel._message.value


def test_holes_are_watched_while_they_are_filled(panel, settled, open_panel, request):
    choose(panel, settled, words="owl")
    held_worker = request.getfixturevalue("held_worker")
    panel._x.value, panel._y.value = "guidance", "seed"
    panel.show(panel.gather())
    browser = open_panel(panel._shown)
    run = panel.start()
    scene = browser.scene()
    assert sorted(cell["status"] for cell in scene["cells"]) == ["ok", "ok", "ok", "queued"]
    assert "cancel" in scene["actions"]
    held_worker.set()
    run.wait(60)
    assert [cell["status"] for cell in browser.ended("done")["cells"]] == ["ok"] * 4


def test_holes_without_a_single_recipe_are_refused_in_words(panel, press):
    panel._x.value, panel._y.value = "guidance", "seed"
    press(panel, "Show")
    press(panel, "Fill holes")
    assert "a hole has no single recipe" in panel._message.value


def test_nothing_is_filled_before_something_is_shown(panel, press):
    press(panel, "Fill holes")
    assert "no grid is shown yet: press Show first" in panel._message.value
    with pytest.raises(GridError, match="press Show first"):
        panel.sweep()


def test_what_varies_no_more_cannot_stay_chosen(panel, settled):
    panel._x.value = "steps"
    panel._facets.value = ("seed", "steps")
    choose(panel, settled, words="owl")
    assert panel._x.value == ""
    assert panel._facets.value == ("seed",)


def test_the_sweep_of_an_image_opens_below(panel, made, settled, press):
    press(panel, "Open its sweep")
    assert "no image is chosen" in panel._message.value
    uid = made.cells[0].generation.uid
    panel._chosen.value = uid
    press(panel, "Open its sweep")
    first = panel.opened
    assert {values["seed"] for _, values in first.sweep().cells()} == {1, 2}
    assert len(first.sweep()) == 3
    panel._chosen.value = panel._chosen.options[1][1]
    press(panel, "Open its sweep")
    assert panel.opened is not first
    assert panel.opened.sweep().values["loras"] == {"ink": 0.5}


def test_use_as_base_opens_a_new_sweep_with_the_recipe(panel, made):
    panel.use(made.cells[0].recipe)
    assert panel.opened.sweep().values["prompt"] == PROMPT
    assert panel.opened.sweep().values["guidance"] == 1.0


def test_an_empty_catalog_is_no_error(lab, press):
    panel = lab.panel.catalog()
    assert "0 images match" in panel._status.value
    press(panel, "Show")
    assert panel._message.value == ""
    assert panel.grid.summary == "no image matches"
    panel.close()


def test_a_lost_file_keeps_no_row_from_being_listed(lab, made):
    made.cells[0].generation.path.unlink()
    panel = lab.panel.catalog()
    assert len(listed(panel)) == 4
    assert panel._status.value.count("✕ no image") == 1
    panel.close()


@pytest.mark.filterwarnings("ignore:prompt_has")
def test_words_that_are_taken_otherwise_than_they_may_be_meant_are_told_of(panel, settled):
    choose(panel, settled, words="owl OR crab")
    assert "0 images match" in panel._status.value
    assert "takes OR for a word that the prompt has" in panel._status.value
    choose(panel, settled, words="owl")
    assert "takes OR" not in panel._status.value
