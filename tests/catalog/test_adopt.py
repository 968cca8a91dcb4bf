"""Images that no row names are taken up one by one: a bad one costs no other, and leaves nothing of itself."""

import json

import pytest
from PIL import Image

from fluxlab.catalog import Catalog, images
from fluxlab.catalog.adopt import read_record
from fluxlab.catalog.encoding import dump


@pytest.fixture
def orphan(keep, folder):
    """An image in the store whose record is that of a real one with some changes."""

    def make(record, **changes):
        changed = record | {"uid": "0" * 31 + str(len(changes)), **changes}
        return images.store(folder, images.encode_png(Image.new("RGB", (8, 8)), {"fluxlab": json.dumps(changed)}))

    return make


def test_a_record_that_does_not_fit_leaves_its_neighbours_and_nothing_of_itself(keep, orphan, folder):
    made = [keep(f"{number}", seed=number, colour=colour) for number, colour in enumerate(("red", "blue"))]
    first = read_record(made[0].path)
    # It is as a record should be until the row is written: then its coordinates are too deep, or it has no date.
    deep = []
    for _ in range(70):
        deep = [deep]
    orphan(first, environment={"torch": "none of ours"}, coords={"a": deep})
    orphan(first, environment={"torch": "nor this"}, created=None, finished=None)
    (folder / "catalog.db").unlink()
    with pytest.warns(UserWarning, match="left out of the catalog|read back") as told:
        again = Catalog(folder)
    said = [str(each.message) for each in told]
    assert sum("does not fit the catalog" in text for text in said) == 2
    assert sum("2 records were read back" in text for text in said) == 1
    assert again.df(status=None).index.tolist() == [each.uid for each in made]
    assert [again.get(each.uid) for each in made] == made
    assert again.sql("SELECT body FROM environments")["body"].tolist() == [dump(first["environment"])]


def test_an_image_on_a_wrong_shelf_is_not_taken_up(keep, folder):
    made = [keep(f"{number}", seed=number, colour=colour) for number, colour in enumerate(("red", "blue"))]
    wrong = folder / "objects" / ("00" if made[0].path.parent.name != "00" else "01") / made[0].path.name
    wrong.parent.mkdir(exist_ok=True)
    made[0].path.rename(wrong)
    (folder / "catalog.db").unlink()
    with pytest.warns(UserWarning, match="1 records were read back"):
        again = Catalog(folder)
    # A row would say of it that its file is where it is not.
    assert again.df(status=None).index.tolist() == [made[1].uid]
    assert all(each.image.size == (32, 32) for each in again.get_many(again.df()))
    assert wrong.is_file()
