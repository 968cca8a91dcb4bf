"""Tables, folders of images and graphs out of the catalog, and what each of them still says."""

import json

import pandas as pd
import pytest
from PIL import Image

from fluxlab.catalog import Catalog, pixel_hash
from fluxlab.catalog.formats import read_foreign
from fluxlab.catalog.upkeep import fsck
from fluxlab.errors import CatalogError


def test_parquet_comes_back_with_every_dtype(catalog, keep, tmp_path):
    keep(prompt='a "quoted", café\n=1+1', seed=2**64 - 1, loras={"ink": 0.5})
    keep(key="2", guidance=None)
    path = catalog.export(tmp_path / "all.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(path).set_index("uid"), catalog.df(), check_index_type=False)


def test_csv_holds_the_columns_asked_for(catalog, keep, tmp_path):
    keep(prompt='a "quoted", café\nline', seed=2**64 - 1)
    keep(key="2", steps=8)
    path = catalog.export(tmp_path / "some.csv", columns=["prompt", "seed"], steps=4)
    back = pd.read_csv(path, dtype="string")
    assert back[["prompt", "seed"]].to_numpy().tolist() == [['a "quoted", café\nline', str(2**64 - 1)]]


def test_csv_holds_no_formula_for_a_spreadsheet_and_parquet_every_text(catalog, keep, tmp_path):
    texts = ['=HYPERLINK("http://x")', "+1", "-1", "@x", "\tx", "\rx", "a = b", "'x"]
    for number, text in enumerate(texts):
        keep(key=str(number), prompt=text, guidance=0.5)
    columns = ["prompt", "lora.none", "guidance", "note"]
    catalog.score(catalog.df().index[0], "down", -1.5)
    back = pd.read_csv(catalog.export(tmp_path / "t.csv", columns=[*columns, "score.down"]), dtype=str)
    assert back["prompt"].tolist() == [*(f"'{text}" for text in texts[:6]), *texts[6:]]
    assert back["score.down"].tolist()[0] == "-1.5"
    whole = pd.read_parquet(catalog.export(tmp_path / "t.parquet", columns=columns))
    assert whole["prompt"].tolist() == texts
    table = pd.read_csv(catalog.export(tmp_path / "out") / "table.csv", dtype=str)
    assert table["prompt"].str.startswith("'").sum() == 7


def test_a_folder_has_the_images_and_their_table(catalog, keep, tmp_path):
    made = [keep(), keep(key="2", colour="blue", prompt="../../etc/passwd <b>" + "x" * 300)]
    folder = catalog.export(tmp_path / "out")
    table = pd.read_csv(folder / "table.csv", index_col="uid")
    assert {path.name for path in folder.glob("*.png")} == set(table["file"])
    for each in made:
        name = table.loc[each.uid, "file"]
        assert (folder / name).read_bytes() == each.path.read_bytes()
        assert "/" not in name
        assert len(name) < 150


def test_stripped_images_say_nothing(catalog, keep, tmp_path):
    made = keep(prompt="a secret garden")
    folder = catalog.export(tmp_path / "out", strip=True)
    (only,) = folder.iterdir()
    assert only.name == "0001.png"
    assert b"secret" not in only.read_bytes()
    assert read_foreign(only) is None
    assert pixel_hash(Image.open(only)) == made.pixel_hash


def test_nothing_is_written_over_and_bad_targets_are_sentences(catalog, keep, tmp_path):
    keep()
    (tmp_path / "there.csv").write_text("mine", encoding="utf-8")
    for target, message in {
        "there.csv": "is there already",
        "nowhere/x.csv": "lies in a folder that is not there",
        "": "is not an empty folder",
    }.items():
        with pytest.raises(CatalogError, match=message):
            catalog.export(tmp_path / target)
    with pytest.raises(CatalogError, match="strip=True is for images"):
        catalog.export(tmp_path / "x.csv", strip=True)
    with pytest.raises(CatalogError, match="no image of the catalog matches"):
        catalog.export(tmp_path / "x.csv", steps=99)
    assert (tmp_path / "there.csv").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "x.csv").exists()


@pytest.mark.parametrize("target", ["objects/new", "objects/x.csv", "marks", "spool/../objects/ab/x.parquet"])
def test_nothing_is_exported_among_the_catalogs_own_files(catalog, keep, folder, target):
    keep()
    with pytest.raises(CatalogError, match="lies among the catalog's own files: name a place elsewhere"):
        catalog.export(folder / target)
    with pytest.raises(CatalogError, match="lies among the catalog's own files"):
        catalog.export_comfyui(catalog.df().index[0], folder / "objects" / "graph.json", unet="x")
    assert not fsck(folder).findings


@pytest.mark.parametrize("strip", [False, True])
def test_a_missing_image_is_left_out_and_named_at_the_end(catalog, keep, tmp_path, strip):
    gone, changed, there = (keep(key=str(number), seed=number, colour="blue") for number in range(3))
    gone.path.unlink()
    changed.path.write_bytes(changed.path.read_bytes() + b"x")
    told = []
    folder = catalog.export(tmp_path / "out", strip=strip, left_out=told.append)
    assert len(list(folder.glob("*.png"))) == 1
    assert len(told) == 2
    assert f"{gone.uid[:8]} cannot be read at" in "".join(told)
    assert f"{changed.uid[:8]} at '{changed.path}' is not the file that was saved" in "".join(told)
    if not strip:
        files = pd.read_csv(folder / "table.csv", index_col="uid")["file"]
        assert files.notna().to_dict() == {gone.uid: False, changed.uid: False, there.uid: True}
    with pytest.warns(UserWarning, match="left out: the image of generation"):
        catalog.export(tmp_path / "again", strip=strip)


def test_an_export_without_one_image_is_a_sentence(catalog, keep, tmp_path):
    keep().path.unlink()
    with pytest.raises(CatalogError, match="cannot be read at"):
        catalog.export(tmp_path / "out")
    assert not list(tmp_path.glob("out*"))


def test_a_graph_for_comfyui_names_the_recipe_and_what_is_lost(catalog, draft, picture, tmp_path):
    uid = catalog.begin(draft(model="nano", prompt="a red fox", seed=5, steps=12))
    catalog.complete(uid, picture(), {}, {})
    with pytest.raises(CatalogError, match="ComfyUI has no file of it"):
        catalog.export_comfyui(uid, tmp_path / "graph.json")
    notes = catalog.export_comfyui(uid, tmp_path / "graph.json", unet="flux1-dev.safetensors")
    graph = json.loads((tmp_path / "graph.json").read_text(encoding="ascii"))
    assert "a red fox" in json.dumps(graph)
    assert "flux1-dev.safetensors" in json.dumps(graph)
    assert any("the image will differ" in note for note in notes)
    with pytest.raises(CatalogError, match=r"must end with \.json"):
        catalog.export_comfyui(uid, tmp_path / "graph.txt")


def test_a_catalog_of_its_own_takes_back_what_was_exported(catalog, keep, tmp_path):
    made = keep()
    folder = catalog.export(tmp_path / "out")
    with Catalog(tmp_path / "other") as other:
        assert other.import_images(folder).uids == (made.uid,)
        assert other.get(made.uid).recipe == made.recipe


def test_an_export_that_stops_leaves_nothing_behind(catalog, keep, tmp_path):
    keep()
    keep(key="2", colour="blue")

    def stop(done, of):
        if (done, of) == (1, 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalog.export(tmp_path / "out", progress=stop)
    assert not list(tmp_path.glob("out*"))
