"""Pages, facets, words and one generation, as a gallery asks for them."""

import sqlite3

HOSTILE = '"><script>alert(1)</script>\u202e\x00 %s {0} ../../etc/passwd \U0001f98a'


async def test_pages_go_on_where_they_ended_while_images_arrive(keep, ask_catalog):
    made = [keep(f"cat {number}", seed=number) for number in range(5)]
    first = (await ask_catalog("generations", limit=2)).json
    assert [item["uid"] for item in first["items"]] == [made[4].uid, made[3].uid]
    assert first["total"] == 5
    late = keep("a late one")
    second = (await ask_catalog("generations", limit=2, cursor=first["next"])).json
    assert [item["uid"] for item in second["items"]] == [made[2].uid, made[1].uid]
    assert second["total"] == 6
    assert second["version"] != first["version"]
    last = (await ask_catalog("generations", limit=2, cursor=second["next"])).json
    assert [item["uid"] for item in last["items"]] == [made[0].uid]
    assert last["next"] is None
    assert (await ask_catalog("generations", limit=1)).json["items"][0]["uid"] == late.uid


async def test_an_item_says_what_was_recorded(catalog, keep, ask_catalog):
    catalog.add_run("r1", '{"axes": []}', "foxes")
    made = keep("a red fox", run="r1", seed=2**63 + 1, loras={"ink": 0.5}, negative_prompt="a dog", true_cfg_scale=2.0)
    catalog.star(made, 4)
    catalog.tag(made, "keeper", "rejected")
    catalog.note(made, "sharp")
    (item,) = (await ask_catalog("generations")).json["items"]
    assert item.pop("created") == made.created.isoformat(timespec="microseconds")
    assert item.pop("seconds") > 2.7
    assert item == {
        "uid": made.uid, "status": "ok", "prompt": "a red fox", "negative_prompt": "a dog", "model": "nano",
        "seed": str(2**63 + 1), "steps": 4, "guidance": 3.5, "width": 32, "height": 32, "scheduler": "euler",
        "loras": [{"name": "ink", "strength": 0.5}], "mode": "exact", "source": "fluxlab", "run": "r1",
        "run_name": "foxes", "stars": 4, "rejected": True, "tags": ["keeper"], "note": "sharp", "error": None,
        "image": made.file_hash,
    }  # fmt: skip


async def test_hostile_text_comes_back_as_it_was_and_as_json(catalog, keep, ask_catalog):
    made = keep(HOSTILE.replace("\x00", ""))
    catalog.note(made, HOSTILE)
    answer = await ask_catalog("generations")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (item,) = answer.json["items"]
    assert item["prompt"] == HOSTILE.replace("\x00", "")
    assert item["note"] == HOSTILE


async def test_words_are_never_spliced_into_a_query(keep, ask_catalog):
    keep()
    for words in ("' OR 1=1 --", 'tag:"x\'); DROP TABLE tags;--"', '"fox" "*"', HOSTILE + '"', "é 日本 🦊"):
        answer = await ask_catalog("generations", query=words)
        assert answer.status == 400 or (answer.status, answer.json["items"]) == (200, []), words
    assert (await ask_catalog("generations")).json["total"] == 1


async def test_words_that_are_not_understood_are_one_sentence_about_their_field(keep, ask_catalog):
    answer = await ask_catalog("generations", query="cat steps:many")
    assert answer.status == 400
    assert answer.json == {
        "message": "'steps:many' (word 2) has 'many' where a number belongs: write one, several by commas, or a range "
        "such as steps:4..8.",
        "field": "steps",
    }


async def test_arguments_are_checked(keep, ask_catalog):
    keep()
    wrong = {"limit": ("0", "501", "ten", "1e2", "-1"), "cursor": ("no", "W10", "W251bGwsIDFd", "x" * 900)}
    for name, value in ((name, value) for name, values in wrong.items() for value in values):
        answer = await ask_catalog("generations", **{name: value})
        assert answer.status == 400
        assert answer.json["field"] == name
        assert f"{name}={value[:50]!r}"[:40] in answer.json["message"]


async def test_facets_count_what_their_words_find(catalog, keep, ask_catalog):
    for number in range(3):
        keep(f"fox {number}", seed=number, steps=4 + number % 2, loras={"ink": 0.5} if number else {})
    keep("an owl", model="nano-schnell", guidance=None)
    catalog.tag([item.uid for item in catalog.page("fox").items], 'say "cheese"')
    facets = (await ask_catalog("facets")).json["facets"]
    assert [facet["field"] for facet in facets] == [
        "model", "lora", "tag", "stars", "status", "scheduler", "steps", "guidance", "size", "source",
    ]  # fmt: skip
    for value in (value for facet in facets for value in facet["values"]):
        assert (await ask_catalog("generations", query=value["words"])).json["total"] == value["count"], value
    tagged = (await ask_catalog("facets", query="owl")).json["facets"][2]
    assert tagged == {"field": "tag", "values": [], "more": 0}


async def test_words_offer_what_the_catalog_has(catalog, keep, ask_catalog):
    catalog.add_run("r1", '{"axes": []}', "red foxes")
    catalog.score(keep(), "sharpness", 1.0)
    fields = {field["name"]: field for field in (await ask_catalog("words")).json["fields"]}
    assert fields["model"]["values"] == ["nano"]
    assert fields["run"]["values"] == ['"red foxes"']
    assert fields["starred"] == {
        "name": "starred",
        "kind": "yes_no",
        "values": ["yes", "no"],
        "help": "whether it has stars",
    }
    assert "score.sharpness" in fields


async def test_one_generation_is_told_with_its_details_and_its_code(keep, ask_catalog):
    made = keep("a red fox")
    told = (await ask_catalog("generations", made.uid)).json
    assert told["item"]["uid"] == made.uid
    assert told["details"]["code"].startswith("lab.generate(\n    'a red fox',")
    assert ["device", "cpu"] in told["details"]["environment"]


async def test_a_generation_that_is_not_there_is_a_sentence(keep, ask_catalog):
    keep()
    for uid in ("0" * 32, "nonsense", "%2e%2e", "a" * 5000):
        answer = await ask_catalog("generations", uid)
        assert answer.status == 404
        assert "is not in the catalog" in answer.json["message"]


async def test_a_row_that_somebody_changed_hides_no_others(catalog, keep, ask_catalog):
    made, other = keep("a fox"), keep("an owl")
    with sqlite3.connect(catalog.folder / "catalog.db") as db:
        db.execute("UPDATE generations SET loras = '[1]', seed = 'x' WHERE uid = ?", [made.uid])
    db.close()
    items = (await ask_catalog("generations")).json["items"]
    assert [item["uid"] for item in items] == [other.uid, made.uid]
    assert items[1]["loras"] == []
    assert items[1]["seed"] is None
    assert (await ask_catalog("facets")).status == 200
