"""The catalog is a dict that survives: any order of calls, any values, bit for bit."""

from benchmarks.durability import model


def test_the_catalog_does_what_a_dict_would(capsys):
    found = model.run(1000)
    assert found.broken == [], capsys.readouterr().out
    assert found.figures["steps"] >= 1000
