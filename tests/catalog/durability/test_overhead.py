"""What recording costs can be measured: the figure depends on the disk, so here only that it is taken soundly."""

from benchmarks.durability import overhead
from fluxlab.catalog import Catalog, images


def test_the_overhead_of_recording_is_measured(tmp_path):
    found = overhead.run(3, tmp_path, side=256, before=3)
    assert found.broken == []
    assert (found.figures["images"], found.figures["pixels a side"], found.figures["images before"]) == (3, 256, 3)
    assert {name.split(", ")[0] for name in found.figures} > {"encoding", "added by recording"}
    # Encoding is taken out of the time again, by the function that was put in its place for that alone.
    assert images.encode_png.__module__ == images.__name__
    assert len(Catalog(tmp_path / "catalog").df()) == 6
