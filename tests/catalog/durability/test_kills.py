"""Writers that are killed or interrupted lose nothing that was acknowledged."""

from benchmarks.durability import kills


def test_nothing_acknowledged_is_lost_and_nothing_torn_is_visible(mode, memory):
    found = kills.run(90, mode, memory)
    assert found.broken == []
    assert found.figures["kills"] >= 90
    assert found.figures["acknowledged"] > 100
    assert found.figures["interrupts"] > 0
