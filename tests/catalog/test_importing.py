"""Images of other programs, and of other catalogs, come into this one with all that they say."""

import errno
import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from fluxlab.catalog import Catalog, adopt, images, pixel_hash
from fluxlab.catalog.encoding import load
from fluxlab.catalog.formats import read_foreign
from fluxlab.catalog.formats.xmp import MADE_BY_MODEL, XMP_KEY, packet
from fluxlab.errors import CatalogError

GOLDEN = Path(__file__).parent / "formats" / "golden"
INFOTEXT = (
    "a red fox\nNegative prompt: blurry\nSteps: 20, Sampler: Euler, Schedule type: Simple, CFG scale: 1, "
    "Distilled CFG Scale: 3.5, Seed: 18446744073709551615, Size: 32x32, Model hash: abcdef1234, Model: flux1-dev, "
    "Version: f2.0"
)


def png(path, text=INFOTEXT, colour="red", size=(32, 32), key="parameters"):
    info = PngImagePlugin.PngInfo()
    info.add_text(key, text)
    Image.new("RGB", size, colour).save(path, pnginfo=info)
    return path


def test_a_foreign_image_becomes_a_row_with_its_parameters(catalog, tmp_path):
    file = png(tmp_path / "fox.png")
    before = file.read_bytes()
    report = catalog.import_images(file)
    assert str(report) == "1 imported (1 from forge)"
    row = catalog.df(columns=["source", "prompt", "seed", "steps", "guidance", "model", "width", "negative_prompt"])
    assert row.iloc[0].tolist() == ["forge", "a red fox", str(2**64 - 1), 20, 3.5, "flux1-dev", 32, "blurry"]
    made = catalog.get(report.uids[0])
    assert made.imported["raw"] == {"parameters": INFOTEXT}
    assert (made.imported["name"], made.imported["kind"], made.source) == ("fox.png", "PNG", "forge")
    assert made.parameters["model_hash"] == "abcdef1234"
    assert pixel_hash(made.image) == pixel_hash(Image.open(file))
    assert file.read_bytes() == before


def test_the_stored_png_keeps_its_own_texts_beside_the_record(catalog, tmp_path):
    made = catalog.get(catalog.import_images(png(tmp_path / "fox.png")).uids[0])
    with Image.open(made.path) as image:
        assert image.info["parameters"] == INFOTEXT
        assert load(image.info["fluxlab"])["uid"] == made.uid
    assert read_foreign(made.path).tool == "fluxlab"


def test_every_golden_file_is_imported_as_what_it_is(catalog):
    expected = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
    report = catalog.import_images(GOLDEN)
    assert not report.skipped
    found = {catalog.get(uid).imported["name"]: catalog.get(uid) for uid in report.uids if catalog.get(uid).imported}
    assert len(found) >= 20
    for name, made in found.items():
        says = expected[name] or {"tool": "unknown", "parameters": {}}
        assert made.source == says["tool"]
        for key in ("seed", "steps", "guidance", "model"):
            assert made.parameters.get(key) == says["parameters"].get(key)
        with Image.open(GOLDEN / name) as original:
            assert made.image.size == original.size


def test_the_same_file_is_taken_once_under_any_name(catalog, tmp_path):
    file = png(tmp_path / "a.png")
    shutil.copy(file, tmp_path / "b.png")
    report = catalog.import_images(tmp_path)
    assert (len(report.uids), report.known) == (1, 1)
    assert str(catalog.import_images(tmp_path)) == "0 imported, 2 known already"
    assert len(catalog.df()) == 1


def test_what_is_stored_does_not_depend_on_who_imports_or_when(catalog, tmp_path, folder):
    first = png(tmp_path / "a.png")
    for name in ("b.png", "c.png"):
        shutil.copy(first, tmp_path / name)
    report = catalog.import_images(tmp_path)
    assert (len(report.uids), report.known) == (1, 2)
    assert len(images.stored_images(folder)) == 1
    with Catalog(tmp_path / ".other") as other:
        other.import_images(first)
    assert [path.name for path in images.stored_images(folder)] == [
        path.name for path in images.stored_images(tmp_path / ".other")
    ]


def test_a_lost_image_is_brought_back_by_importing_it_again(catalog, tmp_path):
    file = png(tmp_path / "fox.png")
    made = catalog.get(catalog.import_images(file).uids[0])
    made.path.unlink()
    assert catalog.import_images(file).uids == (made.uid,)
    assert catalog.get(made.uid).image.size == (32, 32)
    assert len(catalog.df()) == 1


@pytest.mark.parametrize("year", [1, 2300, 9000])
def test_a_wrong_clock_does_not_make_the_table_unreadable(catalog, tmp_path, year):
    file = png(tmp_path / "fox.png")
    seconds = (year - 1970) * 31_557_600
    os.utime(file, (seconds, seconds))
    catalog.import_images(file)
    assert 1970 <= catalog.df()["created"].dt.year.iloc[0] <= 2200


@pytest.mark.parametrize(
    "changes",
    [
        {"step": 2**70}, {"timings": {"encode": "abc"}}, {"source": 5}, {"created": "9999-01-01T00:00:00+00:00"},
        {"finished": "nonsense"}, {"created": "2026-11-24"},
    ],
    ids=str,
)  # fmt: skip
def test_a_record_with_strange_values_holds_no_other_image_back(catalog, tmp_path, draft, picture, changes):
    with Catalog(tmp_path / ".other") as other:
        made = other.complete(other.begin(draft()), picture("blue"), {}, {})
        record = {**made.record(), **changes}
    data = images.encode_png(picture("blue"), {"fluxlab": json.dumps(record)})
    (tmp_path / "0bad.png").write_bytes(data)
    png(tmp_path / "1good.png")
    report = catalog.import_images(tmp_path)
    assert {catalog.get(uid).imported["name"] for uid in report.uids} == {"0bad.png", "1good.png"}
    assert made.uid not in report.uids
    assert len(catalog.df(columns=["finished", "created"])) == 2
    assert len(images.stored_images(catalog.folder)) == 2


def test_a_pipe_is_not_waited_for(catalog, tmp_path):
    os.mkfifo(tmp_path / "x.png")
    png(tmp_path / "y.png")
    assert len(catalog.import_images(tmp_path).uids) == 1


def test_the_index_can_be_lost(catalog, tmp_path, folder):
    uid = catalog.import_images(png(tmp_path / "fox.png")).uids[0]
    before = catalog.get(uid)
    (folder / "catalog.db").unlink()
    with pytest.warns(UserWarning, match="1 records were read back"):
        after = Catalog(folder).get(uid)
    assert after.imported == before.imported
    assert (after.source, after.created, after.path) == (before.source, before.created, before.path)


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
def test_jpeg_and_webp_become_pngs_of_the_same_pixels(catalog, tmp_path, suffix):
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + INFOTEXT.encode("utf-16-be")
    file = tmp_path / f"fox.{suffix}"
    Image.new("RGB", (32, 48), "orange").save(file, exif=exif)
    made = catalog.get(catalog.import_images(file).uids[0])
    assert (made.source, made.parameters["seed"]) == ("forge", 2**64 - 1)
    assert made.path.suffix == ".png"
    with Image.open(file) as original:
        assert pixel_hash(made.image) == pixel_hash(original)


@pytest.mark.parametrize("suffix", ["jpg", "webp"])
@pytest.mark.parametrize(
    ("said", "labelled"),
    [((None, None), False), ((INFOTEXT, None), True), ((None, packet()), True), ((None, "<x>a photo</x>"), False)],
)
def test_only_what_says_that_a_model_made_it_is_labelled_so(catalog, tmp_path, suffix, said, labelled):
    comment, xmp = said
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Nikon", "D750"
    if comment:
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + comment.encode("utf-16-be")
    file = tmp_path / f"fox.{suffix}"
    Image.new("RGB", (32, 48), "orange").save(file, exif=exif, xmp=(xmp or "").encode())
    made = catalog.get(catalog.import_images(file).uids[0])
    with Image.open(made.path) as kept:
        assert (MADE_BY_MODEL in kept.info.get(XMP_KEY, "")) is labelled


@pytest.mark.parametrize(("extra", "noted"), [("", True), (", Hires upscale: 2, Hires upscaler: Latent", False)])
def test_an_image_that_was_enlarged_as_it_says_was_not_resized_since(catalog, tmp_path, extra, noted):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", f"a fox\nSteps: 4, Sampler: Euler, Seed: 1, Size: 32x24{extra}, Version: v1.10.1")
    Image.new("RGB", (64, 48), "teal").save(tmp_path / "fox.png", pnginfo=info)
    report = catalog.import_images(tmp_path / "fox.png")
    made = catalog.get(catalog.df(columns=[]).index[0])
    assert report is not None
    assert made.parameters["width"] == 64
    assert any("resized since" in note for note in made.imported["notes"]) is noted


def test_images_of_another_catalog_keep_their_record(catalog, tmp_path, draft, picture):
    with Catalog(tmp_path / "other") as other:
        made = other.complete(other.begin(draft(loras={"ink": 0.5})), picture("blue"), {"steps": 4}, {"decode": 1.0})
    shutil.copy(made.path, tmp_path / "shared.png")
    assert catalog.import_images(tmp_path / "shared.png").sources == {"fluxlab": 1}
    here = catalog.get(made.uid)
    assert (here.recipe, here.effective, here.created) == (made.recipe, made.effective, made.created)
    assert catalog.import_images(tmp_path / "shared.png").known == 1


def test_our_record_on_other_pixels_is_not_believed(catalog, tmp_path, keep):
    made = keep()
    with Image.open(made.path) as image:
        info = PngImagePlugin.PngInfo()
        info.add_itxt("fluxlab", image.info["fluxlab"])
    Image.new("RGB", (32, 32), "green").save(tmp_path / "forged.png", pnginfo=info)
    report = catalog.import_images(tmp_path / "forged.png")
    forged = catalog.get(report.uids[0])
    assert forged.uid != made.uid
    assert forged.source == "fluxlab-edited"
    assert any("pixels were changed" in note for note in forged.imported["notes"])
    assert catalog.get(made.uid).image.getpixel((0, 0)) == (255, 0, 0)


def test_files_that_are_no_whole_images_are_skipped_with_the_reason(catalog, tmp_path):
    whole = png(tmp_path / "whole.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:-20])
    (tmp_path / "flipped.png").write_bytes(whole[:-30] + bytes([whole[-30] ^ 1]) + whole[-29:])
    (tmp_path / "text.png").write_text("not an image", encoding="utf-8")
    (tmp_path / "empty.webp").write_bytes(b"")
    (tmp_path / "link.png").symlink_to("/etc/hostname")
    report = catalog.import_images(tmp_path)
    assert len(report.uids) == 1
    assert {path.name for path, _ in report.skipped} == {"cut.png", "flipped.png", "text.png", "empty.webp"}
    assert all(reason and "Traceback" not in reason for _, reason in report.skipped)
    with pytest.raises(CatalogError, match="is not there"):
        catalog.import_images(tmp_path / "nowhere")


def test_hostile_numbers_and_texts_are_kept_beside_the_columns(catalog, tmp_path):
    text = INFOTEXT.replace("Steps: 20", f"Steps: {2**63}").replace("a red fox", "<script>alert(1)</script> \ud800")
    png(tmp_path / "x.png", text.encode("utf-8", "replace").decode(), size=(48, 32))
    made = catalog.get(catalog.import_images(tmp_path).uids[0])
    assert made.imported["extra"]["steps"] == 2**63
    assert catalog.df(columns=["steps"])["steps"].isna().all()
    assert any("was resized since" in note for note in made.imported["notes"])
    assert "<script>" not in made._repr_html_()


def test_what_looks_like_a_credential_is_pointed_out(catalog, tmp_path):
    token = "hf_" + "q" * 30
    png(tmp_path / "x.png", INFOTEXT.replace("a red fox", f"a fox {token}"))
    made = catalog.get(catalog.import_images(tmp_path).uids[0])
    assert any("credential" in note and token not in note for note in made.imported["notes"])


def test_an_import_that_is_cut_short_goes_on(catalog, tmp_path, monkeypatch):
    for number in range(3):
        png(tmp_path / f"{number}.png", colour=(number, 0, 0))
    store, calls = images.store, []

    def full(folder, data):
        calls.append(1)
        if len(calls) == 2:
            raise OSError(28, os.strerror(28))
        return store(folder, data)

    monkeypatch.setattr(images, "store", full)
    with pytest.raises(CatalogError, match=r"import stopped.*No space left"):
        catalog.import_images(tmp_path)
    monkeypatch.undo()
    report = catalog.import_images(tmp_path)
    assert len(catalog.df()) == 3
    assert not report.skipped


def test_an_imported_image_goes_on_to_another_catalog_as_what_it_is(catalog, tmp_path):
    made = catalog.get(catalog.import_images(png(tmp_path / "fox.png")).uids[0])
    with Catalog(tmp_path / "other") as other:
        assert other.import_images(made.path).sources == {"forge": 1}
        there = other.get(made.uid)
    assert (there.imported, there.created) == (made.imported, made.created)


def test_an_imported_image_has_parameters_but_no_recipe(catalog, tmp_path):
    made = catalog.get(catalog.import_images(png(tmp_path / "fox.png")).uids[0])
    with pytest.raises(CatalogError, match="imported from 'forge' and has no recipe"):
        _ = made.recipe
    with pytest.raises(CatalogError, match="imported from 'forge'"):
        made.code()
    assert "from forge" in made._repr_html_()


def test_a_file_that_is_too_large_is_skipped(catalog, tmp_path, monkeypatch):
    file = png(tmp_path / "x.png")
    monkeypatch.setattr("fluxlab.catalog.importing.BYTES_MAX", file.stat().st_size - 1)
    report = catalog.import_images(file)
    assert (report.uids, report.skipped[0][1][:16]) == ((), "it is larger tha")


def test_a_folder_that_cannot_be_read_is_not_passed_over(catalog, tmp_path, monkeypatch):
    (tmp_path / "in" / "below").mkdir(parents=True)
    png(tmp_path / "in" / "a.png")
    usual = os.scandir

    def failing(path="."):
        if Path(path).name == "below":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return usual(path)

    monkeypatch.setattr(os, "scandir", failing)
    with pytest.raises(CatalogError, match=r"below' cannot be read \(Permission denied\): make it readable"):
        catalog.import_images(tmp_path / "in")
    assert catalog.df(status=None).empty
    monkeypatch.undo()
    assert len(catalog.import_images(tmp_path / "in").uids) == 1


def test_a_pipe_by_its_name_is_no_image(catalog, tmp_path):
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(CatalogError, match="is no file"):
        catalog.import_images(tmp_path / "a.png")


def test_a_disk_that_ends_the_whole_transaction_is_told_as_what_it_is(catalog, tmp_path, monkeypatch):
    png(tmp_path / "a.png")

    def failing(db, _record):
        db.conn.execute("ROLLBACK")  # as SQLite itself does when a journal cannot be written
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(adopt, "save", failing)
    with pytest.raises(CatalogError, match="disk I/O error"):
        catalog.import_images(tmp_path)
