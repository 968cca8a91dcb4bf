"""Questions that name few images are answered by an index: at a million rows a scan takes a hundred times as long."""

import sqlite3
from contextlib import closing

import pytest

from benchmarks.catalog_queries import fill
from fluxlab.catalog.lookup import newest
from fluxlab.catalog.selection import Selection


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans") / ".fluxlab"
    fill(folder, 3000)
    return folder


def plan(folder, sql, bound):
    with closing(sqlite3.connect(folder / "catalog.db")) as db:
        return [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}", bound)]


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ({}, {"since": "1h"}),
        ({}, {"prompt_has": "zeppelin"}),
        ({}, {"tags": "keeper"}),
        ({"stars": 5}, {}),
        ({"uid": "ab" * 16}, {}),
        ({"key": "ab" * 32}, {}),
        ({}, {"status": ["failed", "crashed"]}),
    ],
    ids=["since", "words", "tags", "stars", "uid", "key", "status"],
)
def test_few_images_are_found_without_a_look_at_all(filled, query, options):
    selection = Selection(query, **options)
    sql, bound = selection.sql("uid")
    steps = plan(filled, sql, bound)
    assert not any(step.startswith("SCAN generations") for step in steps), steps


FEW = ("starred:yes", "stars:3..5", "zeppelin", "tag:keeper", "rejected:yes", "since:30m")


@pytest.mark.parametrize("words", FEW)
def test_a_page_of_what_is_rare_is_found_without_a_look_at_all(filled, words):
    steps = page_plan(filled, words, many=False)
    assert not any(step.startswith("SCAN generations") for step in steps), steps


@pytest.mark.parametrize("words", ["", "variation", "zeppelin", "score.sharpness>0", "model:dev", "-zeppelin"])
def test_a_page_of_what_is_frequent_is_found_by_walking_along_the_times(filled, words):
    """Else each page of a word that half of a million prompts have would look up half a million rows."""
    steps = [step for step in page_plan(filled, words, many=True) if " generations " in step]
    assert "generations_created (created<?)" in steps[0], steps


@pytest.mark.parametrize(("words", "table"), [("", "generations"), ("variation", "prompts"), ('"red fox"', "prompts")])
def test_what_an_index_counts_is_counted_without_a_look_at_the_rows(filled, words, table):
    asked = []
    with closing(sqlite3.connect(filled / "catalog.db")) as db:
        db.set_trace_callback(asked.append)
        total = Selection({}, words=words, status=None).count(db)
        db.set_trace_callback(None)
        sql, bound = Selection({}, words=words, status=None).sql("count(*)")
        assert db.execute(sql, bound).fetchone() == (total,)
        assert total > 0
    # The full-text index asks for itself, too.
    assert [each.split()[3] for each in asked if each.startswith("SELECT count(*)")] == [table]


def page_plan(folder, words, *, many):
    sql, bound = Selection({}, words=words, status=None).newest(many=many)
    cursor = "AND created <= '2027' AND (created < '2027' OR _id < 7)"
    return plan(folder, f"{sql} {cursor} ORDER BY created DESC, _id DESC LIMIT 101", bound)


def test_a_key_is_looked_up_by_its_index(filled):
    asked = []

    class Explained:
        """Answers a query with its plan."""

        def query(self, sql, bound):
            asked.append(plan(filled, sql, bound))
            return []

    assert newest(Explained(), filled, ["ab" * 32], "exact") == {}
    assert asked
    assert not any(step.startswith("SCAN generations") for steps in asked for step in steps), asked
