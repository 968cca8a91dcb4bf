"""The power may go at any moment; the bench would notice if a sync were left out."""

import os
import stat

import pytest

from benchmarks.durability import cuts, sqlite_steps
from fluxlab.catalog import database, images, place

pytestmark = pytest.mark.skipif(sqlite_steps.library() is None, reason="this Python has SQLite built in")


def test_nothing_acknowledged_is_lost_when_the_power_goes(mode, memory):
    found = cuts.run(mode, memory, every=30, mixtures=2)
    assert found.broken == []
    assert found.figures["cuts"] > 100
    assert found.figures["promises at the end"] == 9
    assert "databases that were damaged and rebuilt" not in found.figures


@pytest.mark.parametrize("left_out", ["file", "folder", "store", "database"])
def test_a_sync_that_is_left_out_is_found_out(memory, monkeypatch, left_out):
    if left_out == "file":
        monkeypatch.setattr(images, "_sync", lambda fd: os.fsync(fd) if stat.S_ISDIR(os.fstat(fd).st_mode) else None)
    elif left_out == "folder":
        monkeypatch.setattr(images, "sync_folder", lambda _: None)
    elif left_out == "store":
        monkeypatch.setattr(place, "sync_store", lambda _: None)
        monkeypatch.setattr(place, "sync_folder", lambda _: None)
    else:
        usual = database._patiently
        unsafe = lambda connection, text: usual(connection, text.replace("EXTRA", "OFF"))  # noqa: E731  (a helper)
        monkeypatch.setattr(database, "_patiently", unsafe)
    assert cuts.run("delete", memory, every=40, mixtures=1).broken != []
