"""What damaged other catalogs, each shown by what its user would have lost."""

import ast
import math
import os
import signal
import sqlite3
from enum import Enum
from pathlib import Path

import numpy as np
import pytest

import fluxlab
from benchmarks.durability.child import Telephone, fork
from fluxlab.catalog import Catalog, database
from fluxlab.catalog.database import connect


@pytest.mark.parametrize(
    ("version", "file_system", "mode"),
    [("3.51.3", "ext4", "wal"), ("3.51.2", "ext4", "delete"), ("3.51.3", "nfs4", "delete")],
)
def test_the_journal_is_chosen_by_the_library_that_really_runs(folder, monkeypatch, version, file_system, mode):
    monkeypatch.setattr(sqlite3, "sqlite_version", version)
    monkeypatch.setattr(database, "file_system", lambda _: file_system)
    Catalog(folder)
    with connect(folder / "catalog.db") as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == (mode,)


def test_a_program_that_reads_the_database_file_costs_no_record(folder, draft, picture, monkeypatch):
    # Closing the file drops the locks of every connection in the same process; a kept connection loses its log then.
    monkeypatch.setattr(database, "wal_is_safe", lambda *_: True)
    Catalog(folder)
    telephone, turn = Telephone(), os.pipe()

    def work():
        catalog = Catalog(folder)
        while True:
            made = catalog.complete(catalog.begin(draft()), picture(), {}, {})
            for name in ("catalog.db", "catalog.db-wal", "catalog.db-shm"):
                if (folder / name).exists():
                    (folder / name).read_bytes()
            telephone.tell(made.uid)
            os.read(turn[0], 1)

    writer, kept = fork(work), []
    while len(kept) < 5:
        kept += [words[0] for words in telephone.heard()]
        assert Catalog(folder).get(kept[-1]).status == "ok"  # closing this checkpoints and deletes the log
        os.write(turn[1], b"!")
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    kept += [words[0] for words in telephone.hang_up()]
    assert set(kept) <= set(Catalog(folder).df().index)
    for end in turn:
        os.close(end)


def test_processes_that_read_and_then_write_never_find_the_catalog_locked(catalog, keep, folder, mode, monkeypatch):
    monkeypatch.setattr(database, "wal_is_safe", lambda *_: mode == "wal")
    made, telephone = keep(), Telephone()

    def work(number):
        for turn in range(8):
            try:
                Catalog(folder).score(made.uid, f"m{number}", turn)
            except Exception as error:  # noqa: BLE001  (whatever it is, it is a finding)
                telephone.tell(repr(error))

    team = [fork(lambda number=number: work(number)) for number in range(4)]
    assert telephone.hang_up() == []
    for pid in team:
        os.waitpid(pid, 0)
    assert [catalog.scores([made.uid], f"m{number}") for number in range(4)] == [{made.uid: 7.0}] * 4


def test_no_table_is_rebuilt_by_a_function_that_forgets_triggers_and_generated_columns():
    for path in Path(fluxlab.__file__).parent.rglob("catalog/*.py"):
        calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        assert "transform" not in {call.attr for call in calls if isinstance(call, ast.Attribute)}, path


class Kind(Enum):
    DEV = "dev"


def test_one_odd_record_damages_neither_itself_nor_the_others(catalog, draft, picture, keep, folder):
    usual = keep("usual", effective={"guidance": 3.5, "steps": 4})
    odd = {"guidance": math.nan, "steps": np.int64(7), "kind": Kind.DEV, "text": "a\ud800\0b", "max": math.inf}
    uid = catalog.begin(
        draft("odd", seed=np.uint64(2**64 - 1), run="r\ud800", coords={"x\ud800": np.float32(0.1), "nan": math.nan})
    )
    made = catalog.complete(uid, picture(), odd, {"denoise": np.float64(0.5)})
    for again in (made, catalog.get(uid), Catalog(folder).get(uid)):
        assert math.isnan(again.effective["guidance"])
        assert again.effective | {"guidance": 0} == {
            "guidance": 0,
            "steps": 7,
            "kind": "dev",
            "text": "a\ud800\0b",
            "max": math.inf,
        }
        assert (again.recipe.seed, again.timings["denoise"]) == (2**64 - 1, 0.5)
        assert again.coords["x\ud800"] == float(np.float32(0.1))
    frame = catalog.df(columns=["effective.guidance", "effective.steps", "seed"])
    assert frame.loc[usual.uid].tolist() == [3.5, 4, "7"]
    assert frame.loc[uid, "seed"] == "18446744073709551615"
    assert catalog.df(where='"effective.steps" = 4').index.tolist() == [usual.uid]
    stopped = catalog.begin(draft("stopped"))
    catalog.interrupt(stopped, np.int64(3))
    catalog.score(usual.uid, "sharpness", np.float32(0.5))
    assert catalog.get(stopped).step == 3
    assert catalog.scores([usual.uid], "sharpness") == {usual.uid: 0.5}
