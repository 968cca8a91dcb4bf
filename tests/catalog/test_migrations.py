"""A catalog that an older fluxlab wrote opens with everything that was in it."""

import sqlite3
from contextlib import closing

from sqlite_utils import Database

from fluxlab.catalog import Catalog, schema
from fluxlab.catalog.encoding import dump


def first_release(path, recipe):
    """A database as the first migration alone leaves it, with two rows and a score."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        db = Database(connection)
        schema.migrations.apply(db, stop_before="m002_narrow_rows")
        db.execute("INSERT INTO environments VALUES ('e', '{\"torch\":\"2.6\"}')")
        row = {
            **{name: recipe[name] for name in ("model", "prompt", "steps", "guidance", "width", "height", "scheduler")},
            "max_sequence_length": 64, "seed": str(recipe["seed"]), "recipe": dump(recipe), "loras": '{"ink":0.5}',
            "effective": '{"steps":4}', "files": '{"model":"ab"}', "pipeline": '{"source":"x"}', "environment": "e",
            "timings": '{"decode":0.25,"denoise":2.0}', "mode": "exact", "created": "2026-11-23T10:00:00.000000+00:00",
        }  # fmt: skip
        for uid, status, extra in (
            (
                "a" * 32,
                "ok",
                {"file_hash": "f" * 64, "file_bytes": 3, "path": f"objects/ff/{'f' * 64}.png", "step": None},
            ),
            ("b" * 32, "failed", {"error": "out of memory", "pid": 7}),
        ):
            db["generations"].insert({**row, "uid": uid, "key": uid, "status": status, **extra})
        db.execute("INSERT INTO scores VALUES (?, 'sharpness', '1', 41.5, '')", ["a" * 32])
        db.execute("INSERT INTO runs VALUES ('r', 'first', '{}', '')")


def test_the_first_release_opens_with_everything(folder, draft):
    folder.mkdir()
    recipe = draft(loras={"ink": 0.5}, seed=2**64 - 1, prompt="a red fox").recipe
    first_release(folder / "catalog.db", recipe.values())
    with Catalog(folder) as catalog:
        made, failed = catalog.get("a" * 32), catalog.get("b" * 32)
        assert (made.recipe, made.timings, made.effective) == (recipe, {"decode": 0.25, "denoise": 2.0}, {"steps": 4})
        assert made.environment == {"torch": "2.6"}
        assert (made.path, made.source) == (folder / "objects" / "ff" / f"{'f' * 64}.png", "fluxlab")
        assert (failed.status, failed.error) == ("failed", "out of memory")
        assert catalog.scores(["a" * 32], "sharpness") == {"a" * 32: 41.5}
        assert catalog.run("r")["name"] == "first"
        table = catalog.df(status=None, columns=["seed", "seconds.total", "path", "lora.ink", "score.sharpness"])
        assert table["seconds.total"].tolist() == [2.25, 2.25]
        assert table["lora.ink"].tolist() == [0.5, 0.5]
        assert table["seed"].tolist() == [str(2**64 - 1)] * 2
    with closing(sqlite3.connect(folder / "catalog.db")) as db:
        assert db.execute("SELECT count(*) FROM prompts WHERE prompts MATCH 'fox'").fetchone() == (2,)
        names = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        assert not any(name.startswith("old_") for name in names)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
