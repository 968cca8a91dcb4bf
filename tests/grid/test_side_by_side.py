"""`catalog.grid()` without axes: every image alone, the newest first, and nothing left out silently."""

import pytest

from fluxlab.errors import CatalogError, GridError
from fluxlab.grid import Catalog, side_by_side


@pytest.fixture
def catalog(tmp_path):
    return Catalog(tmp_path / "catalog")


@pytest.fixture
def studio(studio, catalog):
    """One whose catalog has nothing of other tests."""
    return type(studio)(catalog)


def test_images_stand_side_by_side_newest_first(studio, catalog):
    made = [studio.cell(seed, {"seed": seed}).generation.uid for seed in (1, 2, 3)]
    studio.cell(4, {"seed": 4}, status="failed")
    grid = catalog.grid()
    assert [cell.generation.uid for cell in grid.cells] == made[::-1]
    assert [catalog.get(name).uid for name in grid.axes["image"]] == made[::-1]
    assert grid.summary == "3 images, the newest first · 1 failed one is not shown"
    assert "data:image/webp" in grid._repr_html_()


def test_more_than_fit_are_counted(studio, catalog, monkeypatch):
    monkeypatch.setattr(side_by_side, "IMAGES_MAX", 2)
    for seed in (1, 2, 3):
        studio.cell(seed, {"seed": seed})
    grid = catalog.grid()
    assert len(grid.cells) == 2
    assert grid.summary == "2 images, the newest first · 1 older not shown: at most 2 are"


def test_nothing_found_is_a_grid_of_nothing(catalog):
    assert catalog.grid(prompt_has="unicorn").summary == "no image matches"


def test_what_makes_no_sense_without_axes_is_refused(catalog):
    for asked, sentence in [
        ({"y": "seed"}, "x is missing"),
        ({"facets": ["seed"]}, "x is missing"),
        ({"limit": 3}, "limit= has no place in a grid"),
    ]:
        with pytest.raises(GridError, match=sentence):
            catalog.grid(**asked)
    with pytest.raises(CatalogError, match="nonsense"):
        catalog.grid(nonsense=1)
