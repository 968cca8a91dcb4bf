"""The DataFrame: what it holds, what it refuses, and that hostile text can only read."""

import datetime as dt
import sqlite3
import warnings
from contextlib import closing, suppress

import numpy as np
import pandas as pd
import pytest

from fluxlab.catalog import Catalog
from fluxlab.catalog.selection import Selection
from fluxlab.errors import CatalogError

DTYPES = {
    "created": "datetime64[ns, UTC]",
    "status": "string",
    "model": "string",
    "prompt": "string",
    "seed": "string",
    "steps": "Int64",
    "guidance": "Float64",
    "width": "Int64",
    "height": "Int64",
    "scheduler": "string",
    "max_sequence_length": "Int64",
    "loras": "string",
    "seconds.encode": "Float64",
    "seconds.denoise": "Float64",
    "seconds.decode": "Float64",
    "seconds.write": "Float64",
    "seconds.total": "Float64",
    "file_bytes": "Int64",
    "mode": "string",
    "run": "string",
    "pixel_hash": "string",
    "error": "string",
    "path": "string",
}
FURTHER = {
    "lora.ink": "Float64",
    "score.sharpness": "Float64",
    "model_hash": "string",
    "effective.steps": "Int64",
    "effective.guidance": "Float64",
    "negative_prompt": "string",
    "finished": "datetime64[ns, UTC]",
}


@pytest.mark.filterwarnings("ignore:'score.sharpness' is empty")
def test_dtypes_are_the_same_with_rows_and_without(catalog, keep):
    empty = catalog.df(), catalog.df(columns=list(FURTHER))
    keep()
    for table in (empty[0], catalog.df(), catalog.df(steps=99)):
        assert {name: str(dtype) for name, dtype in table.dtypes.items()} == DTYPES
        assert (table.index.name, str(table.index.dtype)) == ("uid", "string")
    for table in (empty[1], catalog.df(columns=list(FURTHER))):
        assert {name: str(dtype) for name, dtype in table.dtypes.items()} == FURTHER


@pytest.mark.filterwarnings("ignore:'score.none' is empty")
def test_one_row_an_image_with_its_values(catalog, keep):
    made = keep(seed=2**64 - 1, loras={"ink": 0.5}, effective={"steps": 4, "guidance": 3.5})
    catalog.score(made.uid, "sharpness", 1.5)
    row = catalog.df().loc[made.uid]
    assert (row["seed"], row["steps"], row["loras"]) == ("18446744073709551615", 4, '{"ink":0.5}')
    assert row["seconds.total"] == pytest.approx(2.75 + made.timings["write"])
    assert row["file_bytes"] == made.path.stat().st_size
    assert row["created"] == pd.Timestamp(made.created)
    asked = catalog.df(columns=["lora.ink", "lora.none", "score.sharpness", "score.none", "model_hash"]).loc[made.uid]
    assert (asked["lora.ink"], asked["score.sharpness"], asked["model_hash"]) == (0.5, 1.5, "ab" * 32)
    assert asked[["lora.none", "score.none"]].isna().all()


def test_filters_are_values_lists_and_none(catalog, keep):
    for seed, steps, guidance in ((1, 4, 3.5), (2**63, 8, None), (3, 12, 1.0)):
        keep(seed=seed, steps=steps, guidance=guidance, prompt=f"cat {seed}")
    steps = lambda **filters: catalog.df(**filters)["steps"].tolist()  # noqa: E731  (one-line helper)
    assert steps() == [4, 8, 12]
    assert steps(steps=[4, 12]) == steps(steps=np.array([4, 12])) == steps(steps=range(4, 13, 8)) == [4, 12]
    assert steps(seed=2**63) == steps(seed=str(2**63)) == steps(guidance=None) == [8]
    assert steps(guidance=[None, 1.0]) == [8, 12]
    assert steps(guidance=np.float32(3.5), prompt="cat 1") == [4]
    assert steps(steps=[]) == []
    assert steps(guidance=[3.5 + number for number in range(1500)]) == [4]
    assert steps(guidance=[0.1 + 0.2, 3.5, 1]) == [4, 12]
    assert steps(steps=list(range(5000))) == [4, 8, 12]
    assert steps(**{"lora.ink": 0.5}) == []
    assert steps(where="steps > :low and prompt like :text", params={"low": np.int64(4), "text": "%3"}) == [12]
    assert steps(where='"seconds.total" > 1 -- a comment') == [4, 8, 12]
    assert (
        steps(seed="1")
        == steps(seed=["1"])
        == steps(guidance="3.5")
        == steps(**{"lora.ink": "0", "steps": " 4"})
        == [4]
    )
    assert steps(created=dt.date(2000, 1, 1)) == []
    assert steps(compile=True) == []
    assert steps(tags=[]) == [4, 8, 12]
    assert steps(where="seed = '1'") == [4]
    after = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    assert steps(where="created > :t", params={"t": after}) == [4, 8, 12]


def test_a_score_that_no_image_ever_had_is_told(catalog, keep):
    made = [keep(seed=number) for number in (1, 2)]
    with pytest.warns(UserWarning, match=r"^'score.foo' is empty, because nothing was ever scored so: catalog.score\("):
        catalog.df(columns=["score.foo"])
    catalog.score(made[0], "sharpness", 1.0)
    told = r"^'score.sharpnes' is empty, because .* scored so: there are sharpness. Did you mean 'sharpness'\?"
    asks = [
        lambda: catalog.df(columns=["seed", "score.sharpnes"]),
        lambda: catalog.df(**{"score.sharpnes": 1}),
        lambda: catalog.df(where='"score.sharpnes" > 1'),
        lambda: catalog.pivot("score.sharpnes", "guidance"),
        lambda: catalog.pivot("steps", "score.sharpnes"),
        lambda: catalog.pivot("steps", "guidance", **{"score.sharpnes": 1}),
    ]
    for ask in asks:
        with pytest.warns(UserWarning, match=told) as caught:
            ask()
        assert [warning.filename for warning in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert catalog.df(columns=["score.sharpness"], seed=2)["score.sharpness"].isna().all()
        assert catalog.pivot("score.sharpness", "seed", seed=2)["count"].tolist() == [0]
        assert len(catalog.df(where='"score.none" IS NULL')) == 2


def test_seeds_that_came_out_of_a_table_as_floats_match(catalog, keep):
    for seed in (7, 8, 2**53):
        keep(seed=seed)
    seeds = lambda given: catalog.df(seed=given)["seed"].tolist()  # noqa: E731  (one-line helper)
    assert seeds(7.0) == seeds(np.float64(7)) == seeds([7.0, 9.0]) == ["7"]
    assert seeds(np.array([8.0, 2.0**53])) == ["8", str(2**53)]
    assert seeds(7.5) == []


def test_a_lora_that_is_not_named_has_strength_0(catalog, keep, folder):
    keep(steps=1)
    keep(steps=2, loras={"ink": 0.0})
    keep(steps=3, loras={"ink": 0.5})
    keep(steps=4, loras={"wax": 0.5})
    keep(steps=5)
    with catalog._writing() as db:
        # Another program need not have written down everything.
        db.execute("UPDATE generations SET source = 'a1111' WHERE steps = 5")
    steps = lambda given: catalog.df(**{"lora.ink": given})["steps"].tolist()  # noqa: E731  (one-line helper)
    assert steps(0) == steps(0.0) == [1, 2, 4]
    assert steps(0.5) == [3]
    assert steps([0, 0.5]) == [1, 2, 3, 4]
    assert steps(None) == [1, 4, 5]
    assert steps([None, 0.5]) == [1, 3, 4, 5]


@pytest.mark.parametrize("query", [{}, {"prompt_has": "cat"}, {"prompt_has": "cat", "steps": 4}, {"steps": 4}])
@pytest.mark.parametrize("status", ["ok", "failed", ["ok", "failed"], None])
def test_the_count_does_not_depend_on_the_limit(catalog, keep, draft, query, status):
    for number in range(3):
        keep(prompt=f"cat {number}")
        keep(prompt=f"dog {number}", steps=8)
        catalog.fail(catalog.begin(draft(prompt="a cat")), ValueError("no"))
    catalog.interrupt(catalog.begin(draft(prompt="a cat")), 1)
    catalog.begin(draft(prompt="a cat"))
    whole, part = catalog.df(status=status, **query), catalog.df(status=status, limit=1, **query)
    assert (part.attrs["count"], part.attrs["truncated"]) == (len(whole), True)
    assert part.attrs["hidden_failed"] == whole.attrs["hidden_failed"]


def test_the_count_is_of_the_moment_of_the_rows(catalog, keep, draft, folder, monkeypatch):
    for steps in (1, 2, 3):
        keep(steps=steps)
    count = Selection.count

    def later(selection, connection):
        # Another process wants to change everything between the rows and the count.
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(folder / "catalog.db", timeout=0)) as db, db:
            db.execute("UPDATE generations SET status = 'failed'")
        return count(selection, connection)

    monkeypatch.setattr(Selection, "count", later)
    table = catalog.df(limit=2)
    assert (len(table), table.attrs["count"], table.attrs["hidden_failed"]) == (2, 3, 0)


def test_a_row_that_holds_no_json_does_not_keep_the_others_from_being_read(catalog, keep):
    bad, good = keep(loras={"ink": 1.0}), keep(loras={"ink": 0.5}, effective={"guidance": 2.0})
    with catalog._writing() as db:
        db.execute("UPDATE generations SET loras = 'nonsense', created = 'soon' WHERE uid = ?", [bad.uid])
        db.execute("UPDATE details SET effective = '{', recipe = '', files = '[' WHERE id = 1")
    table = catalog.df(columns=["lora.ink", "effective.guidance", "prompt_2", "model_hash", "created"])
    assert table.loc[bad.uid].isna().all()
    assert table.loc[good.uid, ["lora.ink", "effective.guidance"]].tolist() == [0.5, 2.0]
    assert catalog.df(**{"lora.ink": 0.5}).index.tolist() == [good.uid]
    assert catalog.pivot("lora.ink", "model")["mean"].tolist() == [0.5]
    assert catalog.sql('select "lora.ink" as ink from images')["ink"].dropna().tolist() == [0.5]


@pytest.mark.parametrize("limit", [2**63, 2**70, np.int64(5)], ids=str)
def test_any_whole_number_is_a_limit(catalog, keep, limit):
    keep()
    table = catalog.df(limit=limit)
    assert (len(table), table.attrs["truncated"]) == (1, False)


def test_nothing_is_left_out_silently(catalog, keep, draft):
    made = [keep(steps=steps) for steps in (1, 2, 3)]
    catalog.fail(catalog.begin(draft(steps=5)), ValueError("no"))
    catalog.interrupt(catalog.begin(draft(steps=6)), 1)
    table = catalog.df(limit=2)
    assert table["steps"].tolist() == [2, 3]
    assert (table.attrs["count"], table.attrs["truncated"], table.attrs["hidden_failed"]) == (3, True, 2)
    assert catalog.df(steps=5).attrs["hidden_failed"] == 1
    everything = catalog.df(status=None)
    assert everything["status"].tolist() == ["ok", "ok", "ok", "failed", "interrupted"]
    assert (everything.attrs["count"], everything.attrs["hidden_failed"]) == (5, 0)
    assert catalog.df(status=["failed"])["error"].tolist() == ["no"]
    assert catalog.df().attrs["truncated"] is False
    assert catalog.df().index.tolist() == [each.uid for each in made]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"guidanse": 4}, "no column 'guidanse': Did you mean 'guidance'"),
        ({"columns": ["promt"]}, "no column 'promt': Did you mean 'prompt'"),
        ({"columns": ['x" FROM generations; --']}, "no column"),
        ({"status": "done"}, "status='done' is not allowed"),
        ({"limit": -1}, "limit=-1 is not allowed"),
        ({"limit": True}, "limit=True is not allowed"),
        ({"prompt": {"a": 1}}, "cannot be compared"),
        ({"where": "guidanc > 3"}, "column 'guidanc', which the catalog does not have. Did you mean 'guidance'"),
        ({"where": '"guidanse" > 3'}, "no column 'guidanse': Did you mean 'guidance'"),
        ({"where": '"seconds.totl" > 3'}, "Did you mean 'seconds.total'"),
        ({"where": "steps >"}, "is not a condition"),
        ({"where": ""}, "is not a condition"),
        ({"where": "1\0"}, "does not take"),
        ({"where": "prompt = '\ud800'"}, "does not take"),
        ({"columns": ["lora.\0"]}, "does not take"),
        ({"where": "steps > :low"}, "misses a value"),
        (
            {"guidance": "1..4"},
            """guidance='1..4' is not a number: give one, several as a list, or a span as where="gui""",
        ),
        ({"guidance": "abc"}, 'where="guidance BETWEEN 1 AND 4"'),
        ({"seconds.total": ">3"}, """where='"seconds.total" BETWEEN 1 AND 4'"""),
        ({"guidance": [1, "2-3"]}, "guidance='2-3' is not a number"),
        ({"steps": True}, "steps=True is not a number"),
        ({"steps": "inf"}, "steps='inf' is not a number"),
        ({"lora.ink": "strong"}, "lora.ink='strong' is not a number"),
        ({"steps": dt.date(2026, 1, 1)}, "is not a number"),
        ({"seed": True}, "seed=True is not a whole number: give one, or several as a list or as range(1, 5)"),
        ({"seed": "1..4"}, "seed='1..4' is not a whole number"),
        ({"prompt": 3.5}, "prompt=3.5 is not text"),
        ({"prompt": False}, "prompt=False is not text"),
        ({"created": 7}, "created=7 is not a time: ask for times with since= and until="),
        ({"tags": ""}, "tags='' names no tag: give one such as 'keeper'"),
        ({"tags": ["a", " "]}, "names no tag"),
        ({"where": "steps > :low", "params": {"_f0": 1}}, "params names '_f0'"),
    ],
)
def test_bad_queries_are_one_sentence(catalog, keep, query, message):
    keep()
    with pytest.raises(CatalogError) as caught:
        catalog.df(**query)
    assert message in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


@pytest.mark.parametrize(
    "where",
    [
        "1; DROP TABLE generations",
        "1); DELETE FROM generations; --",
        "uid IN (DELETE FROM generations RETURNING uid)",
        "1) ; ATTACH 'stolen.db' AS x; --",
        "(SELECT writefile('stolen.db', 'x'))",
        "(SELECT load_extension('x'))",
        "(SELECT 1 FROM pragma_journal_mode('wal'))",
        "1); VACUUM INTO 'stolen.db'; --",
        "1); PRAGMA query_only=0; --",
    ],
)
def test_hostile_conditions_cannot_write(catalog, keep, where, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    keep()
    with pytest.raises(CatalogError):
        catalog.df(where=where)
    assert not (tmp_path / "stolen.db").exists()
    assert len(catalog.df()) == 1


def test_odd_values_do_not_break_the_table(catalog, keep):
    keep(
        effective={"steps": "four", "guidance": float("nan"), "width": [1], "height": 32},
        timings={"encode": None, "denoise": float("inf"), "decode": np.float32(0.5)},
    )
    row = catalog.df(columns=["effective.steps", "effective.guidance", "effective.width", "effective.height"]).iloc[0]
    assert row.isna().tolist() == [True, True, True, False]
    assert catalog.df()["seconds.decode"].tolist() == [0.5]
    assert catalog.df()["seconds.denoise"].isna().all()
    assert catalog.seconds("nano", 32, 32) is None
    assert catalog.df(prompt="\ud800").empty


@pytest.mark.parametrize("evil", ["'; DROP TABLE generations; --", 'a "quoted" \\ name', "猫:?1", "$.x[0]"])
def test_hostile_values_are_bound(catalog, keep, folder, evil):
    text = "'; DROP TABLE generations; --\0"
    made = keep(prompt=text, loras={evil: 0.5})
    catalog.score(made.uid, evil, 2.0)
    assert catalog.df(prompt=text).index.tolist() == [made.uid]
    assert catalog.df(prompt=[text, "x"]).index.tolist() == [made.uid]
    row = catalog.df(columns=[f"lora.{evil}", f"score.{evil}", "prompt"]).iloc[0].tolist()
    assert row == [0.5, 2.0, text]
    assert len(Catalog(folder).df()) == 1


def test_an_endless_condition_is_stopped(catalog, keep, monkeypatch):
    keep()
    monkeypatch.setattr("fluxlab.catalog.reading.SECONDS_MAX", 0.1)
    endless = "steps IN (WITH RECURSIVE c(x) AS (SELECT 100 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c)"
    with pytest.raises(CatalogError, match="took longer than"):
        catalog.df(where=endless)


@pytest.mark.parametrize(
    "where", ["1=1) OR (status = 'failed'", "(steps > 1", "steps > 1) --", "prompt = 'open", "1 /* open"]
)
def test_a_condition_cannot_leave_its_brackets(catalog, keep, draft, where):
    keep()
    catalog.fail(catalog.begin(draft()), ValueError("no"))
    with pytest.raises(CatalogError, match="bracket"):
        catalog.df(where=where)
    assert len(catalog.df(where="prompt <> ')' AND (steps > 1) -- )")) == 1
