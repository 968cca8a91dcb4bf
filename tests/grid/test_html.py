import base64
import itertools
import re
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from fluxlab.grid import Grid, GridCell
from fluxlab.grid import html as html_module
from fluxlab.grid.details import alt

HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script></style> \u202eevil &amp; {{7*7}}"
VOID = {"img", "input", "meta", "br"}


class Page(HTMLParser):
    """Tags with their attributes and their text; complains about tags that do not match."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.words = [], [], []
        self.feed(text)
        assert self.open == [], "unclosed tags"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"style", "script"}:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag, kind=""):
        return [a for t, a in self.tags if t == tag and kind in [*(a.get("class") or "").split(), ""]]


def shown(grid):
    return Page(grid._repr_html_())


def decoded(uri):
    kind, data = re.fullmatch(r"data:image/(png|webp);base64,(.*)", uri).groups()
    return kind, base64.b64decode(data)


def test_a_grid_shows_rows_columns_and_sections_without_scripts(studio):
    page = shown(
        studio.grid({"prompt": ("a cat", "a dog"), "seed": (1, 2), "guidance": (1.0, 2.0, 3.5)}, title="Trial")
    )
    assert len(page.all("img")) == 12
    assert len(page.all("table", "fl-table")) == 2
    assert [a for t, a in page.tags if t == "th" and a.get("scope") == "col"] == [{"scope": "col"}] * 6
    assert "Trial" in page.text
    assert "seed ↓ guidance → 1 2 3.5" in page.text
    assert not page.all("script")
    assert not [n for _, attrs in page.tags for n in attrs if n.startswith("on")]


def test_every_image_says_its_prompt_and_place_and_every_cell_its_parameters(studio):
    grid = studio.grid({"lora:ink": (0, 0.5)})
    images = shown(grid).all("img")
    assert [image["alt"] for image in images] == ["a cat, lora:ink 0", "a cat, lora:ink 0.5"]
    hover = images[1]["title"]
    for part in (
        "prompt: a cat",
        "seed: 1",
        "steps: 4",
        "guidance: 3.5",
        "lora ink: strength 0.5",
        "denoise 0.4 s",
        "uid: ",
    ):
        assert part in hover
    assert grid.cells[1].generation.uid in shown(grid).text


def test_what_was_used_is_shown_where_it_differs_from_what_was_asked(studio):
    cell = studio.cell(0, {}, guidance=0.3)
    used = GridCell(0, {}, cell.generation, "ok", cached=False, key="k", recipe=cell.recipe.replace(guidance=0.7))
    text = shown(Grid({}, (used,))).text
    assert "used guidance" in text
    assert "used steps" not in text


@pytest.mark.parametrize("count", [0, 1, 5])
def test_any_number_of_axes_works(studio, count):
    axes = dict(
        list({"seed": (1, 2), "steps": (4, 8), "guidance": (1.0, 2.0), "width": (32, 48), "lora:a": (0, 1)}.items())[
            :count
        ]
    )
    grid = studio.grid(axes, {i: {"status": "waiting"} for i in range(4, 32)})
    page = shown(grid)
    assert len(page.all("details")) >= len(grid)
    assert len(page.all("img")) == min(4, 2**count)


def test_a_long_line_is_wrapped_and_keeps_its_labels(studio):
    page = shown(studio.grid({"seed": tuple(range(9))}, every={"status": "waiting"}))
    assert len(page.all("figure")) == 9
    assert "seed 8" in page.text
    assert not page.all("table", "fl-table")


def test_tabs_are_radio_buttons_that_two_outputs_do_not_share(studio):
    grid = studio.grid({"seed": (1, 2), "steps": (4, 8), "guidance": (1.0, 2.0)}).view(tabs="seed")
    page = shown(grid)
    radios = page.all("input")
    assert [r["type"] for r in radios] == ["radio", "radio"]
    assert sum("checked" in r for r in radios) == 1
    assert [label["for"] for label in page.all("label")] == [r["id"] for r in radios]
    assert len(page.all("img")) == 8
    assert shown(grid).all("input")[0]["name"] != radios[0]["name"]


def test_each_status_differs_in_words_and_frame(studio):
    special = {
        0: {"status": "failed", "error": "memory ran out"},
        1: {"status": "interrupted"},
        2: {"status": "waiting"},
        3: {"cached": True},
    }
    page = shown(studio.grid({"seed": (1, 2, 3, 4, 5)}, special))
    for words in ("✕ failed", "memory ran out", "◐ interrupted after step 3", "… waiting", "⟲ from the catalog"):
        assert words in page.text
    assert any("memory ran out" in a.get("title", "") for a in page.all("span", "fl-empty"))
    kinds = [a["class"].split()[1] for a in page.all("div", "fl-cell")]
    assert kinds == ["fl-failed", "fl-interrupted", "fl-waiting", "fl-cached", "fl-ok"]
    css = html_module.static("grid.css")
    assert {"dotted", "dashed", "double", "solid"} <= set(re.findall(r"border[a-z-]*: \dpx (\w+)", css))


def test_places_that_the_sweep_left_out_are_said_to_be_so(studio):
    keep = lambda c: not (c["seed"] == 1 and c["steps"] == 8)  # noqa: E731
    every = {"status": "waiting"}
    assert "not in this sweep" in shown(studio.grid({"seed": (1, 2), "steps": (4, 8, 16)}, every=every, keep=keep)).text


def test_dead_axes_are_announced_above_and_marked_in_their_cells(studio, flat):
    text = shown(studio.grid({"guidance": (1.0, 2.0)}, paint=lambda _: flat("red"))).text
    assert text.index("guidance is a dead axis") < text.index("same pixels as guidance 2")


def test_hostile_text_stays_text(studio, tmp_path):
    special = {1: {"status": "failed", "error": HOSTILE}}
    grid = studio.grid({"prompt": (HOSTILE, "a dog"), "lora:<b>": (0, 1)}, special, title=HOSTILE, summary=HOSTILE)
    for page in (shown(grid), Page(grid.save_html(tmp_path / "g.html").read_text())):
        assert all(a["src"].startswith("data:") for a in page.all("img"))
        assert not page.all("b", "x")
        assert not [n for _, attrs in page.tags for n in attrs if n.startswith("on")]
        assert len(page.all("script")) == (1 if page.all("meta") else 0)
        assert "<script>alert(2)</script>" in page.text
        assert "\u202e" not in page.text
        assert "&amp;" in page.text


@pytest.mark.parametrize(("times", "different"), [(400, 2), (1250, 1)])
def test_long_prompts_are_shortened_with_their_text_up_to_a_cap_behind_them(studio, times, different):
    long = "endless " * times
    grid = studio.grid({"prompt": (long + "one", long + "two"), "seed": (1, 2)})
    text = grid._repr_html_()
    page = Page(text)
    assert len(text) < 150_000
    labels = [a["title"] for a in page.all("bdi") if len(a.get("title", "")) > 3000]
    assert (len(labels), len(set(labels))) == (2, different)
    assert all(len(label) <= 4000 for label in labels)
    rows = [words for words in page.words if words.startswith("[")]
    assert [words[:3] for words in rows] == ["[1]", "[2]"]
    assert all(len(image["alt"]) < 250 for image in page.all("img"))


def test_a_grid_of_48_cells_stays_small_and_large_images_are_thumbnails(studio):
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 255, (128, 128, 3), dtype=np.uint8)).resize((64, 64)).resize((128, 128))
    cell = studio.cell(0, {"seed": 1}, image=noise)
    seeds = tuple(range(48))
    cells = tuple(GridCell(i, {"seed": i}, cell.generation, "ok", cached=False, key=str(i)) for i in seeds)
    assert len(Grid({"seed": seeds}, cells)._repr_html_()) < 1_000_000
    large = shown(Grid({}, (studio.cell(0, {}, image=noise.resize((512, 256))),)))
    (image,) = large.all("img")
    kind, data = decoded(image["src"])
    assert (kind, Image.open(BytesIO(data)).size) == ("webp", (256, 128))
    assert (image["width"], image["height"]) == ("256", "128")


def test_a_few_small_images_keep_every_pixel(studio):
    grid = studio.grid({"seed": (1, 2)})
    for image, cell in zip(shown(grid).all("img"), grid.cells, strict=True):
        found = Image.open(BytesIO(decoded(image["src"])[1])).convert("RGB")
        assert np.array_equal(np.asarray(found), np.asarray(cell.generation.image))
        assert "fl-crisp" in image["class"]
        assert image["style"] == "--fl-zoom:768px"


def test_a_huge_grid_shows_a_part_and_says_so(studio):
    seeds = tuple(range(1200))
    cells = tuple(GridCell(i, {"seed": i}, None, "waiting", cached=False, key=str(i)) for i in seeds)
    page = shown(Grid({"seed": seeds}, cells))
    assert "Showing the first 1000 of 1200 cells" in page.text
    assert len(page.all("figure")) == 1000


def test_a_lost_file_costs_its_picture_and_nothing_else(studio):
    grid = studio.grid({"seed": (881, 882)})
    grid.cells[0].generation.path.unlink()
    page = shown(grid)
    assert len(page.all("img")) == 1
    assert "? no image" in page.text
    assert "cannot be read" in page.text


def test_alternative_texts_do_without_a_recipe():
    assert alt(GridCell(0, {"seed": 1}, None, "waiting", cached=False, key="")) == "image, seed 1"


def test_styles_stay_inside_their_own_class():
    for selector in re.findall(r"(?:^|\})\s*([^{}@]+)\{", html_module.static("grid.css")):
        for part in selector.split(","):
            assert part.strip().startswith(".fluxlab-grid"), part


def test_an_empty_grid_says_so():
    assert "This grid has no cells" in Page(Grid({"seed": (1, 2)}, ())._repr_html_()).text


def test_all_cells_appear_once_wherever_the_axes_go(studio):
    axes = {"seed": (1, 2), "steps": (4, 8), "guidance": (1.0, 2.0)}
    grid = studio.grid(axes)
    uids = sorted(cell.generation.uid for cell in grid.cells)
    for rows, columns in itertools.permutations(axes, 2):
        for tabs in ((), tuple(set(axes) - {rows, columns})):
            text = shown(grid.view(rows=rows, columns=columns, tabs=tabs)).text
            assert sorted(uid for uid in uids if uid in text) == uids


def test_a_notebook_with_48_images_stays_under_a_megabyte_whatever_they_show(studio):
    noise = np.random.default_rng(1)
    cells = [
        studio.cell(
            i,
            {"seed": i},
            image=Image.fromarray(noise.integers(0, 256, (300, 300, 3), dtype=np.uint8)),
            prompt="a prompt of some length, as people write them, " * 6,
        )
        for i in range(48)
    ]
    html = Grid(axes={"seed": tuple(range(48))}, cells=tuple(cells))._repr_html_()
    assert html.count("data:image/webp") == 48
    assert len(html.encode()) < 1_000_000
