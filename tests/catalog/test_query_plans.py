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
