"""Images beside each other: comparisons, grids of a choice and of a run."""

from fluxlab.sweep import Sweep


async def test_a_comparison_says_what_differs(keep, ask_catalog):
    one, other = keep("a fox", seed=1), keep("a fox", seed=2, colour="blue")
    told = (await ask_catalog("compare", uids=f"{one.uid},{other.uid}")).json
    assert told["factors"] == ["seed"]
    assert told["warning"] is None
    assert {"name": "seed", "values": ["1", "2"], "same": False} in told["rows"]
    for uids, status in (
        ("", 400),
        (one.uid, 400),
        (",".join(f"{n:032x}" for n in range(5)), 400),
        (f"{one.uid},x", 404),
    ):
        assert (await ask_catalog("compare", uids=uids)).status == status


async def test_a_choice_is_laid_out_along_the_axes_that_are_asked_for(catalog, keep, ask_catalog):
    made = [keep("a fox", seed=seed, steps=steps) for seed in (1, 2) for steps in (4, 8)]
    keep("not chosen", seed=3)
    catalog.star(made[0], 5)
    uids = ",".join(each.uid for each in made)
    told = (await ask_catalog("grid", uids=uids)).json
    assert told["axes"] == ["seed", "steps"]
    assert len(told["scene"]["cells"]) == 4
    assert told["scene"]["directions"] == []
    told = (await ask_catalog("grid", uids=uids, x="seed", y="steps")).json["scene"]
    names = [direction["name"] for direction in told["directions"]]
    assert names[told["columns"]] == "seed"
    assert names[told["rows"]] == "steps"
    by_uid = {cell["uid"]: cell for cell in told["cells"]}
    assert by_uid.keys() == {each.uid for each in made}
    assert by_uid[made[0].uid]["stars"] == 5
    assert by_uid[made[0].uid]["version"] == made[0].file_hash


async def test_a_run_has_its_own_axes_and_shows_what_it_did_not_make(catalog, keep, ask_catalog):
    sweep = Sweep("a fox", seed=[2, 1], guidance=[1.0, 3.5], steps=4)
    catalog.add_run("r1", sweep.to_json())
    for seed, guidance in ((2, 1.0), (1, 1.0), (1, 3.5)):
        keep("a fox", seed=seed, guidance=guidance, run="r1", coords={"seed": seed, "guidance": guidance})
    scene = (await ask_catalog("grid", run="r1")).json["scene"]
    labels = {each["name"]: [label["text"] for label in each["labels"]] for each in scene["directions"]}
    assert labels == {"seed": ["2", "1"], "guidance": ["1", "3.5"]}
    assert sorted(cell["status"] for cell in scene["cells"]) == ["missing", "ok", "ok", "ok"]
    assert "1 not made by it" in scene["summary"]
    swapped = (await ask_catalog("grid", run="r1", x="guidance", y="seed")).json["scene"]
    assert [swapped["directions"][swapped["columns"]]["name"]] == ["guidance"]


async def test_a_grid_that_cannot_be_is_a_sentence(keep, ask_catalog):
    made = keep()
    wrong = (
        ({"uids": ""}, 400), ({"uids": "0" * 32}, 404), ({"uids": made.uid, "run": "r"}, 400), ({"run": "r"}, 404),
        ({"uids": made.uid, "x": "<b>"}, 400), ({"uids": made.uid, "y": "seed"}, 400),
        ({"uids": made.uid, "x": "seed", "y": "seed"}, 400), ({"uids": ",".join(f"{n:032x}" for n in range(501))}, 400),
    )  # fmt: skip
    for asked, status in wrong:
        answer = await ask_catalog("grid", **asked)
        assert answer.status == status, asked
        assert answer.json["message"]
