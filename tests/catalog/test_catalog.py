"""What is recorded comes back, whole and from any process."""

import hashlib
import math
import os
import threading
from pathlib import Path

import pytest
from PIL import Image

from fluxlab.catalog import Catalog, default_folder, pixel_hash
from fluxlab.catalog.encoding import load
from fluxlab.catalog.formats import read_foreign
from fluxlab.catalog.images import stored_images
from fluxlab.catalog.upkeep import fsck
from fluxlab.errors import CatalogError, NotFoundError
from fluxlab.models.loras import find_lora
from fluxlab.models.resolve import files_of
from fluxlab.recipe import Recipe


def test_a_completed_image_comes_back_with_everything_that_was_known(catalog, draft, picture, folder):
    asked = draft("key-1", run="r1", coords={"seed": 7, "lora:ink": 0.5}, loras={"ink": 0.5})
    uid = catalog.begin(asked)
    assert catalog.get(uid).status == "started"
    effective = {"steps": 4, "sigmas": [1.0, 0.5], "guidance": 3.5}
    made = catalog.complete(uid, picture(), effective, {"encode": 0.1, "denoise": 1.0, "decode": 0.2})
    for again in (made, catalog.get(uid), Catalog(folder).get(uid)):
        assert again == made
        assert again.recipe == asked.recipe
        assert (again.status, again.key, again.run, again.coords) == ("ok", "key-1", "r1", asked.coords)
        assert (again.files, again.environment, again.pipeline) == (asked.files, asked.environment, asked.pipeline)
        assert again.effective == effective
        assert set(again.timings) == {"encode", "denoise", "decode", "write"}
        assert again.timings["write"] > 0
        assert again.pixel_hash == pixel_hash(picture())
        assert again.image.tobytes() == picture().tobytes()
        assert again.created.utcoffset().total_seconds() == 0


def test_the_png_carries_the_whole_record_and_a_text_for_other_programs(keep, folder):
    made = keep(prompt="un café, 猫\nline two", loras={"ink": 0.5}, seed=2**64 - 1, guidance=3.0)
    with Image.open(made.path) as image:
        record, parameters = load(image.info["fluxlab"]), image.info["parameters"]
    assert record["format"] == 2
    assert (record["uid"], record["recipe"], record["pixel_hash"]) == (made.uid, made.recipe.values(), made.pixel_hash)
    assert (record["effective"], record["files"]) == (made.effective, made.files)
    assert (record["environment"], record["pipeline"]) == (made.environment, made.pipeline)
    *prompt, last = parameters.split("\n")
    assert "\n".join(prompt) == "un café, 猫\nline two <lora:ink:0.5>"
    assert last.startswith(
        "Steps: 4, Sampler: Euler, Schedule type: Simple, CFG scale: 1, Distilled CFG Scale: 3, "
        "Seed: 18446744073709551615, Size: 32x32, Model: nano, "
        'Lora hashes: "ink: cdcdcdcdcd", Version: fluxlab '
    )
    data = made.path.read_bytes()
    assert made.path == folder / "objects" / made.file_hash[:2] / f"{made.file_hash}.png"
    assert hashlib.sha256(data).hexdigest() == made.file_hash


def test_the_text_for_other_programs_names_the_files_and_every_digit(keep):
    # 2.0 is written whole; 1.0000001 would read 1 with six digits.
    values = {"prompt": "a fox", "negative_prompt": "blur", "true_cfg_scale": 2.0, "guidance": 1.0000001}
    loras = {"ink": 0.12345678}
    files = files_of(Recipe(**values, seed=1, loras=loras, steps=4, width=32, height=32, max_sequence_length=64))
    made = keep(**values, loras={**loras, "wax": 0}, files=files)
    with Image.open(made.path) as image:
        prompt, negative, last = image.info["parameters"].split("\n")
    assert (prompt, negative) == ("a fox <lora:ink:0.12345678> <lora:wax:0>", "Negative prompt: blur")
    assert "CFG scale: 2, Distilled CFG Scale: 1.0000001," in last
    # nano is a folder, whose hash is known to nobody else.
    assert "Model hash" not in last
    assert files["model"][:10] not in last
    assert f'Lora hashes: "ink: {find_lora("ink").sha256[:10]}", ' in last


def test_a_prompt_that_looks_like_parameters_is_read_back_from_the_record(keep):
    prompt = "a sign:\nNegative prompt: fog\nSteps: 20, Sampler: Euler, Seed: 3, Size: 8x8"
    made = keep(prompt=prompt)
    found = read_foreign(made.path)
    assert (found.tool, found.parameters["prompt"], found.parameters["seed"]) == ("fluxlab", prompt, 7)
    assert "negative_prompt" not in found.parameters


def test_a_folder_may_have_any_bytes_for_a_name(tmp_path, draft, picture):
    folder = tmp_path / os.fsdecode(b"we\xffird ?#%41 \xc3\xa9")
    catalog = Catalog(folder)
    made = catalog.complete(catalog.begin(draft()), picture(), {"steps": 4}, {})
    assert catalog.df().index.tolist() == [made.uid]
    assert Catalog(folder, read_only=True).get(made.uid) == made
    assert not fsck(folder, deep=True).findings


def test_an_empty_name_is_no_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CatalogError, match=r"^folder='' is not a path: give text or a pathlib.Path\.$"):
        Catalog("")
    assert list(tmp_path.iterdir()) == []


def test_an_image_has_its_name_only_when_it_is_whole(catalog, keep, folder, monkeypatch):
    visible = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: (visible.append(stored_images(folder)), sync(descriptor))[1])
    made = keep()
    assert visible[0] == []  # the bytes are made durable under another name
    assert visible[-1] == [made.path]
    assert list((folder / "objects" / "tmp").iterdir()) == []


def test_a_negative_prompt_stands_in_its_own_line_of_the_parameters(keep):
    made = keep(negative_prompt="fog", true_cfg_scale=2.5)
    with Image.open(made.path) as image:
        assert "\nNegative prompt: fog\nSteps: 4" in image.info["parameters"]
        assert "CFG scale: 2.5" in image.info["parameters"]


def test_a_failed_and_an_interrupted_image_are_recorded(catalog, draft):
    failed = catalog.begin(draft("a"))
    catalog.fail(failed, MemoryError(), timings={"encode": 0.1})
    assert (catalog.get(failed).status, catalog.get(failed).error) == ("failed", "MemoryError")
    stopped = catalog.begin(draft("b"))
    catalog.interrupt(stopped, 3)
    assert (catalog.get(stopped).status, catalog.get(stopped).step) == ("interrupted", 3)
    with pytest.raises(CatalogError, match="has no image: it is 'failed'"):
        _ = catalog.get(failed).image
    assert catalog.find(["a", "b"]) == {}


def test_a_generation_is_completed_once(catalog, keep, picture):
    made = keep()
    with pytest.raises(CatalogError, match="already 'ok'"):
        catalog.complete(made.uid, picture("blue"), {}, {})
    with pytest.raises(NotFoundError, match="was never begun"):
        catalog.fail("0" * 32, ValueError("x"))
    assert catalog.get(made.uid).pixel_hash == made.pixel_hash


def test_values_that_cannot_be_recorded_are_refused_before_anything_is_lost(catalog, draft, picture):
    with pytest.raises(CatalogError, match="cannot be recorded"):
        catalog.begin(draft(environment={"lock": threading.Lock()}))
    uid = catalog.begin(draft())
    with pytest.raises(CatalogError, match="cannot be recorded"):
        catalog.complete(uid, picture(), {"dtype": object()}, {})
    assert catalog.complete(uid, picture(), {"dtype": "float32"}, {}).status == "ok"


def test_another_process_may_complete_what_one_began(catalog, draft, picture, folder):
    uid = catalog.begin(draft("k", seed=2**64 - 1))
    with Catalog(folder) as other:
        assert other.complete(uid, picture(), {}, {}).recipe.seed == 2**64 - 1
    assert catalog.get(uid).status == "ok"


def test_get_takes_the_beginning_of_a_uid(catalog, keep):
    made = keep()
    assert catalog.get(made.uid[:6]) == made
    assert catalog.get(made.uid.upper()) == made
    for bad in ("abc", "zzzzzz", "' OR 1=1 --", ""):
        with pytest.raises(NotFoundError, match="at least 6 hexadecimal digits"):
            catalog.get(bad)
    missing = "0" * 32 if made.uid[0] != "0" else "1" * 32
    with pytest.raises(NotFoundError, match="not in the catalog"):
        catalog.get(missing)


def test_find_gives_the_newest_whole_image_of_thousands_of_keys(catalog, keep, folder):
    old, new = keep("same", colour="red"), keep("same", colour="blue")
    gone, cut = keep("gone"), keep("cut")
    gone.path.unlink()
    cut.path.write_bytes(cut.path.read_bytes()[:-1])
    keys = [f"none-{number}" for number in range(5000)] + ["same", "gone", "cut"]
    assert catalog.find(keys) == {"same": new}
    new.path.unlink()
    assert catalog.find(keys) == {"same": old}
    assert catalog.find([]) == {}
    with pytest.raises(CatalogError, match="cannot be read"):
        _ = gone.image
    with pytest.raises(CatalogError, match="is not the file that was saved"):
        _ = cut.image


def test_find_can_leave_out_images_of_the_other_mode(catalog, draft, picture):
    fast = catalog.complete(catalog.begin(draft("k", mode="fast")), picture(), {}, {})
    assert catalog.find(["k"]) == {"k": fast}
    assert catalog.find(["k"], mode="exact") == {}


def test_seconds_are_medians_of_what_was_recorded(catalog, keep):
    assert catalog.seconds("nano", 32, 32) is None
    for denoise in (1.0, 2.0, 100.0):
        keep(timings={"encode": 0.5, "denoise": denoise, "decode": 0.25})
    assert catalog.seconds("nano", 32, 32) == {"per_step": 0.5, "encode": 0.5, "decode": 0.25}
    assert catalog.seconds("nano", 64, 32) is None


@pytest.mark.parametrize("effective", [{"steps": 4, "transformer_calls": 8}, {"steps": 4}])
def test_a_step_with_true_guidance_counts_as_two(catalog, keep, effective):
    timings = {"encode": 0.5, "denoise": 4.0, "decode": 0.25}
    keep(negative_prompt="blur", true_cfg_scale=2.0, timings=timings, effective=effective)
    # 4.0 s over 4 steps of two transformer calls each.
    assert catalog.seconds("nano", 32, 32) == {"per_step": 0.5, "encode": 0.5, "decode": 0.25}


def test_what_was_counted_is_believed_before_the_recipe(catalog, keep):
    keep(timings={"denoise": 3.0}, effective={"transformer_calls": 3})
    assert catalog.seconds("nano", 32, 32) == {"per_step": 1.0, "encode": 0.0, "decode": 0.0}


def test_runs_and_scores_are_kept(catalog, keep):
    catalog.add_run("r1", '{"b": 1, "a": [0.5]}', "my first")
    catalog.add_run("r1", "{}", "again")
    assert (catalog.run("r1")["name"], load(catalog.run("r1")["sweep"])) == ("my first", {"a": [0.5], "b": 1})
    with pytest.raises(NotFoundError, match="run='r2'"):
        catalog.run("r2")
    one, two = keep("a"), keep("b")
    catalog.score(one.uid, "sharpness", 1.0)
    catalog.score(one.uid, "sharpness", 2.5, version="2")
    assert catalog.scores([one.uid, two.uid], "sharpness") == {one.uid: 2.5}
    assert catalog.scores([one.uid], "sharpness", version="1") == {}
    with pytest.raises(CatalogError, match="finite"):
        catalog.score(two.uid, "sharpness", math.nan)
    with pytest.raises(CatalogError, match="finite"):
        catalog.score(two.uid, "sharpness", 10**400)
    with pytest.raises(NotFoundError, match="is not in the catalog"):
        catalog.score_all("sharpness", {two.uid: 1.0, "f" * 32: 1.0})
    assert catalog.scores([two.uid], "sharpness") == {}


def test_hostile_text_is_escaped_where_a_notebook_shows_it(catalog, draft, keep):
    evil = '<script>alert(1)</script>"onerror='
    shown = keep(prompt=evil, loras={f"l{evil}": 0.5})._repr_html_()
    uid = catalog.begin(draft("k", prompt=evil))
    catalog.fail(uid, ValueError(evil))
    for html in (shown, catalog.get(uid)._repr_html_()):
        assert "<script" not in html
        assert '"onerror' not in html
        assert "&lt;script&gt;" in html
    assert catalog.get(uid)._repr_png_() is None


def test_a_notebook_shows_the_image(keep):
    made = keep()
    assert made._repr_png_().startswith(b"\x89PNG")
    assert "data:image/png;base64," in made._repr_html_()


def test_the_home_folder_and_credentials_are_never_written(catalog, draft, picture, folder, monkeypatch):
    ann = folder.with_name("ann")
    monkeypatch.setenv("HOME", str(ann))
    monkeypatch.setenv("USERPROFILE", str(ann))
    model = str(ann / "models" / "dev")
    token = "hf_" + "q" * 30
    secret = draft("k", pipeline={"class": "FluxPipeline", "source": model}, environment={"token": token})
    made = catalog.complete(catalog.begin(secret), picture(), {"cache": model}, {})
    failed = catalog.begin(secret)
    catalog.fail(failed, OSError(f"{model} is missing; https://me:{token}@hub"))
    assert made.pipeline["source"] == f"~{os.sep}models{os.sep}dev"
    for file in folder.rglob("*"):
        if file.is_file():
            assert str(ann).encode() not in file.read_bytes()
            assert token.encode() not in file.read_bytes()
    assert not Path(catalog.df(columns=["path"])["path"].iloc[0]).is_absolute()


def test_threads_share_one_catalog(catalog, draft, picture):
    made, errors = [], []

    def work(number):
        try:
            for turn in range(3):
                uid = catalog.begin(draft(f"{number}-{turn}"))
                made.append(catalog.complete(uid, picture((number, turn, 0)), {}, {}))
        except CatalogError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert set(catalog.df().index) == {each.uid for each in made}
    assert len(made) == 18


def test_no_file_stays_open(catalog, keep):
    made = keep()
    catalog.df()
    catalog.find(["k"])
    _ = catalog.get(made.uid).image
    if Path("/proc/self/fd").is_dir():
        targets = [os.path.realpath(entry) for entry in Path("/proc/self/fd").iterdir()]
        assert [target for target in targets if str(catalog.folder) in target] == []
    moved = catalog.folder.with_name("moved")
    catalog.folder.rename(moved)  # Windows would refuse this with a file open
    assert Catalog(moved).get(made.uid).image.size == (32, 32)


def test_a_closed_catalog_begins_nothing_but_still_completes(catalog, draft, picture):
    uid = catalog.begin(draft())
    catalog.close()
    with pytest.raises(CatalogError, match="is closed"):
        catalog.begin(draft())
    assert catalog.complete(uid, picture(), {}, {}).status == "ok"


def test_the_folder_is_beside_the_notebook_or_where_the_variable_says(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FLUXLAB_HOME", raising=False)
    assert default_folder() == tmp_path / ".fluxlab"
    monkeypatch.setenv("FLUXLAB_HOME", str(tmp_path / "elsewhere"))
    assert Catalog().folder == tmp_path / "elsewhere"


def test_the_pixel_hash_knows_mode_size_and_pixels(picture):
    assert pixel_hash(picture()) == pixel_hash(picture())
    others = [picture("blue"), picture(size=(16, 64)), picture().convert("L"), picture().convert("RGBA")]
    assert len({pixel_hash(each) for each in [picture(), *others]}) == 5
    assert pixel_hash(picture().convert("CMYK")) == pixel_hash(picture().convert("CMYK").convert("RGB"))


def test_a_generation_is_one_line_of_text(keep, catalog, draft):
    made = keep(prompt="a fox\n" + "that runs " * 500, seed=7)
    text = repr(made)
    assert text.startswith(f"<Generation {made.uid[:8]}: 'a fox\\nthat runs ")
    assert ", seed=7, " in text
    assert "\n" not in text
    assert len(text) < 200
    assert repr(catalog.get(catalog.begin(draft("k2", prompt="a cat")))).split(": ")[0].endswith(" started")
