"""Images of other programs, imported from a folder outside the catalog."""

from __future__ import annotations

import random
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, PngImagePlugin

from benchmarks.durability import samples
from benchmarks.durability.child import Telephone, call
from benchmarks.durability.promise import check
from benchmarks.durability.recording_scenes import marked
from benchmarks.durability.scene import Scene, Told, guarded, watched
from benchmarks.durability.script import Script
from benchmarks.durability.state import differences, files, state, torn_images
from fluxlab.catalog import Catalog, importing

_TEXT = "a fox\nSteps: 20, Sampler: Euler, CFG scale: 1, Seed: 7, Size: 16x16"
#: Of these the import says why it does not take them.
_BAD = ("cut.png",)
_GOOD = 5


def _prepare(folder: Path) -> None:
    """A catalog with marks, and a folder with images of every kind."""
    folder.mkdir()
    marked(folder / "catalog")
    outside = folder / "outside"
    (outside / "below").mkdir(parents=True)
    chance = random.Random(6)
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", _TEXT)
    samples.picture(chance).save(outside / "a.png", pnginfo=info)
    for name in ("b.jpg", "c.webp"):
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + _TEXT.encode("utf-16-be")
        samples.picture(chance).save(outside / "below" / name, exif=exif)
    samples.picture(chance).save(outside / "below" / "plain.png")
    (outside / "cut.png").write_bytes((outside / "a.png").read_bytes()[:-20])

    def work(telephone: Telephone) -> None:
        with Catalog(folder / "other") as other:
            made = other.complete(other.begin(samples.draft(30)), samples.picture(chance), {"steps": 4}, {})
        telephone.tell(str(made.path))

    (line,), _ = call(work)
    Path(" ".join(line)).rename(outside / "ours.png")


def _use(folder: Path, telephone: Telephone, script: Script) -> None:
    """Import it all, and once the disk is well again, in the same process, once more."""
    catalog = Catalog(folder / "catalog")
    # One after the other, so that the steps come in the same order each time; and in several transactions.
    importing._THREADS = 1  # noqa: SLF001  (for the bench alone)
    importing._BATCH = 2  # noqa: SLF001  (for the bench alone)
    watched(script, folder / "catalog", folder / "outside")
    report = guarded(lambda: catalog.import_images(folder / "outside"), telephone)
    script.over = True
    if report is not None:
        telephone.tell("taken", *report.uids)
        named = [path for path, _ in report.skipped]
        if len(report.uids) + report.known + len(named) != _GOOD + len(_BAD):
            telephone.tell("raw", f"the import of {_GOOD + len(_BAD)} files speaks of fewer: {report}")
    guarded(lambda: catalog.import_images(folder / "outside"), telephone)


def _judge(folder: Path, model: Path, told: Told) -> list[str]:
    broken = []
    if _looks(folder / "outside") != _looks(model / "outside"):
        broken.append("the files that were imported were changed")
    expected = _expected(model)
    catalog = folder / "catalog"
    broken += [f"{name} is torn, and visible" for name in torn_images(catalog)]
    before = {row[0]: row[6] for row in state(model / "catalog")["rows"]}
    # Those that were stored when the import failed wait for the next one.
    broken += check(catalog, before, given_back={row[0] for row in expected["rows"]}).broken
    if told.ended:
        broken += [f"importing again, {each}" for each in differences(state(catalog), expected)]
    else:
        ok = {row[0] for row in state(catalog)["rows"] if row[2] == "ok"}
        broken += [f"{uid} was imported and is lost" for (uid, *_) in told.words("taken") if uid not in ok]
    with Catalog(catalog) as opened:
        report = opened.import_images(folder / "outside")
    if [path.name for path, _ in report.skipped] != list(_BAD):
        broken.append(f"importing again skips {report.skipped}")
    return [*broken, *(f"after importing again, {each}" for each in differences(state(catalog), expected))]


def _looks(folder: Path) -> dict[str, object]:
    return {name: (data, (folder / name).stat().st_mtime_ns) for name, data in files(folder).items()}


@cache
def _expected(model: Path) -> dict[str, Any]:
    """What an import without a fault makes of it."""
    copy = model.with_name(f"{model.name}, undisturbed")

    def work(telephone: Telephone) -> None:
        shutil.copytree(model, copy)
        with Catalog(copy / "catalog") as catalog:
            telephone.tell(str(len(catalog.import_images(copy / "outside").uids)))

    lines, _ = call(work)
    if lines != [[str(_GOOD)]]:
        raise RuntimeError(f"the undisturbed import of {_GOOD} images ended with {lines}")
    return state(copy / "catalog")


SCENES = (Scene("an import", _prepare, _use, _judge),)
