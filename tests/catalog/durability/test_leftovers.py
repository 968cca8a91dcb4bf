"""What dead processes and failing disks leave behind is settled at an open, now or later, and keeps nobody out."""

import errno
import json
import os
import stat
import warnings

import pytest
from PIL import Image

from benchmarks.durability.child import call
from benchmarks.durability.down import database_down
from fluxlab.catalog import Catalog, NotRecordedError, alive
from fluxlab.catalog import adopt as room
from fluxlab.catalog.images import encode_png, store
from fluxlab.errors import CatalogError

ENDED = ("interrupted", "crashed")


def test_a_process_that_has_the_number_of_a_dead_one_is_not_taken_for_it(catalog, draft, folder, monkeypatch):
    # Process ids come again, in a container at every restart.
    monkeypatch.setattr(alive, "mark", lambda _: f"{alive.boot_id()} 1")
    uid = catalog.begin(draft())
    monkeypatch.undo()
    assert Catalog(folder).get(uid).status in ENDED
    living = catalog.begin(draft())
    assert Catalog(folder).get(living).status == "started"


def test_a_process_is_known_by_its_boot_its_number_and_its_start():
    own = alive.mark(os.getpid())
    assert not alive.is_gone(os.getpid(), own)
    assert not alive.is_gone(os.getpid(), alive.boot_id())  # as older records have it
    assert not alive.is_gone(None, own)
    assert alive.is_gone(os.getpid(), "another boot")
    ended, _ = call(lambda telephone: telephone.tell(str(os.getpid())))
    assert alive.is_gone(int(ended[0][0]), alive.boot_id())


def orphan(folder, draft, picture):
    """An image whose process ended before its row was finished."""

    def work(telephone):
        catalog = Catalog(folder)
        uid = catalog.begin(draft())
        with database_down():
            try:
                catalog.complete(uid, picture(), {}, {})
            except NotRecordedError:
                (folder / "spool" / f"{uid}.json").unlink()
        telephone.tell(uid)

    return call(work)[0][0][0]


def test_an_image_that_cannot_be_read_for_a_while_is_taken_up_later(draft, picture, folder, monkeypatch):
    uid = orphan(folder, draft, picture)

    def failing(*_):
        raise OSError(errno.EIO, "Input/output error")

    for name in ("read_record", "stored_images"):
        monkeypatch.setattr(room, name, failing)
        with pytest.warns(UserWarning, match="left out.*Input/output error"):
            assert Catalog(folder).get(uid).status == "started"
        monkeypatch.undo()
    made = Catalog(folder).get(uid)
    assert made.status == "ok"
    assert made.image.tobytes() == picture().tobytes()


def hostile(record):
    """Records of the right form whose values the database cannot hold."""
    yield record | {"step": 2**70}
    yield record | {"recipe": {name: value for name, value in record["recipe"].items() if name != "scheduler"}}
    yield record | {"file_bytes": {"a": 1}}


def test_a_record_that_cannot_be_kept_keeps_nobody_out(catalog, keep, picture, folder):
    made = keep()
    for number, record in enumerate(hostile(made.record())):
        uid = f"{number:032x}"
        text = json.dumps(record | {"uid": uid, "path": None})
        (folder / "spool").mkdir(exist_ok=True)
        (folder / "spool" / f"{uid}.json").write_text(text)
        store(folder, encode_png(picture(), {"fluxlab": text}))
    with pytest.warns(UserWarning, match=r"left where it is|records wait in"):
        assert Catalog(folder).get(made.uid) == made
    (folder / "catalog.db").unlink()
    with pytest.warns(UserWarning, match="was left out of the catalog"):
        assert Catalog(folder).get(made.uid) == made


def test_an_image_of_unlikely_size_keeps_nobody_out(catalog, keep, folder, monkeypatch):
    keep()
    (folder / "catalog.db").unlink()
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.warns(UserWarning, match="left out.*decompression bomb"):
        Catalog(folder)


def test_a_spool_that_cannot_be_emptied_keeps_nobody_out(catalog, draft, picture, folder, monkeypatch):
    uid = catalog.begin(draft())
    with database_down(), pytest.raises(NotRecordedError):
        catalog.complete(uid, picture(), {}, {})

    def refuse(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "unlink", refuse)
    with pytest.warns(UserWarning, match="records wait"):
        assert Catalog(folder).get(uid).status == "ok"
    monkeypatch.undo()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Catalog(folder).get(uid).status == "ok"
    assert list((folder / "spool").iterdir()) == []


def test_an_image_that_was_reported_as_unwritten_does_not_turn_up_later(catalog, draft, picture, folder, monkeypatch):
    uid = catalog.begin(draft())
    synced = os.fsync

    def folders_fail(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", folders_fail)
    with pytest.raises(NotRecordedError, match="cannot be written"):
        catalog.complete(uid, picture(), {}, {})
    monkeypatch.undo()
    (folder / "catalog.db").unlink()
    with pytest.raises(CatalogError):
        Catalog(folder).get(uid)


def test_an_image_that_another_process_takes_up_has_its_whole_record(draft, picture, folder):
    uid = orphan(folder, draft, picture)
    made = Catalog(folder).get(uid)
    assert (made.status, made.record()["finished"] is not None) == ("ok", True)
