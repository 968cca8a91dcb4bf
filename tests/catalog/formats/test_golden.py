"""What each program wrote into an image is read as its user meant it."""

import pytest

from fluxlab.catalog.encoding import dump, load
from fluxlab.catalog.formats import read_foreign
from fluxlab.errors import CatalogError


def test_every_golden_file_says_what_was_expected_of_it(golden, expected):
    assert golden.keys() == expected.keys()
    for name, data in golden.items():
        found = read_foreign(data)
        if expected[name] is None:
            assert found is None, name
            continue
        said = {"tool": found.tool, "parameters": found.parameters, "extra": found.extra, "notes": list(found.notes)}
        assert said | {"keys": list(found.raw)} == expected[name], name
        # Of the right types too: 28.0 steps are not 28.
        assert dump(found.parameters) == dump(expected[name]["parameters"]), name


def test_the_golden_files_can_be_made_again(make, golden, expected, tmp_path):
    make.main(tmp_path)
    for name, said in expected.items():
        found = read_foreign(tmp_path / name)
        assert (found and found.parameters) == (said and said["parameters"]), name
        if name != "fluxlab.png":
            assert (found and found.raw) == ((kept := read_foreign(golden[name])) and kept.raw), name


def test_the_golden_file_of_an_older_fluxlab_says_what_ours_says_but_for_a_hash_of_a_folder(make, golden, tmp_path):
    make.main(tmp_path)
    old, new = (read_foreign(each) for each in (golden["fluxlab.png"], tmp_path / "fluxlab.png"))
    assert old.raw["fluxlab"] == new.raw["fluxlab"]
    # No other program knows a hash of a folder: it is not written any more.
    texts = [each.raw["parameters"].rpartition(", Version: ")[0] for each in (old, new)]
    assert texts[0].replace(", Model hash: ababababab", "") == texts[1]


def test_the_text_is_kept_as_it_stands(make, golden):
    assert read_foreign(golden["forge.png"]).raw == {"parameters": make.FORGE}
    for name in ("forge.jpg", "forge.webp", "forge-little-endian.jpg", "forge-marked.jpg"):
        assert read_foreign(golden[name]).raw == {"UserComment": make.FORGE}, name
    assert load(read_foreign(golden["comfyui-ksampler.png"]).raw["workflow"]) == make.WORKFLOW


def test_a_file_is_read_from_its_path_and_left_as_it_is(golden, tmp_path):
    path = tmp_path / "lighthouse.PNG"
    path.write_bytes(golden["forge.png"])
    assert read_foreign(path) == read_foreign(str(path)) == read_foreign(golden["forge.png"])
    assert path.read_bytes() == golden["forge.png"]


def test_no_file_is_a_sentence_and_no_image_is_none(tmp_path):
    with pytest.raises(CatalogError, match=r"gone.png' cannot be read \(No such file.*give the path"):
        read_foreign(tmp_path / "gone.png")
    with pytest.raises(CatalogError, match="cannot be read"):
        read_foreign(tmp_path)
    with pytest.raises(CatalogError, match="cannot be read"):
        read_foreign("a\0b.png")
    (tmp_path / "note.png").write_text("not an image")
    assert read_foreign(tmp_path / "note.png") is None
    assert read_foreign(b"") is None
    assert read_foreign(b"GIF89a") is None
