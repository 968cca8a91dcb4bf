"""``fluxlab import``, ``export`` and ``replay`` as a person types them."""

import json
from pathlib import Path

import pytest
from PIL import Image

from fluxlab import Catalog, Lab
from fluxlab.catalog import pixel_hash
from fluxlab.cli import main

GOLDEN = Path(__file__).parents[1] / "catalog" / "formats" / "golden"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab") / ".fluxlab"
    lab = Lab(catalog=folder)
    return folder, lab.generate("a cat on a red background", seed=3, steps=1)


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_a_folder_is_imported_and_what_became_of_it_is_told(tmp_path, home, capsys):
    (tmp_path / "bad.png").write_text("no", encoding="utf-8")
    assert main(["import", str(GOLDEN), str(tmp_path / "bad.png")]) == 1
    told = capsys.readouterr()
    assert "from comfyui" in told.out
    assert "1 skipped" in told.out
    assert told.err.startswith(f"skipped {tmp_path / 'bad.png'}: it cannot be read as an image")
    assert "comfyui" in set(Catalog(home).df(columns=["source"])["source"])
    assert main(["import", str(GOLDEN)]) == 0
    assert "0 imported" in capsys.readouterr().out


def test_nothing_to_import_is_a_sentence(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["import", "empty"]) == 2
    assert "holds no PNG, JPEG or WebP" in capsys.readouterr().err
    assert main(["import", "nowhere"]) == 2
    assert "is not there" in capsys.readouterr().err


def test_tables_and_folders_are_exported(made, capsys):
    folder, generation = made
    options = ["--folder", str(folder)]
    assert main(["export", "all.csv", "--columns", "prompt, steps", *options]) == 0
    assert Path("all.csv").read_text(encoding="utf-8").splitlines()[0] == "uid,prompt,steps"
    assert main(["export", "all.parquet", *options]) == 0
    assert main(["export", "images", "--uid", generation.uid[:8], "--strip", *options]) == 0
    assert pixel_hash(Image.open("images/0001.png")) == generation.pixel_hash
    assert capsys.readouterr().out.split() == ["all.csv", "all.parquet", "images"]
    assert main(["export", "graph.json", "--uid", generation.uid, "--unet", "dev.safetensors", *options]) == 0
    assert json.loads(Path("graph.json").read_text(encoding="utf-8"))


def test_an_export_that_leaves_something_out_says_so_and_ends_with_1(home, capsys):
    lab = Lab(catalog=home)
    gone, kept = (lab.generate("a cat", seed=seed, steps=1) for seed in (1, 2))
    gone.path.unlink()
    assert main(["export", "images"]) == 1
    told = capsys.readouterr()
    assert told.out.split() == ["images"]
    assert told.err.startswith(f"left out: the image of generation {gone.uid[:8]} cannot be read at")
    assert [path.read_bytes() for path in Path("images").glob("*.png")] == [kept.path.read_bytes()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["export", "x.csv", "--where", "stps > 1"], "Did you mean 'steps'"),
        (["export", "x.csv", "--since", "soon"], "since='soon'"),
        (["export", "x.csv", "--tag", "none"], "no image of the catalog matches"),
        (["export", "x.csv", "--columns", "promt"], "Did you mean 'prompt'"),
        (["export", "x.xlsx"], "ends with '.xlsx', which is not written: name a .parquet or .csv for a table"),
        (["export", "x.TSV", "--strip"], "ends with '.TSV', which is not written"),
        (["export", "x.json"], "give one --uid"),
        (["export", "x.json", "--uid", "a", "--strip"], "--strip has no meaning for the graph 'x.json'"),
        (["export", "x.json", "--uid", "a", "--where", "steps > 1"], "--where has no meaning for the graph"),
        (["export", "x.json", "--uid", "a", "--columns", "seed"], "--columns has no meaning for the graph"),
        (["export", "x.json", "--uid", "a", "--prompt-has", "cat"], "--prompt-has has no meaning for the graph"),
        (["export", "x.csv", "--unet", "dev.safetensors"], "--unet is for a graph"),
        (["export", "out", "--strip", "--columns", "seed"], "--columns has no meaning with --strip"),
        (["replay", "ffffffff", "--save", "nowhere/x.png"], "lies in a folder that is not there"),
        (["replay", "ffffffff"], "is not in the catalog"),
        (["replay", "zz"], "is not a uid"),
    ],
)
def test_bad_input_is_one_sentence(made, capsys, arguments, message):
    assert main([*arguments, "--folder", str(made[0])]) == 2
    told = capsys.readouterr().err
    assert told.startswith("fluxlab: ")
    assert message in told
    assert len(told.splitlines()) == 1
    assert list(Path().iterdir()) == []


def test_reading_makes_no_catalog(home, capsys):
    assert main(["export", "x.csv"]) == 2
    assert main(["replay", "ffffffff"]) == 2
    assert "holds no catalog" in capsys.readouterr().err
    assert not home.exists()


def test_replay_says_whether_it_is_the_same_image(made, capsys):
    folder, generation = made
    assert main(["replay", generation.uid[:8], "--folder", str(folder), "--save", "again.png"]) == 0
    assert "the same image, bit for bit" in capsys.readouterr().out
    assert pixel_hash(Image.open("again.png")) == generation.pixel_hash
    assert main(["replay", generation.uid[:8], "--folder", str(folder), "--save", "again.png"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_replay_of_another_image_ends_with_1(made, capsys, monkeypatch):
    folder, generation = made
    monkeypatch.setattr("fluxlab.replay.pixel_hash", lambda _: "0" * 64)
    assert main(["replay", generation.uid, "--folder", str(folder)]) == 1
    assert "not the same image" in capsys.readouterr().out
