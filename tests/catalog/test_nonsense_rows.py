"""Rows that somebody changed: a sentence that names the generation, and no other is kept from being read."""

import pytest

from fluxlab.catalog import Catalog
from fluxlab.errors import CatalogError

NONSENSE = {
    "recipe": ("details", "recipe = '{}'", "parameter 'model' is missing|'prompt' is missing"),
    "recipe, a number": ("details", "recipe = '5'", "mapping"),
    "recipe, none": ("details", "recipe = NULL", ""),
    "recipe, no JSON": ("details", "recipe = '{'", "not readable JSON"),
    "timings": ("details", "timings = '5'", "'timings' that is no dict"),
    "timings, texts": ("details", """timings = '{"denoise": "long"}'""", "timings are not seconds"),
    "timings, none": ("details", "timings = 'null'", "it has no timings"),
    "effective": ("details", "effective = '[]'", "'effective' that is no dict"),
    "files": ("details", "files = '\"x\"'", "'files' that is no dict"),
    "pipeline": ("details", "pipeline = '1'", "'pipeline' that is no dict"),
    "coords": ("details", "coords = '1'", "'coords' that is no dict"),
    "imported": ("details", "imported = '{}'", ""),
    "deep": ("details", "effective = '" + "[" * 100_000 + "'", "not readable JSON"),
    "environment": ("details", "environment = 'gone'", "its details or its environment are not there"),
    "environment, no JSON": ("environments", "body = 'x'", "not readable JSON"),
    "date": ("generations", "created = 'soon'", "isoformat"),
}


@pytest.fixture
def two(catalog, keep, folder):
    """A row that is changed, and a good one."""

    def make(table, change):
        bad = keep("bad", environment={"torch": "bad"})
        good = keep("good", environment={"torch": "good"})
        key = {"environments": "body LIKE '%bad%'", "generations": "key = 'bad'"}.get(
            table, "id = (SELECT id FROM generations WHERE key = 'bad')"
        )
        with catalog._reading() as db:
            db.execute("PRAGMA foreign_keys=OFF")
            db.execute(f"UPDATE {table} SET {change} WHERE {key}")  # noqa: S608  (the test's own)
            assert db.execute("SELECT changes()").fetchone() == (1,)
        return bad, good, Catalog(folder, read_only=True)

    return make


@pytest.mark.parametrize("name", NONSENSE)
def test_a_nonsense_row_is_a_sentence_and_holds_no_other_back(two, name):
    table, change, why = NONSENSE[name]
    bad, good, foreign = two(table, change)
    with foreign:
        for read in (lambda: foreign.get(bad.uid), lambda: foreign.get_many([good.uid, bad.uid])):
            with pytest.raises(CatalogError, match=f"the row of generation {bad.uid[:8]} is not as fluxlab writes it"):
                read()
        broken, whole = foreign.get_each([bad.uid, good.uid])
        assert isinstance(broken, CatalogError)
        assert whole == good
        assert foreign.find(["bad", "good"]) == {"good": good}
        assert foreign.df().index.tolist() == [bad.uid, good.uid]
        assert foreign.seconds("nano", 32, 32)["per_step"] == 0.5
        if why:
            with pytest.raises(CatalogError, match=why):
                foreign.get(bad.uid)


def test_bytes_that_are_no_text_hide_nothing(two):
    bad, good, foreign = two("generations", "prompt = CAST(x'ff66' AS TEXT), error = CAST(x'c3' AS TEXT)")
    with foreign:
        assert foreign.df()["prompt"].tolist() == ["\ufffdf", "a cat"]
        assert foreign.sql("select prompt from images where prompt <> 'a cat'")["prompt"].tolist() == ["\ufffdf"]
        assert foreign.pivot("steps", "prompt").index.tolist() == ["a cat", "\ufffdf"]
        assert foreign.get_many([good.uid, bad.uid])[1].recipe == bad.recipe
        assert foreign.get(bad.uid).error == "\ufffd"


def test_a_row_without_its_details_is_a_sentence(catalog, keep, folder):
    made = keep()
    with catalog._reading() as db:
        db.execute("DELETE FROM details")
    with Catalog(folder, read_only=True) as foreign, pytest.raises(CatalogError, match="are not there"):
        foreign.get(made.uid)


def test_an_older_good_image_stands_in_for_a_nonsense_row(catalog, keep):
    older, newer = keep(), keep()
    with catalog._writing() as db:
        db.execute("UPDATE details SET timings = '5' WHERE id = 2")
    assert catalog.find(["k"]) == {"k": older}
    assert catalog.get_each([newer.uid, older.uid])[1] == older


def test_a_recipe_that_leaves_out_what_has_a_default_is_read_whole(catalog, keep):
    made = keep(loras={"ink": 0.5})
    with catalog._writing() as db:
        db.execute("UPDATE details SET recipe = json_remove(recipe, '$.prompt_2', '$.scheduler')")
        db.execute("""UPDATE details SET recipe = json_set(recipe, '$.loras', json('{"ink": 0.5}'))""")
    again = catalog.get(made.uid)
    assert (again.recipe, again.parameters) == (made.recipe, made.parameters)
    assert again.code() == made.code()
    with catalog._writing() as db:
        db.execute("UPDATE details SET pipeline = json_set(pipeline, '$.loras', 5)")
    with pytest.raises(CatalogError, match="does not say where its LoRA 'ink' comes from"):
        catalog.get(made.uid).code()
