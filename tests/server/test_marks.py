"""Stars, tags and notes that are said through the server."""

from fluxlab.catalog import Catalog


async def test_what_is_said_is_in_the_catalog_and_comes_back(folder, keep, ask_catalog):
    made = [keep("a fox"), keep("an owl")]
    uids = [each.uid for each in made]
    for said in (
        {"stars": 4},
        {"rejected": True},
        {"note": "sharp"},
        {"tags": ["keeper", " eyes ", ""]},
        {"tag": "best"},
    ):
        answer = await ask_catalog("marks", method="POST", send={"uids": uids, "set": said})
        assert answer.status == 200
    assert [item["uid"] for item in answer.json["items"]] == uids
    for item in answer.json["items"]:
        assert (item["stars"], item["rejected"], item["note"]) == (4, True, "sharp")
        assert item["tags"] == ["best", "eyes", "keeper"]
    assert Catalog(folder).marks(uids[0])[uids[0]].tags == ("best", "eyes", "keeper", "rejected")
    for said in ({"stars": None}, {"rejected": False}, {"note": None}, {"untag": "eyes"}, {"tags": []}):
        answer = await ask_catalog("marks", method="POST", send={"uids": uids, "set": said})
    (first, _) = answer.json["items"]
    assert (first["stars"], first["rejected"], first["note"], first["tags"]) == (None, False, None, [])


async def test_what_cannot_be_said_is_a_sentence_and_changes_nothing(keep, ask_catalog):
    made = keep()
    wrong = (
        {"stars": 6}, {"stars": "5"}, {"rejected": "yes"}, {"note": 5}, {"tags": "keeper"}, {"tags": [["x"]]},
        {"tag": ""},
        {"tag": "a,b"}, {"tag": "x" * 101}, {"tag": "a\u202eb"}, {"untag": None}, {"starz": 5}, {}, [], None,
        {"note": "\ud800"}, {"note": "x" * 100_001},
    )  # fmt: skip
    for said in wrong:
        answer = await ask_catalog("marks", method="POST", send={"uids": [made.uid], "set": said})
        assert answer.status == 400, said
        assert answer.json["message"].endswith(".") or "Did you mean" in answer.json["message"]
    for uids in ([], "x", [1], None, [f"{number:032x}" for number in range(501)]):
        answer = await ask_catalog("marks", method="POST", send={"uids": uids, "set": {"stars": 5}})
        assert (answer.status, answer.json["field"]) == (400, "uids")
    for uid in ("0" * 32, made.uid[:8]):
        answer = await ask_catalog("marks", method="POST", send={"uids": [made.uid, uid], "set": {"stars": 5}})
        assert answer.status == 404
    (item,) = (await ask_catalog("generations")).json["items"]
    assert (item["stars"], item["tags"], item["note"]) == (None, [], None)


async def test_hostile_tags_and_notes_are_words_like_others(keep, ask_catalog):
    made = keep()
    for tag in ("<b>bold</b>", "'; DROP TABLE tags", 'say "cheese"', "100%s {0}"):
        await ask_catalog("marks", method="POST", send={"uids": [made.uid], "set": {"tags": [tag]}})
        words = 'tag:"' + tag.replace('"', '""') + '"'
        (item,) = (await ask_catalog("generations", query=words)).json["items"]
        assert item["tags"] == [tag]


async def test_a_long_note_comes_whole_so_that_who_edits_it_loses_nothing(keep, ask_catalog):
    made = keep()
    note = "sharp " * 2_000 + "end"
    await ask_catalog("marks", method="POST", send={"uids": [made.uid], "set": {"note": note}})
    (item,) = (await ask_catalog("generations")).json["items"]
    assert item["note"] == note
