"""Statistics in SQL: right numbers, counts, and places that nobody made."""

import statistics

import pandas as pd
import pytest

from fluxlab.errors import CatalogError


@pytest.fixture
def scored(catalog, keep, draft):
    """Two guidances and two steps, with one place empty and different counts in the others."""
    values = {(1.0, 4): [1.0, 2.0, 4.0], (1.0, 8): [10.0], (3.5, 4): [5.0, 7.0]}
    seed = iter(range(100))
    for (guidance, steps), numbers in values.items():
        for number in numbers:
            made = keep(guidance=guidance, steps=steps, seed=next(seed), loras={"ink": number / 10})
            catalog.score(made.uid, "x", number)
    catalog.fail(catalog.begin(draft("bad", guidance=3.5, steps=8)), ValueError("no"))
    return values


def test_every_statistic_is_the_one_that_python_computes(catalog, scored):
    table = catalog.pivot("score.x", "guidance", "steps", agg=["mean", "std", "min", "max", "median"])
    assert table.index.tolist() == [1.0, 3.5]
    assert table["count"].loc[1.0].tolist() == [3, 1]
    for (guidance, steps), numbers in scored.items():
        cell = {name: table[name].loc[guidance, steps] for name in ("count", "mean", "min", "max", "median")}
        assert cell["count"] == len(numbers)
        assert cell["mean"] == pytest.approx(statistics.mean(numbers))
        assert (cell["min"], cell["max"], cell["median"]) == (min(numbers), max(numbers), statistics.median(numbers))
    assert table["std"].loc[1.0, 4] == pytest.approx(statistics.stdev([1.0, 2.0, 4.0]))
    assert pd.isna(table["std"].loc[1.0, 8])


@pytest.mark.filterwarnings("ignore:'score.none' is empty")
def test_a_place_that_nobody_made_is_seen(catalog, scored):
    table = catalog.pivot("score.x", "guidance", "steps")
    assert pd.isna(table["mean"].loc[3.5, 8])
    assert table["count"].loc[3.5, 8] == 0
    assert table.attrs["missing"] == [{"guidance": 3.5, "steps": 8}]
    assert table.attrs["hidden_failed"] == 1
    assert catalog.pivot("score.none", "guidance").attrs["missing"] == [{"guidance": 1.0}, {"guidance": 3.5}]


def test_rows_alone_several_rows_and_filters(catalog, scored):
    table = catalog.pivot("score.x", "steps", agg="max", guidance=1.0)
    assert list(table.columns) == ["count", "max"]
    assert table["max"].to_dict() == {4: 4.0, 8: 10.0}
    several = catalog.pivot("lora.ink", ["model", "guidance"], "steps", where='"score.x" > :x', params={"x": 1.5})
    assert several["count"].loc[("nano", 1.0)].tolist() == [2, 1]
    assert several["mean"].loc[("nano", 3.5), 4] == pytest.approx(0.6)
    by_seed = catalog.pivot("seconds.total", "seed")
    assert by_seed.index.tolist() == [str(number) for number in range(6)]


def test_the_spread_of_close_numbers_far_from_zero_is_right(catalog, keep):
    numbers = [1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.3]
    for seed, number in enumerate(numbers):
        catalog.score(keep(seed=seed).uid, "far", number)
    table = catalog.pivot("score.far", "model", agg="std")
    assert table["std"].loc["nano"] == pytest.approx(statistics.stdev(numbers), rel=1e-6)


def test_what_is_none_is_a_row_of_its_own(catalog, keep):
    keep(guidance=None)
    keep(guidance=2.0)
    table = catalog.pivot("steps", "guidance")
    assert pd.isna(table.index[0])
    assert table["count"].tolist() == [1, 1]


def test_text_where_a_number_should_be_counts_for_nothing(catalog, keep):
    keep(effective={"guidance": "high"})
    keep(effective={"guidance": 2.0})
    table = catalog.pivot("effective.guidance", "model")
    assert table.loc["nano"].tolist() == [1, 2.0]


def test_a_seed_that_is_no_number_stands_among_the_others(catalog, keep):
    for seed in (10, 9, 8):
        keep(seed=seed)
    with catalog._writing() as db:
        db.execute("UPDATE generations SET seed = 'abc' WHERE seed = '8'")
    assert catalog.pivot("steps", "seed").index.tolist() == ["9", "10", "abc"]


def test_an_empty_catalog_has_an_empty_pivot(catalog):
    assert catalog.pivot("steps", "guidance", "seed").empty
    assert catalog.pivot("steps", "guidance").attrs["missing"] == []


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"value": "prompt"}, "value='prompt' is text or a time"),
        ({"value": "created"}, "value='created' is text or a time"),
        ({"value": "score.x", "rows": "guidanse"}, "Did you mean 'guidance'"),
        ({"rows": []}, "names no column"),
        ({"rows": [3]}, "rows=3 is not the name of a column"),
        ({"rows": "steps", "columns": "steps"}, "'steps' is asked for twice"),
        ({"agg": "average"}, "agg='average' is not known"),
        ({"agg": ["mean", "medan"]}, "Did you mean 'median'"),
        ({"where": "1); DELETE FROM scores; --"}, "where="),
        ({"steeps": 4}, "Did you mean 'steps'"),
    ],
)
def test_bad_pivots_are_one_sentence(catalog, scored, asked, message):
    with pytest.raises(CatalogError) as caught:
        catalog.pivot(**{"value": "score.x", "rows": "guidance", **asked})
    assert message in str(caught.value)
    assert len(catalog.df()) == 6


def test_hostile_prompts_are_rows_like_others(catalog, keep):
    evil = "'; DROP TABLE generations; --\0\"x"
    keep(prompt=evil)
    assert catalog.pivot("steps", "prompt").index.tolist() == [evil]


def test_a_table_of_too_many_places_is_refused(catalog, scored, monkeypatch):
    monkeypatch.setattr("fluxlab.catalog.pivot.CELLS_MAX", 5)
    with pytest.raises(CatalogError, match=r"6 rows and 1 columns, and at most 5 places"):
        catalog.pivot("steps", "seed", "model")
