"""Every step may fail: an error is a sentence with the image, and what was acknowledged is there."""

import importlib
import os
from contextlib import suppress
from pathlib import Path

from benchmarks.durability import faults, python_steps, sqlite_steps
from benchmarks.durability.child import call
from benchmarks.durability.script import Script
from benchmarks.durability.step import Root
from fluxlab.catalog import images


def scenes(*names):
    return [scene for scene in faults.UPKEEP if scene.name in names]


def room(name):
    return importlib.import_module(f"fluxlab.catalog.upkeep.{name}")


def test_whatever_step_fails_the_image_is_kept_or_given_back(mode, memory):
    found = faults.run(mode, memory, every=53, scenes=faults.RECORDING)
    assert found.broken == []
    assert found.figures["faults tried"] > 40
    assert found.figures["errors raised"] > 20
    if sqlite_steps.library() is not None:
        assert found.figures["steps of a new catalog"] > 100


def test_whatever_step_of_imports_repairs_and_backups_fails_nothing_is_lost(mode, memory):
    found = faults.run(mode, memory, every=400, scenes=faults.UPKEEP)
    assert found.broken == []
    assert found.figures["faults tried"] > 15
    assert found.figures["errors raised"] > 5


def test_an_error_that_is_swallowed_is_found_out(memory, monkeypatch):
    # The bench itself is tested: here an image counts as written whatever the disk says.
    usual = images.write_durably

    def careless(*arguments):
        with suppress(OSError):
            usual(*arguments)

    monkeypatch.setattr(images, "write_durably", careless)
    assert faults.run("delete", memory, kinds={"rename"}, scenes=faults.RECORDING).broken != []


def test_a_repair_that_deletes_is_found_out(memory, monkeypatch):
    def deletes(folder, path, why):
        del folder, why
        path.unlink()
        return path

    monkeypatch.setattr(room("repair"), "move", deletes)
    found = faults.run("delete", memory, kinds={"unlink"}, every=9, scenes=scenes("a repair"))
    assert any("was deleted" in each for each in found.broken)


def test_a_backup_that_fails_and_leaves_its_folder_is_found_out(memory, monkeypatch):
    usual = room("backup").sync
    monkeypatch.setattr(room("backup"), "_settle", lambda target, _: usual(target.parent))
    found = faults.run("delete", memory, kinds={"sync folder"}, scenes=scenes("a backup"))
    assert any("its folder is there" in each for each in found.broken)


def test_an_import_that_changes_its_source_is_found_out(memory, monkeypatch):
    usual = images.store

    def greedy(folder, data):
        (folder.parent / "outside" / "cut.png").write_bytes(b"")
        return usual(folder, data)

    monkeypatch.setattr(images, "store", greedy)
    found = faults.run("delete", memory, kinds={"mkdir"}, every=9, scenes=scenes("an import"))
    assert any("were changed" in each for each in found.broken)


def test_what_a_file_object_writes_is_seen_and_fails_half_way(tmp_path):
    def work(telephone):
        script = Script()
        python_steps.watch(Root(tmp_path / "in"), script)
        (tmp_path / "in").mkdir()
        with (tmp_path / "in" / "x").open("xb") as file:
            file.write(b"abcd")
            file.flush()
            os.fsync(file.fileno())
        os.link(tmp_path / "in" / "x", tmp_path / "in" / "y")
        for step in script.seen:
            telephone.tell(step.kind, Path(step.path).name, step.data.decode())

    lines, status = call(work)
    assert status == 0
    assert lines == [
        ["mkdir", "in", ""],
        ["create", "x", ""],
        ["write", "x", "abcd"],
        ["sync", "x", ""],
        ["link", "x", ""],
    ]
