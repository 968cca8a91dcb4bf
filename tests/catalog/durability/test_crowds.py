"""Many processes at once: no lock errors, nobody starves, and a new folder may be opened by all together."""

from benchmarks.durability import openers, writers


def test_many_writers_get_no_lock_errors_and_nobody_starves(mode, memory):
    found = writers.run(8, 15, mode, memory)
    assert found.broken == []
    assert found.figures["records"] == 120
    assert found.figures["begin and complete, max (ms)"] < 5000


def test_a_new_folder_may_be_opened_by_many_at_once(mode, memory):
    assert openers.run(8, 4, mode, memory).broken == []


def test_a_folder_may_be_opened_while_others_write(mode, memory):
    assert openers.run(4, 4, mode, memory, writing=True).broken == []
