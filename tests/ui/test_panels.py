"""Every panel in a browser, from click to catalog row, in dark and light, on two generations of ipykernel."""

import re

import pytest
from playwright.sync_api import expect

LAB = "from fluxlab import Lab, Sweep\nlab = Lab()\n"
ROWS = "len(lab.catalog.df())"


def show(notebook, panel):
    """A panel of a new lab."""
    notebook.run(f"{LAB}panel = {panel}\npanel")
    element = notebook.page.locator(".fluxlab-panel")
    expect(element).to_contain_text("plan")
    return element


def run(panel):
    panel.get_by_role("button", name="Run", exact=True).click()


def images(panel):
    return panel.locator('.fluxlab-image-grid .fl-cell[data-status="ok"]')


def test_prompts_are_typed_counted_and_made(shared_notebook):
    panel = show(shared_notebook, "lab.panel.prompt_grid(steps=1, seed='1..2')")
    panel.get_by_label("prompt").fill("a {red|blue} fox without hats")
    expect(panel).to_contain_text("2 prompts")
    expect(panel).to_contain_text(re.compile(r"CLIP.*of 77 tokens"))
    expect(panel).to_contain_text("often draws hats")
    expect(panel).to_contain_text("4 to make")
    run(panel)
    expect(images(panel)).to_have_count(4)
    shared_notebook.until(ROWS, 4)
    assert set(shared_notebook.value("list(lab.catalog.df()['prompt'])")) == {
        "a red fox without hats",
        "a blue fox without hats",
    }
    expect(panel).to_contain_text("4 in the catalog")


def test_keys_pressed_in_a_form_are_no_commands_of_the_notebook(shared_notebook):
    panel = show(shared_notebook, "lab.panel.prompt_grid('a fox', steps=1, seed='1..2')")
    cells = shared_notebook.page.locator(".jp-Notebook .jp-Cell")
    before = cells.count()
    for control in (panel.get_by_role("button", name="Run", exact=True), panel.get_by_label("mode")):
        control.focus()
        shared_notebook.press("b", "m", "d", "d", "ArrowDown", "Control+Enter")
        expect(control).to_be_focused()
        assert cells.count() == before
    expect(panel.get_by_label("mode")).to_have_value("fast")
    seed = panel.get_by_label("seed", exact=True)
    seed.focus()
    shared_notebook.press("End", "5", "Control+z")
    expect(seed).to_have_value("1..2")
    python = panel.locator("pre", has_text="lab.run(sweep")
    expect(python).to_be_hidden()
    panel.get_by_role("button", name="Python that does the same").focus()
    shared_notebook.press("Enter")
    expect(python).to_be_visible()
    assert cells.count() == before


def test_axes_are_typed_or_chosen_and_what_is_wrong_is_a_sentence(shared_notebook):
    panel = show(shared_notebook, "lab.panel.sweep('a fox', seed=1, steps=1)")
    add = panel.get_by_label("add")
    add.fill("guidance")
    add.press("Enter")
    row = panel.locator(".widget-hbox", has_text="guidance").get_by_role("textbox")
    row.fill("1.5, many")
    expect(panel.get_by_role("alert")).to_contain_text("guidance")
    row.fill("1.5, 3.5")
    expect(panel.get_by_role("alert")).to_have_count(0)
    panel.get_by_role("button", name="text", exact=True).click()
    typed = panel.get_by_label("axes", exact=True)
    expect(typed).to_have_value(re.compile("guidance = 1.5, 3.5"))
    typed.fill("seed = 1, 2\nguidance = 1.5, 3.5\nsteps = 1")
    expect(panel).to_contain_text("4 to make")
    run(panel)
    expect(images(panel)).to_have_count(4)
    shared_notebook.until(ROWS, 4)


def test_strengths_of_a_lora_are_made_with_zero_among_them_and_a_curve(shared_notebook):
    panel = show(shared_notebook, "lab.panel.lora('a fox', lora='ink', strength='0.5, 1', seed='1..2', steps=1)")
    run(panel)
    expect(images(panel)).to_have_count(6)
    expect(panel.get_by_role("img", name=re.compile("strength"))).to_be_visible()
    shared_notebook.until(ROWS, 6)
    assert shared_notebook.value("sorted(set(lab.catalog.df(columns=['lora.ink'])['lora.ink']))") == [0, 0.5, 1]


def test_the_catalog_is_searched_and_shown(shared_notebook):
    shared_notebook.run(f"{LAB}_ = lab.run(Sweep('a {{fox|owl}}', seed=[1, 2], steps=1), progress=False)")
    shared_notebook.run("panel = lab.panel.catalog()\npanel")
    panel = shared_notebook.page.locator(".fluxlab-panel")
    expect(panel.get_by_role("status")).to_contain_text("4 images match")
    panel.get_by_label("words").fill("owl")
    expect(panel.get_by_role("status")).to_contain_text("2 images match")
    panel.get_by_role("button", name="Show", exact=True).click()
    expect(images(panel)).to_have_count(2)


def test_a_hostile_prompt_is_only_text_and_a_long_one_does_not_push_the_page_apart(shared_notebook):
    panel = show(shared_notebook, "lab.panel.prompt_grid(steps=1, seed=1)")
    evil = "<img src=x onerror=window.hurt=1> \u202e\u05e9\u05dc\u05d5\u05dd </textarea><script>window.hurt=1</script>"
    panel.get_by_label("prompt").fill(evil + "word " * 2000)
    expect(panel).to_contain_text("onerror")
    expect(panel).to_contain_text("act only through CLIP")
    run(panel)
    expect(images(panel)).to_have_count(1)
    assert shared_notebook.page.evaluate("window.hurt") is None
    assert panel.evaluate("panel => panel.scrollWidth - panel.clientWidth") <= 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_in_both_themes(shared_notebook, theme):
    panel = show(shared_notebook, "lab.panel.sweep('a fox', seed='1..2', steps=1)")
    run(panel)
    expect(images(panel)).to_have_count(2)
    shared_notebook.theme(theme)
    looked_at, poor = shared_notebook.page.evaluate(CONTRAST)
    assert looked_at > 20
    assert poor == []


def test_a_panel_on_an_older_kernel_goes_from_click_to_row(notebook):
    notebook.open("older-panel/panel.ipynb", kernel="ipykernel-6")
    assert notebook.value("__import__('ipykernel').__version__").startswith("6.")
    panel = show(notebook, "lab.panel.sweep('a fox', seed='1..2', steps=1)")
    run(panel)
    expect(images(panel)).to_have_count(2)
    notebook.until(ROWS, 2)


#: How many texts the panel has, and those whose contrast with what lies behind them is under 4.5 (WCAG 2.2, level AA).
CONTRAST = """() => {
  const channels = colour => (colour.match(/[0-9.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = element => {
    for (let each = element; each; each = each.parentElement) {
      const colour = channels(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  let lookedAt = 0;
  for (const element of document.querySelectorAll('.fluxlab-panel *')) {
    const said = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!said || !element.checkVisibility() || element.matches('style, script, :disabled, option')) continue;
    lookedAt += 1;
    const [one, two] = [light(channels(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (ratio < 4.5) poor.push(`${element.className} ${element.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return [lookedAt, poor];
}"""
