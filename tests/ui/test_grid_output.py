"""The static grid of `lab.run`, as a person sees it in a notebook."""

import pytest
from playwright.sync_api import expect

#: Relative luminance and contrast as WCAG 2.2 defines them, of every element with text of its own.
CONTRASTS = """root => {
  const channels = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const luminance = colour => {
    const [r, g, b] = colour.map(c => c / 255).map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = element => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const written = element => [...element.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim());
  return [...root.querySelectorAll('*')].filter(e => written(e) && e.checkVisibility()).map(element => {
    const ink = luminance(channels(getComputedStyle(element).color).slice(0, 3));
    const paper = luminance(behind(element));
    return [(Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05), element.textContent.trim()];
  });
}"""
READABLE = 4.5
WIDTHS = "images => Promise.all(images.map(image => image.decode().then(() => image.naturalWidth)))"
RUN = """
from fluxlab import Lab, Sweep
lab = Lab()
lab.run(Sweep({prompt!r}, seed=[1, 2], steps=[1, 2]), progress=False)
"""


def test_a_run_shows_its_grid(shared_notebook):
    cell = shared_notebook.run(RUN.format(prompt="a fox on a teal background"))
    grid = cell.output.locator(".fluxlab-grid")
    expect(grid.locator(".fl-title")).to_have_text("a fox on a teal background")
    expect(grid.locator("img")).to_have_count(4)
    assert grid.locator("img").evaluate_all(WIDTHS) == [128] * 4
    assert shared_notebook.value("len(lab.catalog.df())") == 4


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_of_the_grid_can_be_read(shared_notebook, theme):
    cell = shared_notebook.run(RUN.format(prompt="a fox on a teal background"))
    shared_notebook.theme(theme)
    found = cell.output.locator(".fluxlab-grid").evaluate(CONTRASTS)
    assert len(found) > 5
    assert [(text, ratio) for ratio, text in found if ratio < READABLE] == []


HOSTILE = [
    "<img src=x onerror=window.hacked=1>",
    "</b></p><script>window.hacked=1</script>",
    "a \"fox' onmouseover=window.hacked=1 x=",
    "\u202egnp.exe a fox\u202c",
]


def test_a_prompt_runs_no_script(shared_notebook):
    prompts = f"[escape(text) for text in {HOSTILE!r}]"
    cell = shared_notebook.run(
        "from fluxlab import Lab, Sweep\nfrom fluxlab.sweep import escape\n"
        f"Lab().run(Sweep({prompts}, seed=1, steps=1), progress=False)"
    )
    grid = cell.output.locator(".fluxlab-grid")
    expect(grid.locator("img")).to_have_count(len(HOSTILE))
    for text in HOSTILE[:2]:
        expect(grid).to_contain_text(text)
    grid.locator("img").first.hover()
    grid.locator("summary").first.click()
    assert grid.locator("script, [onerror], [onmouseover]").count() == 0
    assert shared_notebook.page.evaluate("() => window.hacked === undefined")
