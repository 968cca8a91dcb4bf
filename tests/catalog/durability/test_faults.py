"""Every step may fail: an error is a sentence with the image, and what was acknowledged is there."""

from contextlib import suppress

from benchmarks.durability import faults, sqlite_steps
from fluxlab.catalog import images


def test_whatever_step_fails_the_image_is_kept_or_given_back(mode, memory):
    found = faults.run(mode, memory, every=53)
    assert found.broken == []
    assert found.figures["faults tried"] > 40
    assert found.figures["errors raised"] > 20
    if sqlite_steps.library() is not None:
        assert found.figures["steps of a new catalog"] > 100


def test_an_error_that_is_swallowed_is_found_out(memory, monkeypatch):
    # The bench itself is tested: here an image counts as written whatever the disk says.
    usual = images.write_durably

    def careless(*arguments):
        with suppress(OSError):
            usual(*arguments)

    monkeypatch.setattr(images, "write_durably", careless)
    assert faults.run("delete", memory, kinds={"rename"}).broken != []
