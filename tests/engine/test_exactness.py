"""Lossy images are labelled, and their distance to the exact image is recorded where that is there."""

import pytest

from fluxlab import Lab, Sweep
from fluxlab.errors import GridError

PROMPT = "a fox to the left of an apple on a blue background"
BASE = {"steps": 5, "width": 64, "height": 64}
CACHE = "taylorseer:2,warmup=1"


@pytest.fixture
def grid(lab):
    return lab.run(Sweep(PROMPT, **BASE, seed=[1, 2], step_cache=[None, CACHE]), progress=False)


def test_a_run_measures_its_lossy_cells_against_the_exact_ones(lab, grid):
    table = grid.df()
    lossy = table["step_cache"].notna()
    assert (table.loc[lossy, "lossy"] == f"step_cache {CACHE}").all()
    assert table.loc[~lossy, "lossy"].isna().all()
    assert (table.loc[lossy, "exact.mad"] > 0).all()
    assert table.loc[lossy, "exact.psnr"].between(5, 60).all()
    assert (table.loc[lossy, "exact.distance"] > 0).all()
    assert table.loc[~lossy, "exact.mad"].isna().all()


def test_the_distances_are_scores_of_the_catalog(lab, grid):
    table = lab.catalog.df(columns=["lossy", "score.exact.mad"], where='"score.exact.mad" > 0')
    assert list(table["lossy"]) == [f"step_cache {CACHE}"] * 2
    again = lab.catalog.grid("step_cache", "seed").df()
    assert again["exact.mad"].notna().sum() == 2


def test_an_exact_image_of_an_earlier_day_is_found(lab):
    lab.generate(PROMPT, **BASE, seed=3)
    made = lab.generate(PROMPT, **BASE, seed=3, step_cache=CACHE)
    assert lab.catalog.scores([made.uid], "exact.mad").keys() == {made.uid}


def test_the_distance_can_be_asked_for_and_makes_the_exact_image(lab):
    made = lab.generate(PROMPT, **BASE, seed=4, step_cache=CACHE)
    assert lab.catalog.scores([made.uid], "exact.mad") == {}
    told = lab.distance(made)
    assert set(told) == {"exact.mad", "exact.psnr", "exact.distance"}
    assert lab.distance(made.uid) == told
    assert len(lab.catalog.df()) == 2


def test_equal_pixels_have_no_psnr(lab):
    made = lab.generate(PROMPT, **BASE, seed=4, step_cache="first_block:0.000001")
    assert lab.distance(made) == {"exact.mad": 0.0, "exact.distance": 0.0}


def test_an_exact_image_has_no_distance(lab):
    assert lab.distance(lab.generate(PROMPT, **BASE, seed=4, guidance_schedule="0-0.5: 1")) == {}


def test_the_label_is_seen_in_the_grid(grid, tmp_path):
    html = grid._repr_html_()
    assert html.count(f"≈ lossy: step_cache {CACHE}") == 2
    assert "from the exact image" in html
    assert grid.contact_sheet(tmp_path / "sheet.png").is_file()


def test_time_and_distance_can_be_plotted(grid):
    figure = grid.tradeoff()
    figure.canvas.draw()
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == ["exact (n = 2)", f"step_cache {CACHE} (n = 2)"]
    with pytest.raises(GridError, match=r"y='exact\.psnr' is no distance to the exact image"):
        grid.tradeoff("exact.psnr")
    with pytest.raises(GridError, match=r"seconds='seconds\.denois' is no column: Did you mean 'seconds\.denoise'\?"):
        grid.tradeoff(seconds="seconds.denois")


def test_a_grid_without_exact_images_says_what_is_missing(lab):
    grid = lab.run(Sweep(PROMPT, **BASE, seed=5, step_cache=[CACHE, "pab"]), progress=False)
    with pytest.raises(GridError, match="vary a lever and keep the exact value on its axis"):
        grid.tradeoff()


def test_a_missing_exact_file_ends_nothing(lab, home):
    exact = lab.generate(PROMPT, **BASE, seed=6)
    made = lab.generate(PROMPT, **BASE, seed=7, step_cache=CACHE)
    exact.path.unlink()
    grid = Lab(catalog=home).run(Sweep(PROMPT, **BASE, seed=[6, 7], step_cache=CACHE), progress=False)
    assert [cell.status for cell in grid.cells] == ["ok", "ok"]
    assert made.uid in {cell.generation.uid for cell in grid.cells}
