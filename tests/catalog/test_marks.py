"""Tags, stars and notes: what they take, and that they outlive the database."""

import json
import sqlite3
import warnings

import pytest

from fluxlab.catalog import Catalog, marks
from fluxlab.catalog.database import connect, immediate
from fluxlab.errors import CatalogError, NotFoundError


def said(catalog, uid):
    row = catalog.df(columns=["tags", "stars", "note"]).loc[uid]
    return [None if missing else value for value, missing in zip(row, row.isna(), strict=True)]


def test_marks_are_put_on_and_taken_away(catalog, keep):
    uid = keep().uid
    catalog.tag(uid, "keeper", " two words ", "keeper")
    catalog.star(uid, 3)
    catalog.note(uid, "soft light\nat the left")
    assert said(catalog, uid) == ["keeper, two words", 3, "soft light\nat the left"]
    catalog.tag(uid, "keeper", "猫🙂")
    catalog.untag(uid, "two words", "never there")
    catalog.star(uid, None)
    catalog.note(uid, "better")
    assert said(catalog, uid) == ["keeper, 猫🙂", None, "better"]
    catalog.note(uid, " ")
    catalog.untag(uid, "keeper", "猫🙂")
    assert said(catalog, uid) == [None, None, None]
    assert catalog.tags() == {}


def test_one_several_a_table_or_its_index(catalog, keep):
    made = [keep(steps=number) for number in (1, 2, 3)]
    catalog.tag(made[0], "one")
    catalog.tag(made[0].uid[:12], "begun")
    catalog.tag(made[:2], "two")
    catalog.tag({made[0].uid, made[1].uid}, "set")
    table = catalog.df(where="steps >= 2")
    catalog.star(table, 5)
    catalog.tag(table.index, "late")
    catalog.tag([], "nothing")
    assert catalog.tags() == {"begun": 1, "late": 2, "one": 1, "set": 2, "two": 2}
    assert catalog.df(stars=5)["steps"].tolist() == [2, 3]


def test_a_measure_takes_what_a_tag_takes(catalog, keep):
    made = [keep(steps=number) for number in (1, 2, 3)]
    catalog.score(made[0], "m", 1)
    catalog.score(made[1].uid[:8], "m", 2)
    catalog.score_all("n", {made[0]: 1.5, made[2].uid[:12]: 2.5})
    assert catalog.df(columns=["score.m", "score.n"])["score.m"].tolist()[:2] == [1.0, 2.0]
    assert catalog.scores(made, "m") == {made[0].uid: 1.0, made[1].uid: 2.0}
    assert catalog.scores(catalog.df(), "n") == {made[0].uid: 1.5, made[2].uid: 2.5}
    assert catalog.scores(made[0].uid[:8], "n") == {made[0].uid: 1.5}
    missing = "0" * 32 if made[0].uid[0] != "0" else "1" * 32
    with pytest.raises(NotFoundError, match="is not in the catalog"):
        catalog.score_all("m", {made[0]: 9, missing: 9})
    assert catalog.scores(made, "m")[made[0].uid] == 1.0


@pytest.mark.parametrize("bad", ["", "  ", "a,b", "a\nb", "\0", "x" * 101, 7, None, b"x", "a\ud83d"])
def test_a_bad_tag_is_one_sentence_and_changes_nothing(catalog, keep, bad):
    uid = keep().uid
    for change in (catalog.tag, catalog.untag):
        with pytest.raises(CatalogError, match="is not allowed: a tag is a word or a few"):
            change(uid, "good", bad)
    with pytest.raises(CatalogError, match="no tag is given"):
        catalog.tag(uid)
    assert catalog.tags() == {}


@pytest.mark.parametrize("bad", [0, 6, -1, 2.5, True, "5", [1], float("nan")])
def test_bad_stars_are_one_sentence(catalog, keep, bad):
    with pytest.raises(CatalogError, match="give 1 to 5, or None"):
        catalog.star(keep().uid, bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [(7, "is not text"), ("x" * 100_001, "at most 100,000"), ("smile \ud83d", "holds half of a surrogate pair")],
)
def test_a_bad_note_is_one_sentence(catalog, keep, bad, message):
    uid = keep().uid
    with pytest.raises(CatalogError, match=message):
        catalog.note(uid, bad)
    assert catalog.marks(uid)[uid].note is None


def test_an_unknown_uid_changes_nothing_for_the_others(catalog, keep):
    uid = keep().uid
    with pytest.raises(NotFoundError, match="not in the catalog"):
        catalog.tag([uid, "f" * 32], "x")
    for wrong in ("'; DROP TABLE tags; --", 7, "ab"):
        with pytest.raises(CatalogError):
            catalog.tag(wrong, "x")
    assert catalog.tags() == {}


@pytest.mark.parametrize("evil", ["'; DROP TABLE tags; --", '<script>"x"</script>', "{$float: nan}", "../../x"])
def test_hostile_tags_and_notes_are_text(catalog, keep, folder, evil):
    uid = keep().uid
    catalog.tag(uid, evil)
    catalog.note(uid, evil + "\0\U0001f600")
    assert catalog.df(tags=evil).index.tolist() == [uid]
    assert said(catalog, uid)[2] == evil + "\0\U0001f600"
    assert [path.name for path in (folder / "marks").iterdir()] == [f"{uid}.json"]


def test_the_file_beside_the_database_is_plain_json(catalog, keep, folder):
    uid = keep().uid
    catalog.tag(uid, "b", "a")
    catalog.star(uid, 2)
    body = json.loads((folder / "marks" / f"{uid}.json").read_text(encoding="utf-8"))
    assert body == {"format": 1, "uid": uid, "tags": ["a", "b"], "stars": 2, "note": None}


def test_marks_survive_a_lost_database(catalog, keep, folder):
    uid, other = keep(key="1").uid, keep(key="2", colour="blue").uid
    catalog.tag([uid, other], "keeper")
    catalog.star(uid, 5)
    catalog.note(uid, "a note")
    catalog.untag(other, "keeper")
    (folder / "catalog.db").unlink()
    with pytest.warns(UserWarning, match="read back from the images"):
        again = Catalog(folder)
    assert said(again, uid) == ["keeper", 5, "a note"]
    assert said(again, other) == [None, None, None]


def test_marks_that_cannot_be_read_are_passed_over_with_a_warning(catalog, keep, folder):
    uid = keep().uid
    catalog.tag(uid, "keeper")
    good = json.loads((folder / "marks" / f"{uid}.json").read_text(encoding="utf-8"))
    bad = {
        "torn": "{",
        "list": "[]",
        "a" * 32: json.dumps(good),
        "b" * 32: json.dumps({**good, "uid": "b" * 32, "format": 2}),
        "c" * 32: json.dumps({**good, "uid": "c" * 32, "stars": 9}),
        "d" * 32: json.dumps({**good, "uid": "d" * 32, "tags": ["a,b"]}),
        "e" * 32: "[" * 100_000,
        "f" * 32: " " * (2**20 + 1),
    }
    for name, text in bad.items():
        (folder / "marks" / f"{name}.json").write_text(text, encoding="utf-8")
    with connect(folder / "catalog.db") as db, immediate(db):
        db.execute("DELETE FROM tags")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert marks.restore(db, marks.files(folder)) == (1, len(bad))
    assert len(caught) == len(bad)
    assert catalog.tags() == {"keeper": 1}


def test_restore_writes_what_the_rows_are_there_for(catalog, keep, folder):
    uid = keep().uid
    catalog.tag(uid, "new")
    catalog.star(uid, 4)
    catalog.note(uid, "n")
    lost = {"format": 1, "uid": "0" * 32, "tags": ["lost"], "stars": None, "note": None}
    (folder / "marks" / f"{'0' * 32}.json").write_text(json.dumps(lost), encoding="utf-8")
    with connect(folder / "catalog.db") as db, immediate(db):
        db.execute("UPDATE generations SET stars = 1")
        db.execute("INSERT INTO tags (tag, uid, created) VALUES ('old', ?, '')", [uid])
        db.execute("UPDATE notes SET note = 'other'")
        assert marks.restore(db, marks.files(folder)) == (1, 1)
    assert said(catalog, uid) == ["new", 4, "n"]


def test_what_the_disk_does_not_take_is_said_and_not_half_done(catalog, keep, monkeypatch):
    uid = keep().uid

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(marks, "write_durably", full)
    with pytest.raises(CatalogError, match=r"1 generations could not be marked.*No space left"):
        catalog.tag(uid, "keeper")
    assert catalog.tags() == {}


def test_a_failed_commit_acknowledges_nothing(catalog, keep, folder):
    uid = keep().uid
    with sqlite3.connect(folder / "catalog.db") as db:
        db.execute("CREATE TRIGGER no BEFORE INSERT ON tags BEGIN SELECT raise(ABORT, 'no'); END")
    db.close()
    with pytest.raises(CatalogError):
        catalog.tag(uid, "keeper")
    assert catalog.tags() == {}


def test_scores_are_found_by_image_however_they_were_written(catalog, keep, folder):
    one, two = keep(key="1"), keep(key="2")
    catalog.score_all("x", {one.uid: 1.0, two.uid: 2.0})
    catalog.score(one.uid, "x", 3.0, version="2")
    with connect(folder / "catalog.db") as db:
        db.execute(
            "INSERT INTO scores (uid, metric, version, value, created) VALUES (?, 'raw', '1', 9.0, '')", [two.uid]
        )
    table = catalog.df(columns=["score.x", "score.raw"])
    assert table.loc[one.uid, "score.x"] == 3.0
    assert table.loc[two.uid].tolist() == [2.0, 9.0]
    assert catalog.scores([one.uid], "x", version="2") == {one.uid: 3.0}
