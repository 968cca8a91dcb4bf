"""The bench of the upkeep says how many rows came back, and whether they are the same."""

from benchmarks import upkeep
from fluxlab.catalog.database import connect


def test_the_bench_finds_rows_that_a_rebuild_lost_or_changed(tmp_path, capsys):
    folder = tmp_path / ".fluxlab"
    upkeep.fill(folder, 3, 16)
    before = upkeep.rows_of(folder)
    upkeep.tell_same(before, upkeep.rows_of(folder))
    assert "3 of 3; the same in every column: 3" in capsys.readouterr().out
    with connect(folder / "catalog.db") as db:
        db.conn.execute("UPDATE generations SET steps = 9 WHERE id = 1")
    upkeep.tell_same(before, upkeep.rows_of(folder))
    assert "3 of 3; the same in every column: 2" in capsys.readouterr().out
