"""Opening, recording and marking, on nothing, on leftovers and on marks."""

from __future__ import annotations

import random
import shutil
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path

from benchmarks.durability import samples
from benchmarks.durability.child import Telephone, call
from benchmarks.durability.down import database_down
from benchmarks.durability.promise import check
from benchmarks.durability.scene import Scene, Told, guarded, watched
from benchmarks.durability.script import Script
from fluxlab.catalog import Catalog, NotRecordedError, pixel_hash

#: Tags from before the fault, and of the run that meets it.
FIRST, SECOND = "first", "second"


def _use(folder: Path, telephone: Telephone, script: Script) -> None:
    """Open the catalog and record two images; say how each step of it went."""
    watched(script, folder)
    chance = random.Random(1)
    catalog = guarded(lambda: Catalog(folder), telephone)
    if catalog is not None:
        _mark(catalog, telephone)
        _record(catalog, 1, chance, telephone)
    # Once the disk is well again, the same process goes on.
    script.over = True
    catalog = catalog or guarded(lambda: Catalog(folder), telephone)
    if catalog is None:
        telephone.tell("raw", "the catalog does not open in the same process once the disk is well")
    elif not _record(catalog, 2, chance, telephone):
        telephone.tell("raw", "no image can be recorded in the same process once the disk is well")


def _record(catalog: Catalog, seed: int, chance: random.Random, telephone: Telephone) -> bool:
    """Record one image; returns whether it was acknowledged."""
    picture = samples.picture(chance)
    uid = guarded(lambda: catalog.begin(samples.draft(seed)), telephone)
    if uid is None:
        return False
    try:
        made = catalog.complete(uid, picture, {"steps": 4}, {})
    except NotRecordedError as error:
        telephone.tell("refused", uid)
        if not str(error).endswith("."):
            telephone.tell("raw", f"no sentence: {error}")
        if pixel_hash(error.image) != pixel_hash(picture):
            telephone.tell("raw", "the error carries another image")
        return False
    except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
        telephone.tell("raw", f"complete raised {error!r}")
        return False
    telephone.tell("kept", made.uid, str(made.pixel_hash))
    return True


def _mark(catalog: Catalog, telephone: Telephone) -> None:
    """Tag the images that have a tag already, where there are any."""
    tagged = guarded(lambda: [str(uid) for uid in catalog.df(tags=FIRST, columns=[]).index], telephone)
    if tagged and guarded(lambda: catalog.tag(tagged, SECOND) or True, telephone):
        telephone.tell("marked", *tagged)


def _judge(folder: Path, model: Path, told: Told, *, marks: bool) -> list[str]:
    del model
    acknowledged = dict(told.words("kept"))
    broken = check(folder, acknowledged, given_back={uid for (uid,) in told.words("refused")}).broken
    return [*broken, *(_marks_lost(folder, said=bool(told.words("marked"))) if marks else ())]


def _marks_lost(folder: Path, *, said: bool = False) -> list[str]:
    """What is gone of the marks of `marked`, and of those that were acknowledged; also without the database."""
    lost = []
    for where in ("the database", "the files beside it"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Catalog(folder) as catalog:
                rows = catalog.df(columns=["tags", "stars", "note"], tags=FIRST)
        if len(rows) != 1 or (rows["stars"].iloc[0], rows["note"].iloc[0]) != (3, "a note"):
            lost.append(f"marks that were acknowledged before are not in {where}")
        elif said and SECOND not in rows["tags"].iloc[0]:
            lost.append(f"a tag that was acknowledged is not in {where}")
        for file in folder.glob("catalog.db*"):
            file.unlink()
    return lost


def _nothing(folder: Path) -> None:
    """No catalog yet."""
    folder.mkdir()
    shutil.rmtree(folder)


def marked(folder: Path) -> None:
    """A catalog with one image that a person has said something of."""

    def work(telephone: Telephone) -> None:
        del telephone
        with Catalog(folder) as catalog:
            made = catalog.complete(catalog.begin(samples.draft(20)), samples.picture(random.Random(5)), {}, {})
            catalog.tag(made.uid, FIRST)
            catalog.star(made.uid, 3)
            catalog.note(made.uid, "a note")

    call(work)


def _leftovers(folder: Path) -> None:
    """A catalog whose last writer died: an image without its row, one that was never made, and a waiting record."""

    def work(telephone: Telephone) -> None:
        del telephone
        chance = random.Random(2)
        with Catalog(folder) as catalog:
            catalog.complete(catalog.begin(samples.draft(10)), samples.picture(chance), {}, {})
            _lost, orphan, waiting = (catalog.begin(samples.draft(number)) for number in (11, 12, 13))
            with database_down():
                for uid in (waiting, orphan):
                    with suppress(NotRecordedError):
                        catalog.complete(uid, samples.picture(chance), {}, {})
            (folder / "spool" / f"{orphan}.json").unlink()

    call(work)


_LASTING = ("ENOSPC", "EIO", "EROFS", "EACCES")
SCENES = (
    Scene("a new catalog", _nothing, _use, partial(_judge, marks=False), _LASTING),
    Scene("a catalog with leftovers", _leftovers, _use, partial(_judge, marks=False), _LASTING),
    Scene("a catalog with marks", marked, _use, partial(_judge, marks=True), _LASTING),
)
