"""What comes from elsewhere is shown, but never served in the place of what was asked for."""

import json

import pytest
from PIL import Image

from fluxlab import Catalog, Lab, Sweep
from fluxlab.catalog import Catalog as Shelf
from fluxlab.catalog import images, pixel_hash
from fluxlab.errors import CatalogError

FAST = {"seed": 1, "steps": 1}
PROMPT = "a cat on a red background"


def test_a_forged_image_is_not_served_for_another_recipe(tmp_path):
    there = Lab(catalog=tmp_path / "there")
    record = there.generate(PROMPT, **FAST).record()
    magenta = Image.new("RGB", (128, 128), "magenta")
    forged = {**record, "pixel_hash": pixel_hash(magenta), "recipe": {**record["recipe"], "seed": 4242}}
    forged = {name: value for name, value in forged.items() if name not in {"path", "file_hash", "file_bytes"}}
    (tmp_path / "forged.png").write_bytes(images.encode_png(magenta, {"fluxlab": json.dumps(forged)}))
    here = Lab(catalog=tmp_path / "here")
    here.catalog.import_images(tmp_path / "forged.png")
    made = here.generate(PROMPT, **FAST)
    assert made.recipe.seed == 1
    assert made.image.getpixel((64, 64)) != (255, 0, 255)
    grid = here.run(Sweep(PROMPT, seed=[1], steps=1), progress=False)
    assert grid.cells[0].generation == made


def test_an_honest_one_is(tmp_path):
    made = Lab(catalog=tmp_path / "there").generate(PROMPT, **FAST)
    here = Lab(catalog=tmp_path / "here")
    here.catalog.import_images(made.path)
    assert here.generate(PROMPT, **FAST) == made


@pytest.mark.parametrize("kind", [Catalog, Shelf])
def test_a_lab_leaves_a_read_only_catalog_alone(tmp_path, kind):
    Lab(catalog=tmp_path / "there").generate(PROMPT, **FAST)
    lab = Lab(catalog=kind(tmp_path / "there", read_only=True))
    assert lab.catalog.read_only
    assert lab.generate(PROMPT, **FAST).status == "ok"  # it is there already
    with pytest.raises(CatalogError, match="read-only"):
        lab.generate(PROMPT, seed=2, steps=1)
