"""Which images a query means: times, words of the prompt, tags and stars, and columns that do not vary."""

import datetime as dt
import warnings

import numpy as np
import pandas as pd
import pytest

from fluxlab.catalog.database import connect
from fluxlab.catalog.search import TERMS_MAX
from fluxlab.errors import CatalogError

UTC = dt.UTC


@pytest.fixture
def aged(catalog, keep):
    """Images of different ages, by their number of steps."""

    def make(**ages):
        for steps, (_, age) in enumerate(ages.items(), start=1):
            uid = keep(steps=steps).uid
            then = (dt.datetime.now(UTC) - age).isoformat(timespec="microseconds")
            with connect(catalog.folder / "catalog.db") as db:
                db.execute("UPDATE generations SET created = ? WHERE uid = ?", [then, uid])

    return make


def steps(table):
    return table["steps"].tolist()


def test_since_and_until_take_spans_dates_and_moments(catalog, aged):
    hour = dt.timedelta(hours=1)
    aged(old=24 * 20 * hour, week=24 * 5 * hour, day=5 * hour, now=dt.timedelta(minutes=5))
    assert steps(catalog.df(since="7d")) == [2, 3, 4]
    assert steps(catalog.df(since="12h")) == steps(catalog.df(since=" 0.5 D ")) == [3, 4]
    assert steps(catalog.df(since="30m")) == [4]
    assert steps(catalog.df(since="4w", until="1d")) == [1, 2]
    then = dt.datetime.now(UTC) - 6 * hour
    assert steps(catalog.df(since=then)) == steps(catalog.df(since=then.isoformat())) == [3, 4]
    assert steps(catalog.df(since=then.replace(tzinfo=None).astimezone(UTC) + 5.5 * hour)) == [4]
    local = dt.datetime.now().astimezone() - 6 * hour
    assert steps(catalog.df(since=local.replace(tzinfo=None))) == [3, 4]


def test_a_date_is_the_whole_day(catalog, keep):
    keep()
    today = dt.datetime.now().astimezone().date()
    assert len(catalog.df(since=today, until=today)) == 1
    assert len(catalog.df(since=str(today), until=str(today))) == 1
    assert len(catalog.df(until=today - dt.timedelta(days=1))) == 0


@pytest.mark.parametrize(
    "bad", ["7 fortnights", "-7d", "d", "", "2026-13-01", 7, True, "9" * 400 + "w", "yesterday", ["7d"], "7d; --"]
)
def test_a_bad_time_is_one_sentence(catalog, bad):
    with pytest.raises(CatalogError, match=r"since=.* is no time: give a span .*'7d'"):
        catalog.df(since=bad)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("red fox", [1, 2, 3]),
        ("FOX red", [1, 2, 3]),
        ('"red fox"', [1, 3]),
        ('"fox red"', [2]),
        ('"fox in red"', []),
        ('"red fox" snow', [3]),
        ("fo*", [1, 2, 3, 4]),
        ('"red fo"*', [1, 3]),
        ("caf", []),
        ("cafe", [4]),
        ("red -fox", [1, 2, 3]),
        ("red NOT snow", []),
        ("fox OR nothing", []),
        ("prompt:fox", []),
        ("blue-eyed", [2]),
        ('unclosed "red', [5]),
        ("^fox + {red} (a NEAR b)", []),
        ("狐", [5]),
    ],
)
@pytest.mark.filterwarnings("ignore:prompt_has=.* found nothing")
def test_prompt_has_finds_words_phrases_and_beginnings(catalog, keep, words, found):
    for number, prompt in enumerate(
        ["a red fox", "a fox, red and blue-eyed", "red fox in the snow", "four men in a café", "unclosed \"red' 狐"],
        start=1,
    ):
        keep(steps=number, prompt=prompt)
    assert steps(catalog.df(prompt_has=words)) == found


@pytest.mark.parametrize("empty", ["", " ", '"', '""', "*", "-", "'; --", "!?*", "\0", "🙂", 'AND"'[3:], "^ + ()"])
def test_a_search_without_a_word_is_one_sentence(catalog, keep, empty):
    keep()
    with pytest.raises(CatalogError, match=r"has no word to search for: write words such as 'red fox'"):
        catalog.df(prompt_has=empty)


@pytest.mark.parametrize("evil", ["a\0b", "\ud800x", "x" * 100_000, "')) OR 1; DROP TABLE prompts; --", "a" + "*" * 99])
@pytest.mark.filterwarnings("ignore:prompt_has=.* found nothing")
def test_hostile_searches_find_nothing_and_break_nothing(catalog, keep, evil):
    keep(prompt="plain")
    assert catalog.df(prompt_has=evil).empty
    assert len(catalog.df(prompt_has="plain")) == 1


def test_a_search_of_the_wrong_kind_or_too_many_words_is_refused(catalog):
    with pytest.raises(CatalogError, match="is not text"):
        catalog.df(prompt_has=["red"])
    with pytest.raises(CatalogError, match=f"at most {TERMS_MAX}"):
        catalog.df(prompt_has="a " * (TERMS_MAX + 1))
    assert catalog.df(prompt_has="a " * TERMS_MAX).empty


def test_an_operator_that_found_nothing_is_said_to_be_a_word(catalog, keep):
    keep(steps=1, prompt="a red fox")
    keep(steps=2, prompt="fox or cat")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert steps(catalog.df(prompt_has="fox OR cat")) == [2]
        assert steps(catalog.df(prompt_has="owl or cat")) == []
        assert steps(catalog.df(prompt_has='"owl OR cat"')) == []
    with pytest.warns(
        UserWarning, match=r"prompt_has='owl OR red' found nothing, and takes OR for a word .* LIKE"
    ) as told:
        assert steps(catalog.df(prompt_has="owl OR red")) == []
    assert told[0].filename == __file__
    assert steps(catalog.df(where="prompt LIKE '%owl%' OR prompt LIKE '%red%'")) == [1]


@pytest.mark.parametrize(
    "value", [object(), float("inf"), {"a": 1}, [[1]], [object()], b"x"], ids=lambda value: type(value).__name__
)
def test_a_value_that_cannot_be_compared_is_named_as_it_was_given(catalog, value):
    with pytest.raises(CatalogError, match=r"^steps=.* cannot be compared: give text, a number") as caught:
        catalog.df(steps=value)
    assert "record" not in str(caught.value)
    assert "$float" not in str(caught.value)


@pytest.mark.parametrize("many", [range(10**9), range(10**30), range(10**9, 0, -1)], ids=str)
def test_a_range_of_too_many_values_is_refused_before_it_is_written_out(catalog, many):
    with pytest.raises(CatalogError, match=r"^steps=range\(.*\) has too many values to look for: write a condition"):
        catalog.df(steps=many)
    assert catalog.df(steps=range(100_000)).empty


@pytest.mark.parametrize("bad", [7, ["a", None], {"a": 1}.values(), b"a"])
def test_tags_that_are_no_text_are_one_sentence(catalog, bad):
    with pytest.raises(CatalogError, match="is not a tag: write text such as 'keeper', or a list of such"):
        catalog.df(tags=bad)


def test_all_filters_work_together(catalog, keep):
    first, second = (keep(steps=number, prompt="a red fox") for number in (1, 2))
    keep(steps=2, prompt="a red cat")
    catalog.tag([first, second], "keeper", "blue")
    catalog.untag(first, "blue")
    catalog.star(second, 4)
    catalog.note(second, "the best")
    assert steps(catalog.df(tags="keeper")) == [1, 2]
    assert steps(catalog.df(tags=["keeper", "blue"])) == [2]
    assert steps(catalog.df(tags="'; DROP TABLE tags; --")) == []
    assert steps(catalog.df(stars=4)) == steps(catalog.df(where="stars >= 4")) == [2]
    assert steps(catalog.df(where="tags LIKE '%blue%'")) == steps(catalog.df(note="the best")) == [2]
    mixed = catalog.df(
        tags="keeper",
        prompt_has="fox",
        since="1h",
        until="1h",
        stars=None,
        where="steps > :s",
        params={"s": 0},
        steps=[1, 2],
    )
    assert mixed.empty
    mixed = catalog.df(tags="keeper", prompt_has="fox", since="1h", stars=None, where="steps > :s", params={"s": 0})
    assert steps(mixed) == [1]
    assert mixed.attrs["query"]["prompt_has"] == "fox"
    row = catalog.df(columns=["tags", "stars", "note", "source"]).loc[second.uid]
    assert row.tolist() == ["blue, keeper", 4, "the best", "fluxlab"]
    assert catalog.df(columns=["tags", "note", "stars"]).iloc[2].isna().all()


def test_a_condition_may_name_a_score_or_a_lora(catalog, keep):
    made = [keep(steps=number, loras={"ink": number / 4}) for number in (1, 2)]
    catalog.score_all("sharp ness", {made[0].uid: 1.0, made[1].uid: 2.0})
    assert steps(catalog.df(where='"score.sharp ness" > 1.5 AND "lora.ink" = 0.5')) == [2]
    assert steps(catalog.df(where='"score.none" IS NULL')) == [1, 2]
    assert steps(catalog.df(where="prompt <> '\"odd' AND steps > 1 -- \"odd")) == [2]


def test_varying_leaves_out_what_is_the_same_everywhere_and_says_what_it_was(catalog, keep):
    keep(steps=4, seed=1)
    keep(steps=8, seed=1, colour="blue")
    table = catalog.df(varying=True, columns=["steps", "seed", "guidance", "error", "pixel_hash"])
    assert list(table.columns) == ["steps", "pixel_hash"]
    assert table.attrs["constant"] == {"seed": "1", "guidance": 3.5, "error": None}
    assert "constant" not in catalog.df().attrs
    nothing = catalog.df(varying=True, steps=99)
    assert nothing.attrs["constant"] == {}
    assert list(nothing.columns) == list(catalog.df().columns)


def test_no_row_is_left_out_without_a_limit(catalog, keep, folder):
    keep()
    rows = """INSERT INTO generations (uid, key, status, created, source, prompt, width, height, loras, mode)
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
        SELECT printf('%032x', i), 'k', 'ok', created, source, prompt, 16, 16, '{}', mode FROM n, generations"""
    with connect(folder / "catalog.db") as db:
        db.execute(rows)
    table = catalog.df()
    assert (len(table), table.attrs["count"], table.attrs["truncated"]) == (20001, 20001, False)


def test_times_of_pandas_and_numpy_mean_what_those_of_python_mean(catalog, aged):
    hour = dt.timedelta(hours=1)
    aged(old=24 * 20 * hour, day=5 * hour)
    then = dt.datetime.now() - 6 * hour  # noqa: DTZ005  (without a zone is local)
    for given in (then, pd.Timestamp(then), 6 * hour, pd.Timedelta(hours=6)):
        assert steps(catalog.df(since=given)) == [2]
    utc = np.datetime64(dt.datetime.now(UTC).replace(tzinfo=None) - 48 * hour)
    assert steps(catalog.df(since=utc)) == [2]
    for given in (pd.Timestamp(then), then, np.datetime64(then), then.date() - 24 * hour):
        assert steps(catalog.df(where="created > :then", params={"then": given})) == [2]


@pytest.mark.parametrize(
    "given", [pd.NaT, dt.datetime.fromisoformat("0001-01-01"), np.datetime64("NaT")], ids=["NaT", "min", "numpy NaT"]
)
def test_what_is_no_moment_is_one_sentence(catalog, given):
    with pytest.raises(CatalogError, match=r"since=.* is no time"):
        catalog.df(since=given)
    if given is not None and not isinstance(given, np.datetime64):
        with pytest.raises(CatalogError, match=r"then=.* is no moment"):
            catalog.df(where="created > :then", params={"then": given})
