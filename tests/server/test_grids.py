"""Images beside each other: comparisons, grids of a choice and of a run."""

from fluxlab.catalog.runs import RunCells
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
    # Its cells were not recorded, as by fluxlab before: nobody knows whether the catalog had the last one.
    assert "1 not made by it, because it was stopped or the catalog had them before" in scene["summary"]
    swapped = (await ask_catalog("grid", run="r1", x="guidance", y="seed")).json["scene"]
    assert [swapped["directions"][swapped["columns"]]["name"]] == ["guidance"]


def cells_of(sweep, mode="exact"):
    """As the lab records them, with the keys of `keep`."""
    found = [{"steps": 4, "guidance": 3.5, **values} for _, values in sweep.cells()]
    recipes = [{"seed": each["seed"], "steps": 4, "guidance": 3.5, "width": 32, "height": 32} for each in found]
    keys = [f"{each['prompt']} {recipe}" for each, recipe in zip(found, recipes, strict=True)]
    return RunCells(mode, sweep.places, keys)


async def test_a_run_shows_what_the_catalog_had_as_cached_and_only_the_rest_as_missing(catalog, keep, ask_catalog):
    before = keep("a fox", seed=1, run="r0", coords={"seed": 1})
    sweep = Sweep("a fox", seed=[3, 2, 1, 4], steps=4)
    catalog.add_run("r1", sweep.to_json(), cells=cells_of(sweep))
    made = keep("a fox", seed=2, colour="blue", run="r1", coords={"seed": 2})
    scene = (await ask_catalog("grid", run="r1")).json["scene"]
    assert [(cell["status"], cell["cached"], cell["uid"]) for cell in scene["cells"]] == [
        ("missing", False, None), ("ok", False, made.uid), ("ok", True, before.uid), ("missing", False, None)
    ]  # fmt: skip
    assert scene["summary"] == "4 places: 1 made by this run, 2 not made, 1 from the catalog"
    keep("a fox", seed=1, colour="green", run="r2")  # made again: the newest is shown
    told = (await ask_catalog("grid", run="r1", x="seed")).json
    assert [label["text"] for label in told["scene"]["directions"][0]["labels"]] == ["1", "2"]
    assert {cell["status"] for cell in told["scene"]["cells"]} == {"ok"}
    assert told["axes"] == ["seed"]


async def test_a_run_that_made_nothing_shows_what_it_had(catalog, keep, ask_catalog):
    made = [keep("a fox", seed=seed) for seed in (1, 2)]
    sweep = Sweep("a fox", seed=[1, 2], steps=4)
    catalog.add_run("r1", sweep.to_json(), cells=cells_of(sweep))
    told = (await ask_catalog("grid", run="r1")).json
    assert [cell["uid"] for cell in told["scene"]["cells"]] == [each.uid for each in made]
    assert all(cell["cached"] for cell in told["scene"]["cells"])
    assert told["scene"]["title"] == "a fox"
    assert told["axes"] == ["seed"]


async def test_combinations_that_a_sweep_leaves_out_are_no_places_of_its_run(catalog, keep, ask_catalog):
    sweep = Sweep("a fox", seed=[1, 2, 3], guidance=[1.0, 3.5], steps=4, where=lambda cell: cell["guidance"] > 1)
    catalog.add_run("r1", sweep.to_json(), cells=cells_of(sweep))
    for seed in (1, 2):
        keep("a fox", seed=seed, run="r1", coords={"seed": seed, "guidance": 3.5})
    scene = (await ask_catalog("grid", run="r1")).json["scene"]
    assert [cell["status"] for cell in scene["cells"]] == ["ok", "ok", "missing"]
    assert scene["summary"] == "3 places: 2 made by this run, 1 not made"


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
