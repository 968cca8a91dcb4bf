import numpy as np
import pytest
from PIL import Image

from fluxlab.errors import GridError
from fluxlab.grid import Grid, GridCell
from fluxlab.grid.sheet import _arrange, _Scale, draw
from fluxlab.grid.typeset import font, printable, wrap, wrap_all


def holds(sheet, picture):
    """Whether a picture stands somewhere on the sheet, pixel for pixel."""
    here, wanted = np.asarray(sheet), np.asarray(picture)
    height, width = wanted.shape[:2]
    starts = np.argwhere((here[: -height + 1, : -width + 1] == wanted[0, 0]).all(axis=-1))
    return any(np.array_equal(here[y : y + height, x : x + width], wanted) for y, x in starts)


def test_pictures_keep_their_pixels_enlarged_by_a_whole_factor(studio, tmp_path):
    grid = studio.grid({"seed": (1, 2), "guidance": (1.0, 2.0)})
    sheet = Image.open(grid.contact_sheet(tmp_path / "sheet.png"))
    for cell in grid.cells:
        image = cell.generation.image
        assert holds(sheet, image.resize((image.width * 8, image.height * 8), Image.Resampling.NEAREST))


def test_large_pictures_keep_their_size(studio):
    image = Image.effect_noise((320, 200), 60).convert("RGB")
    assert holds(draw(studio.grid({"seed": (1, 2)}, {0: {"image": image}})), image)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_no_text_leaves_the_sheet(studio, count):
    long = "a very long prompt with Donaudampfschifffahrtsgesellschaftskapitän " * 30
    axes = dict(
        list(
            {
                "prompt": (long + "1", long + "2"),
                "seed": (2**64 - 1, 2**64 - 2),
                "guidance": (1.0, 2.0),
                "steps": (4, 8),
                "lora:a": (0, 1),
            }.items()
        )[:count]
    )
    grid = studio.grid(axes, every={"status": "waiting"}, title=long, summary=long)
    sheet = _arrange(grid, 32, 32, _Scale(up=2))
    for x, y, text, face, _ in sheet.texts:
        left, top, right, bottom = face.getbbox(text)
        assert 0 <= x + left <= x + right <= sheet.width, text
        assert 0 <= y + top <= y + bottom <= sheet.height, text


def test_labels_do_not_run_into_each_other(studio):
    prompts = tuple(f"prompt number {i} with some more words to make it long" for i in range(3))
    sheet = _arrange(
        studio.grid({"prompt": prompts, "seed": (1, 2)}, every={"status": "waiting"}),
        96,
        96,
        _Scale(),
    )
    boxes = []
    for x, y, text, face, _ in sheet.texts:
        left, top, right, bottom = face.getbbox(text)
        boxes.append((x + left, y + top, x + right, y + bottom))
    for i, a in enumerate(boxes):
        for b in boxes[i + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_a_sheet_over_the_limit_gets_smaller_pictures_and_says_so(studio):
    image = Image.effect_noise((512, 512), 60).convert("RGB")
    grid = studio.grid({"seed": (1, 2)}, {0: {"image": image}, 1: {"image": image}})
    full, small = draw(grid), draw(grid, max_megapixels=0.3)
    assert small.width * small.height <= 300_000 < full.width * full.height
    assert holds(small, image.reduce(2)) or holds(small, image.reduce(3))
    texts = [text for _, _, text, _, _ in _arrange(grid, 512, 512, _Scale(down=2)).texts]
    assert any("1/2 of their size" in text for text in texts)


def test_a_sheet_that_cannot_fit_is_refused_with_a_way_out(studio):
    seeds = tuple(range(400))
    cells = tuple(GridCell(i, {"seed": i}, None, "waiting", cached=False, key=str(i)) for i in seeds)
    with pytest.raises(
        GridError, match=r"400 cells .* max_megapixels=1 allows less: raise max_megapixels, or use save_html"
    ):
        draw(Grid({"seed": seeds}, cells), max_megapixels=1)


def test_cells_without_an_image_have_a_frame_and_the_reason(studio):
    special = {
        0: {"status": "failed", "error": "memory ran out"},
        1: {"status": "interrupted"},
        2: {"status": "waiting"},
    }
    sheets = [np.asarray(draw(studio.grid({"seed": (7,)}, {0: option}))) for option in special.values()]
    for i, one in enumerate(sheets):
        for other in sheets[i + 1 :]:
            assert one.shape != other.shape or not np.array_equal(one, other)


def test_dead_axes_are_written_below(studio, flat):
    grid = studio.grid({"guidance": (1.0, 2.0)}, paint=lambda _: flat("red"))
    texts = " ".join(text for _, _, text, _, _ in _arrange(grid, 32, 32, _Scale(up=8)).texts)
    assert "guidance is a dead axis" in texts
    assert "same pixels as guidance 2" in texts


def test_wrapping_keeps_every_word_or_ends_in_an_ellipsis():
    face = font(13)
    assert wrap("a cat on a mat", face, 500, 2) == ["a cat on a mat"]
    lines = wrap("a cat on a mat " * 9, face, 100, 3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(face.getlength(line) <= 100 for line in lines)
    assert "".join(wrap("x" * 50, face, 100, 99)) == "x" * 50
    assert wrap("", face, 100, 2) == []


def test_labels_that_an_ellipsis_made_equal_are_numbered():
    start = "the same beginning of a long prompt "
    found = wrap_all([start * 5 + "cat", start * 5 + "dog"], font(13), 120, 2)
    assert found[0] != found[1]
    assert found[1][0].startswith("[2]")


def test_letters_that_the_font_lacks_are_written_by_number():
    assert printable("cat 猫") == "cat [U+732B]"
    assert printable("Schöne Кошка ✕") == "Schöne Кошка ✕"


def test_only_png_is_written(studio, tmp_path):
    with pytest.raises(GridError, match=r"contact_sheet: it must end in \.png; use '.*sheet\.png'"):
        studio.grid({"seed": (1, 2)}).contact_sheet(tmp_path / "sheet.jpg")


def test_many_sections_stand_side_by_side_instead_of_making_a_tower(studio):
    axes = {"seed": (1, 2), "prompt": ("a", "b"), "lora:ink": (0, 1), "guidance": (1.0, 2.0, 3.0), "steps": (2, 8)}
    sheet = _arrange(studio.grid(axes, every={"status": "waiting"}), 128, 128, _Scale(up=2))
    assert len(sheet.cells) == 48
    assert len({(x, y) for x, y, _ in sheet.cells}) == 48
    assert 0.7 < sheet.width / sheet.height < 2.5
