"""Every step may fail: an error is a sentence with the image, and what was acknowledged is there."""

import os
from contextlib import suppress

import pytest

from benchmarks.durability import faults, python_steps, sqlite_steps
from benchmarks.durability.child import call
from benchmarks.durability.script import Script
from benchmarks.durability.step import Root
from fluxlab.catalog import images, importing, marks
from fluxlab.catalog.upkeep import backup as _  # noqa: F401  (so that the module can be named)
from fluxlab.catalog.upkeep import repair


def scenes(word):
    return [scene for scene in faults.UPKEEP if word in scene.name]


def test_whatever_step_fails_the_image_is_kept_or_given_back(mode, memory):
    found = faults.run(mode, memory, every=53, scenes=faults.RECORDING)
    assert found.broken == []
    assert found.figures["faults tried"] > 40
    assert found.figures["errors raised"] > 20
    if sqlite_steps.library() is not None:
        assert found.figures["steps of a new catalog"] > 100


def test_whatever_step_of_imports_repairs_and_backups_fails_nothing_is_lost(memory):
    found = faults.run("delete", memory, every=150, scenes=faults.UPKEEP)
    assert found.broken == []
    assert found.figures["faults tried"] > 40
    assert found.figures["errors raised"] > 15


def test_an_error_that_is_swallowed_is_found_out(memory, monkeypatch):
    # The bench itself is tested: here an image counts as written whatever the disk says.
    usual = images.write_durably

    def careless(*arguments):
        with suppress(OSError):
            usual(*arguments)

    monkeypatch.setattr(images, "write_durably", careless)
    assert faults.run("delete", memory, kinds={"rename"}, scenes=faults.RECORDING).broken != []
