"""What a gallery looks through: pages in either way of finding them, facets, and answers that are found once."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from fluxlab.catalog import browse, browsing, facets
from fluxlab.catalog.state import State


@pytest.fixture
def many(catalog, keep):
    """A dozen images, some made in the same moment, as imports are, and in another order than they were recorded."""
    made = [
        keep(f"{number}", prompt=f"a {('fox', 'cat')[number % 2]} {number}", seed=number, steps=(4, 8)[number % 3 == 0])
        for number in range(12)
    ]
    catalog.star(made[::4], 3)
    catalog.tag(made[1:7], "keeper")
    catalog.score_all("sharpness", {each: float(number) for number, each in enumerate(made)})
    with closing(sqlite3.connect(catalog.folder / "catalog.db")) as db, db:
        for number, each in enumerate(made):
            moment = f"2026-01-0{1 + number * 5 % 12 // 3}T00:00:00.000000+00:00"
            db.execute("UPDATE generations SET created = ? WHERE uid = ?", [moment, each.uid])
    return made


def pages(catalog, words, limit):
    cursor, found = None, []
    while True:
        page = catalog.page(words, cursor=cursor, limit=limit)
        assert len(page.items) <= limit
        found += page.items
        if page.next is None:
            assert len(found) == page.total
            return found
        cursor = page.next


@pytest.mark.parametrize(
    "words", ["", "fox", "cat steps:4", "starred:yes", "tag:keeper", "score.sharpness>5", "since:9999d", "-fox", "owl"]
)
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_are_the_same_whether_little_or_much_is_meant(catalog, many, monkeypatch, words, limit):
    found = []
    for most in (0, 10**9):
        monkeypatch.setattr(browse, "_MANY", most)
        found.append(pages(catalog, words, limit))
    assert found[0] == found[1]
    with closing(sqlite3.connect(catalog.folder / "catalog.db")) as db:
        ordered = [uid for (uid,) in db.execute("SELECT uid FROM generations ORDER BY created DESC, id DESC")]
    uids = [item.uid for item in found[0]]
    assert uids == [uid for uid in ordered if uid in set(uids)]
    assert bool(uids) == (words != "owl")


def test_facets_of_everything_are_those_of_words_that_mean_everything(catalog, many, keep):
    keep("ink", prompt="a tower", loras={"ink": 0.5}, guidance=None, width=64)
    with closing(sqlite3.connect(catalog.folder / "catalog.db")) as db, db:
        db.execute("UPDATE generations SET source = CAST(x'ff41' AS TEXT), scheduler = NULL WHERE id = 2")
        db.execute("UPDATE generations SET status = 'failed' WHERE id = 3")
    found = catalog.facets("")
    assert found == catalog.facets("-zeppelin")
    by_name = {facet.field: {value.text: value.count for value in facet.values} for facet in found}
    assert by_name["steps"] == {"4": 9, "8": 4}
    assert by_name["stars"] == {"3": 3}
    assert by_name["tag"] == {"keeper": 6}
    assert by_name["lora"] == {"ink": 1}
    assert by_name["status"] == {"ok": 12, "failed": 1}
    assert by_name["size"] == {"32x32": 12, "64x32": 1}
    assert by_name["source"] == {"fluxlab": 12, "\ufffdA": 1}
    assert by_name["guidance"]["none"] == 1


def test_what_many_ask_for_at_the_same_time_is_counted_once(catalog, many, monkeypatch):
    monkeypatch.setattr(browsing, "state", lambda _: State("the same", settled=True))
    begun, go_on, counted, count = threading.Event(), threading.Event(), [], facets.count

    def slow(*asked):
        counted.append(asked)
        begun.set()
        assert go_on.wait(30)
        return count(*asked)

    monkeypatch.setattr(facets, "count", slow)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(catalog.facets)
        assert begun.wait(30)
        others = [threads.submit(catalog.facets) for _ in range(2)]
        words = threads.submit(catalog.vocabulary)
        go_on.set()
        assert {each.result(30) for each in [first, *others]} == {first.result()}
        words.result(30)
    assert len(counted) == 1


def test_who_waits_for_an_answer_that_fails_asks_again(catalog, many, monkeypatch):
    monkeypatch.setattr(browsing, "state", lambda _: State("the same", settled=True))
    real = facets.count
    monkeypatch.setattr(facets, "count", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        catalog.facets()
    monkeypatch.setattr(facets, "count", real)
    assert catalog.facets()
