"""The image store's one way to write a file: what was there before survives a write that fails."""

import errno
import hashlib
import json
import os
import stat

import pytest

from fluxlab.catalog import images
from fluxlab.catalog.images import write_durably
from fluxlab.errors import CatalogError


@pytest.fixture
def folders_fail(monkeypatch):
    synced = os.fsync

    def fail(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        synced(descriptor)

    return lambda: monkeypatch.setattr(os, "fsync", fail)


@pytest.fixture
def disk_is_full(monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return lambda: monkeypatch.setattr(os, "write", full)


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path, disk_is_full):
    target = tmp_path / "a" / "file"
    write_durably(target, b"old", tmp_path / "tmp")
    disk_is_full()
    with pytest.raises(OSError, match="No space left"):
        write_durably(target, b"new", tmp_path / "tmp")
    assert target.read_bytes() == b"old"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_folder_that_cannot_be_synced_leaves_an_old_file_or_a_new_one_but_no_file_that_is_only_new(
    tmp_path, folders_fail
):
    target, fresh = tmp_path / "a" / "file", tmp_path / "a" / "fresh"
    write_durably(target, b"old", tmp_path / "tmp")
    folders_fail()
    for path in (target, fresh):
        with pytest.raises(OSError, match="Input/output"):
            write_durably(path, b"new", tmp_path / "tmp")
    assert target.read_bytes() in {b"old", b"new"}
    assert not fresh.exists()


def test_a_file_that_another_process_puts_there_meanwhile_stays(tmp_path, monkeypatch):
    target = tmp_path / "a" / "file"

    def replaced_and_failed(folder):
        if folder == target.parent and not (tmp_path / "theirs").exists():
            (tmp_path / "theirs").touch()
            (tmp_path / "other").write_bytes(b"theirs")
            (tmp_path / "other").replace(target)
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(images, "sync_folder", replaced_and_failed)
    with pytest.raises(OSError, match="Input/output"):
        write_durably(target, b"ours", tmp_path / "tmp")
    assert target.read_bytes() == b"theirs"


def test_an_image_that_is_written_again_on_a_full_disk_is_still_there(tmp_path, disk_is_full):
    kept = images.store(tmp_path, b"bytes of an image")
    disk_is_full()
    with pytest.raises(OSError, match="No space left"):
        images.store(tmp_path, b"bytes of an image")
    assert (tmp_path / kept.path).read_bytes() == b"bytes of an image"


def test_acknowledged_marks_outlive_a_disk_that_does_not_take_more(catalog, keep, folder, disk_is_full):
    uid = keep().uid
    catalog.tag(uid, "keeper")
    before = (folder / "marks" / f"{uid}.json").read_bytes()
    disk_is_full()
    with pytest.raises(CatalogError, match="could not be marked"):
        catalog.tag(uid, "second")
    assert (folder / "marks" / f"{uid}.json").read_bytes() == before


def test_what_the_disk_takes_in_parts_is_whole_in_the_end(catalog, keep, folder, monkeypatch):
    taken = []
    write = os.write

    def in_parts(descriptor, data):
        taken.append(write(descriptor, data[:100]))
        return taken[-1]

    monkeypatch.setattr(os, "write", in_parts)
    made = keep()
    catalog.note(made.uid, "x" * 250)
    monkeypatch.undo()
    assert len(taken) > 3
    assert made.path.stat().st_size == sum(taken) - (folder / "marks" / f"{made.uid}.json").stat().st_size
    assert hashlib.sha256(made.path.read_bytes()).hexdigest() == made.path.stem
    assert catalog.get(made.uid).image.getpixel((0, 0)) == (255, 0, 0)
    assert json.loads((folder / "marks" / f"{made.uid}.json").read_text())["note"] == "x" * 250
