"""Queries of one's own: every column by its name, and nothing can be written."""

import hashlib
import sqlite3

import pytest

from fluxlab.errors import CatalogError


def test_images_has_the_columns_of_the_table(catalog, keep):
    made = keep(loras={"ink": 0.5}, steps=8)
    keep(steps=4)
    catalog.score(made.uid, "it's", 2.0)
    catalog.tag(made.uid, "keeper")
    table = catalog.sql('select model, avg("seconds.total") as mean, count(*) as n from images group by 1')
    assert table["model"].tolist() == ["nano"]
    assert table["n"].tolist() == [2]
    assert table["mean"][0] == pytest.approx(catalog.df()["seconds.total"].mean())
    row = catalog.sql(
        'select uid, "lora.ink", "score.it\'s", tags, "effective.steps", path from images where steps = :s', {"s": 8}
    )
    assert row.iloc[0, :4].tolist() == [made.uid, 0.5, 2.0, "keeper"]
    for name in [*catalog.df().columns, "uid"]:
        catalog.sql(f'select "{name}" from images')  # noqa: S608  (names of columns)


def test_dtypes_follow_the_values(catalog, keep):
    keep(guidance=None)
    keep(guidance=2.0)
    table = catalog.sql("select steps, guidance, prompt, null as empty, 1.5 as half from images order by guidance")
    assert [str(dtype) for dtype in table.dtypes] == ["Int64", "Float64", "string", "object", "Float64"]
    empty = catalog.sql("select steps, prompt from images where 0")
    assert list(empty.columns) == ["steps", "prompt"]
    assert empty.empty
    assert empty.attrs["count"] == 0
    named = catalog.sql('select \'"no.name"\' as "my.name", "seconds.total" /* "a.b" */ from images -- "c.d"')
    assert list(named.columns) == ["my.name", "seconds.total"]
    twice = catalog.sql("select steps, steps from images")
    assert list(twice.columns) == ["steps", "steps"]


def test_with_comments_tables_and_full_text_search(catalog, keep, draft):
    keep(prompt="a red fox")
    catalog.fail(catalog.begin(draft("bad")), ValueError("no"))
    assert (
        catalog.sql("-- all\n/* of */ WITH s AS (SELECT status FROM images) SELECT count(*) AS n FROM s")["n"][0] == 2
    )
    assert catalog.sql("select count(*) as n from generations where status = ?", ["failed"])["n"][0] == 1
    found = catalog.sql(
        "select images.prompt from prompts join generations on generations.id = prompts.rowid "
        "join images on images.uid = generations.uid where prompts match 'fox';"
    )
    assert found["prompt"].tolist() == ["a red fox"]
    assert catalog.sql("select :n as n", {"n": 2**70})["n"].tolist() == [str(2**70)]


def test_full_text_search_ranks_and_marks_what_it_found(catalog, keep):
    keep(prompt="a red fox in the snow")
    keep(prompt="a fox, a fox, a fox")
    found = catalog.sql(
        "select highlight(prompts, 0, '[', ']') as marked, snippet(prompts, 0, '<', '>', '…', 2) as cut, "
        "bm25(prompts) as score from prompts where prompts match 'fox' order by rank"
    )
    assert found["marked"].tolist() == ["a [fox], a [fox], a [fox]", "a red [fox] in the snow"]
    assert all("<fox>" in cut for cut in found["cut"])
    assert found["score"].is_monotonic_increasing


WRITES = [
    "DELETE FROM generations",
    "WITH x AS (SELECT 1) DELETE FROM generations",
    "WITH x AS (SELECT 1) INSERT INTO runs SELECT '1', '2', '3', '4'",
    "UPDATE generations SET prompt = 'x'",
    "INSERT INTO runs VALUES ('1', '2', '3', '4')",
    "REPLACE INTO runs VALUES ('1', '2', '3', '4')",
    "DROP TABLE scores",
    "CREATE TABLE stolen (x)",
    "CREATE TEMP TABLE stolen AS SELECT * FROM generations",
    "ATTACH 'stolen.db' AS x",
    "ATTACH DATABASE 'file:stolen.db?mode=rwc' AS x",
    "DETACH main",
    "VACUUM",
    "VACUUM INTO 'stolen.db'",
    "PRAGMA query_only=0",
    "PRAGMA journal_mode=WAL",
    "PRAGMA writable_schema=1",
    "SELECT * FROM pragma_query_only(0)",
    "SELECT load_extension('x')",
    "SELECT writefile('stolen.db', 'x')",
    "SELECT readfile('/etc/hostname')",
    "SELECT FTS3_TOKENIZER('simple')",
    "SELECT fts5(1)",
    "CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, prompts, row)",
    "SELECT 1; DELETE FROM generations",
    "SELECT 1; VACUUM INTO 'stolen.db'",
    "SELECT 1;; DELETE FROM generations; --",
    "/* */ DELETE FROM generations",
    "-- SELECT\nDELETE FROM generations",
    "BEGIN IMMEDIATE",
    "EXPLAIN SELECT 1",
    "ANALYZE",
    "REINDEX",
    "INSERT INTO prompts (prompts) VALUES ('delete-all')",
]


@pytest.mark.parametrize("text", WRITES)
def test_what_could_write_is_refused_and_writes_nothing(catalog, keep, folder, text, monkeypatch):
    monkeypatch.chdir(folder.parent)
    keep()
    before = hashlib.sha256((folder / "catalog.db").read_bytes()).hexdigest()
    files = sorted(folder.iterdir())
    with pytest.raises(CatalogError) as caught:
        catalog.sql(text)
    assert str(caught.value).startswith("sql=")
    assert str(caught.value).count(". ") == 0
    assert hashlib.sha256((folder / "catalog.db").read_bytes()).hexdigest() == before
    assert sorted(folder.iterdir()) == files
    assert not (folder.parent / "stolen.db").exists()
    assert len(catalog.df()) == 1


@pytest.mark.parametrize(
    ("text", "params", "message"),
    [
        ("", None, "is no query"),
        (None, None, "is no query"),
        ("select steeps from images", None, "names the column 'steeps', which the catalog does not have. Did you mean"),
        ('select "seconds.totl" from images', None, "Did you mean 'seconds.total'"),
        ("select * from paintings", None, "no such table"),
        ("selct 1", None, "begins with 'selct'"),
        ("(select 1)", None, "begins with '('"),
        ("select", None, "is not a query that SQLite understands"),
        ("select :x", None, "misses a value"),
        ("select ?", [], "misses a value"),
        ("select ?", [{"a": 1}], "cannot be compared"),
        ("select ?", "x", "is no list of values"),
        ("select 1\0", None, "does not take"),
        ("select '\ud800'", None, "does not take"),
        ('select "lora.\0" from images', None, "does not take"),
        ("select zeroblob(1000000000)", None, "MiB"),
        ("select 1; select 2", None, "one statement"),
    ],
)
def test_bad_queries_are_one_sentence(catalog, keep, text, params, message):
    keep()
    with pytest.raises(CatalogError) as caught:
        catalog.sql(text, params)
    assert message in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_a_result_that_no_notebook_could_hold_is_a_sentence(catalog, keep, monkeypatch):
    keep()
    monkeypatch.setattr("fluxlab.catalog.sql.TABLE_MAX", 2**20)
    counting = "with recursive c(x) as (select 1 union all select x + 1 from c{}) select x{} from c"
    for text in (counting.format("", ""), counting.format(" limit 100", ", hex(zeroblob(500000)) as t")):
        with pytest.raises(CatalogError, match=r"gives more than .* GiB: ask for less"):
            catalog.sql(text)
    assert len(catalog.sql(counting.format(" limit 100", ""))) == 100


def test_texts_grow_to_a_bound(catalog):
    growing = "with recursive c(x) as (select 'ab' union all select x || x from c) select max(length(x)) from c"
    for text in (growing, "select hex(zeroblob(500000000))"):
        with pytest.raises(CatalogError, match="makes a text of more than 64 MiB"):
            catalog.sql(text)


def test_an_endless_query_is_stopped(catalog, monkeypatch):
    monkeypatch.setattr("fluxlab.catalog.reading.SECONDS_MAX", 0.1)
    with pytest.raises(CatalogError, match="took longer than"):
        catalog.sql("with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c")


def test_a_writer_is_not_held_up_by_a_query_that_is_done(catalog, keep):
    table = catalog.sql("select * from images")
    keep()
    assert table.empty
    assert len(catalog.sql("select * from images")) == 1


def test_a_mistyped_name_in_double_quotes_is_no_text(catalog, keep):
    keep()
    with pytest.raises(CatalogError, match="Did you mean 'steps'"):
        catalog.sql('SELECT count(*) AS n FROM images WHERE "stps" > 100')
    assert catalog.sql('SELECT "steps" AS "my steps" FROM images')["my steps"].tolist() == [4]


def test_nothing_in_the_schema_is_trusted(catalog, keep, folder, monkeypatch):
    keep()
    seen = []
    connect = sqlite3.connect

    class Watched(sqlite3.Connection):
        def set_authorizer(self, authorizer):
            seen.append(self.execute("PRAGMA trusted_schema").fetchone()[0])
            super().set_authorizer(authorizer)

    monkeypatch.setattr(sqlite3, "connect", lambda *args, **kwargs: connect(*args, **{**kwargs, "factory": Watched}))
    catalog.sql("SELECT 1 FROM images")
    catalog.df()
    assert seen == [0, 0]
