"""Pages, facets and one generation, as a gallery asks for them."""


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
