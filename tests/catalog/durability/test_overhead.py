"""Recording is cheap beside making an image."""

from benchmarks.durability import overhead


def test_recording_adds_little_to_encoding(tmp_path):
    found = overhead.run(3, tmp_path, side=256, before=3)
    assert found.broken == []
    assert found.figures["added by recording, p50 (ms)"] < 1000  # a slow disk that many share
