"""`lab.panel.prompt_grid`: what is typed is what is made, and what it costs is said before."""

import re
import threading

import pytest

from fluxlab import Sweep
from fluxlab.errors import SweepError
from fluxlab.models import count_tokens, hub
from fluxlab.panels.service import SERVICE
from fluxlab.sweep import escape

PROMPT = "an {owl|fox} on a teal background"
HOSTILE = "<img src=x onerror=alert(1)> \u202egnp.exe"


@pytest.fixture
def panel(lab):
    panel = lab.panel.prompt_grid(PROMPT, seed=[1, 2], steps=1)
    yield panel
    panel.close()


def rows(lab):
    return sorted(lab.catalog.df().index)


def test_the_form_is_its_sweep(panel):
    assert panel.sweep() == Sweep(PROMPT, seed=[1, 2], steps=1)
    assert "2 prompts" in panel._status.value
    assert "an owl on a teal background" in panel._status.value
    assert "4 cells" in panel._status.value


def test_every_change_is_counted_again(panel, settled):
    panel._prompt.value = "a {red|blue|green} {owl|fox}\na crab\n\n"
    panel._fields.of["seed"].value = "1..5"
    panel._fields.more.value = "scheduler = euler, unipc\n# not yet: guidance = 2\nlora:ink = 0.5"
    settled()
    assert "7 prompts" in panel._status.value
    assert "… and 4 more" in panel._status.value
    assert "70 cells" in panel._status.value
    sweep = Sweep(
        ["a {red|blue|green} {owl|fox}", "a crab"],
        seed="1..5",
        steps=1,
        scheduler=["euler", "unipc"],
        lora={"ink": 0.5},
    )
    assert panel.sweep() == sweep


def test_run_makes_the_images_and_the_code_finds_them(panel, lab, press):
    press(panel, "Run")
    made = rows(lab)
    assert len(made) == 4
    assert [cell.status for cell in panel.grid.cells] == ["ok"] * 4
    assert "4 in the catalog" in panel._status.value
    space = {"lab": lab, "Sweep": Sweep}
    exec(panel.code(), space)  # noqa: S102  (the code that a person copies)
    assert sorted(cell.generation.uid for cell in space["grid"].cells) == made
    assert rows(lab) == made


def test_fast_mode_is_what_is_recorded_and_what_the_code_says(panel, lab, press):
    panel._mode.value = "fast"
    press(panel, "Run")
    assert set(lab.catalog.df()["mode"]) == {"fast"}
    assert "mode='fast'" in panel.code()


def test_what_cannot_be_understood_is_one_sentence_with_its_traceback_folded(panel, lab, press, settled):
    panel._fields.of["seed"].value = "1..x"
    settled()
    alert = panel._message.value
    assert 'role="alert"' in alert
    assert "seed" in alert.partition("<details>")[0]
    assert "<details><summary>traceback</summary>" in alert
    press(panel, "Run")
    assert panel.grid is None
    assert len(rows(lab)) == 0
    panel._fields.of["seed"].value = "1"
    settled()
    assert panel._message.value == ""
    assert "2 cells" in panel._status.value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("steps", "is no axis: write a name"),
        ("sceduler = unipc", "Did you mean &#x27;scheduler&#x27;?"),
        ("seed = 3", "seed stands in two lines"),
        ("lora:nobody = 1", "neither among the named LoRAs"),
        ("scheduler = magic", "magic"),
    ],
)
def test_wrong_lines_say_what_is_wrong(panel, settled, text, sentence):
    panel._fields.more.value = text
    settled()
    assert sentence in panel._message.value


def test_long_prompts_are_measured_before_they_run(panel, settled):
    panel._prompt.value = "owl " * 100
    settled()
    assert "✕ too long" in panel._status.value
    assert "act only through T5" in panel._status.value


def test_hostile_prompts_are_text(panel, settled, press):
    panel._prompt.value = HOSTILE
    panel._fields.of["seed"].value = "1"
    settled()
    press(panel, "Run")
    for html in (panel._status.value, panel._code.value, panel.static_html()):
        assert "<img src=x" not in html
        assert "&lt;img src=x" in html
    assert "\u202e" not in panel._status.value


def test_a_very_long_prompt_is_cut_where_it_is_shown(panel, settled):
    panel._prompt.value = "a" * 10_000
    settled()
    assert "a" * 200 not in panel._status.value
    assert panel.sweep().values["prompt"] == "a" * 10_000


def test_a_recipe_becomes_the_base_and_the_seeds_stay(panel, lab):
    panel.use(lab.recipe("a {literal} crab", seed=77, steps=3, guidance=2.5, loras={"ink": 0.5}))
    sweep = panel.sweep()
    assert sweep.axes == {"seed": (1, 2)}
    assert sweep.values["prompt"] == "a {literal} crab"
    assert sweep.values["steps"] == 3
    assert sweep.values["guidance"] == 2.5
    assert sweep.values["loras"] == {"ink": 0.5}


def test_the_notebook_keeps_the_form_and_its_images(panel, press):
    press(panel, "Run")
    data, _ = panel._repr_mimebundle_()
    html = data["text/html"]
    assert html.count("data:image/webp") == 4
    assert "Sweep(" in html
    assert data["text/plain"].startswith("<PromptGrid of Lab(")


def test_two_panels_work_at_once(lab, press, held_worker, settled):
    one, two = (lab.panel.prompt_grid(f"an owl and {n} foxes", seed=1, steps=1) for n in (2, 3))
    first, second = one.start(), two.start()
    assert {first.state, second.state} == {"queued"}
    held_worker.set()
    settled()
    assert [panel.grid.cells[0].status for panel in (one, two)] == ["ok", "ok"]
    assert set(lab.catalog.df()["prompt"]) == {"an owl and 2 foxes", "an owl and 3 foxes"}
    one.close()
    two.close()


def test_a_form_takes_no_values_that_it_cannot_hold(lab):
    with pytest.raises(SweepError, match="replace cannot stand in a form"):
        lab.panel.prompt_grid(PROMPT, replace={"owl": ["owl", "cat"]})


@pytest.mark.parametrize(
    "prompt", ["a fox\nsitting", "a fox\n\n{sitting}\n", "ends with \\", "a \\\\\n\\\nfox"], ids=repr
)
def test_a_prompt_of_several_lines_stays_one_prompt(panel, lab, prompt):
    panel.use(lab.plan(panel.sweep()).cells[0].recipe.replace(prompt=prompt))
    assert [values["prompt"] for _, values in panel.sweep().cells()][:1] == [prompt]
    assert "prompt" not in panel.sweep().axes
    again = lab.panel.prompt_grid([escape(prompt), "an owl"], seed=1).sweep()
    assert again.axes["prompt"] == (prompt, "an owl")


def test_a_plan_beside_an_error_says_that_it_is_from_before(panel, settled):
    panel._fields.of["seed"].value = "1..x"
    settled()
    assert "4 cells" in panel._status.value
    assert "from before the error that is told below it" in panel._status.value
    panel._fields.of["seed"].value = "1..3"
    settled()
    assert "6 cells" in panel._status.value
    assert "before the error" not in panel._status.value


def tokens(panel):
    return re.findall(r"(\d+) of (\d+) tokens", panel._status.value)


def test_the_meters_are_those_of_what_each_encoder_reads(panel, settled):
    longest = "a very " + "long " * 100 + "owl"
    panel._prompt.value = "\n".join([*(f"owl {number}" for number in range(250)), longest])
    panel._fields.of["seed"].value = "1"
    settled()
    counted = count_tokens("nano", longest)
    assert tokens(panel) == [(str(counted.clip), "77"), (str(counted.t5), "32")]
    panel._prompt.value = PROMPT
    panel._fields.more.value = "prompt_2 = an owl that looks to the left\nmax_sequence_length = 32, 8"
    settled()
    counted = count_tokens("nano", "an owl on a teal background", "an owl that looks to the left")
    assert tokens(panel) == [(str(counted.clip), "77"), (str(counted.t5), "8")]
    assert "of the longest prompt_2 change nothing" in panel._status.value


def test_a_model_that_is_not_here_is_not_fetched_by_typing_its_name(panel, settled, monkeypatch):
    asked = []
    monkeypatch.setattr(hub, "check_reachable", lambda: asked.append("the hub"))
    for model in ("black-forest-labs/FLUX.1-d", "FLUX.1-dev"):
        panel._fields.more.value = f"model = {model}"
        settled()
        assert f"4 cells · <bdi>{model}</bdi> is not on this machine: <i>Run</i> downloads" in panel._status.value
        assert panel._message.value == ""
    assert asked == []


def test_nobody_waits_for_a_run_that_is_still_being_planned(panel, lab, settled, monkeypatch):
    fetched, start = threading.Event(), lab.start
    monkeypatch.setattr(panel.lab, "start", lambda *args, **values: fetched.wait(60) and start(*args, **values))
    panel.begin()
    answered = threading.Event()
    SERVICE.put(answered.set)
    assert answered.wait(60)
    assert "preparing the run" in panel._message.value
    assert panel.grid is None
    fetched.set()
    settled()
    assert panel._message.value == ""
    assert [cell.status for cell in panel.grid.cells] == ["ok"] * 4


def test_a_plan_of_very_many_cells_waits_until_it_is_asked_for(panel, settled):
    panel._fields.of["seed"].value = "1..3000"
    settled()
    assert "6,000 cells · more than 5,000 are priced by lab.plan(sweep) only" in panel._status.value


@pytest.mark.parametrize("prompt", [7, [7], [], b"an owl"])
def test_what_is_no_prompt_is_one_sentence(lab, prompt):
    for panel in (lab.panel.prompt_grid, lab.panel.lora):
        with pytest.raises(SweepError, match="prompt="):
            panel(prompt)


def test_who_opens_a_notebook_without_widgets_sees_the_images_and_no_name_of_an_object(panel, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, **_: shown.append(data))
    panel._ipython_display_()
    widget, without = shown
    assert widget["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id
    assert widget["text/plain"] == ""
    assert "Sweep(" in without["text/html"]
    assert without["text/plain"] == repr(panel)
