"""Plans: duplicates, what the catalog has, the order of making and the price."""

from itertools import pairwise

import pytest

from fluxlab.errors import ModelError, SweepError
from fluxlab.recipe import Recipe, content_key
from fluxlab.sweep import Sweep, make_plan

DEFAULTS = {"steps": 4, "width": 128, "height": 128, "max_sequence_length": 64, "guidance": 3.5}


class Registry:
    """A small resolver: one model's defaults, guidance rounded as the model rounds it."""

    def recipe(self, values):
        if values.get("model") == "missing":
            raise ModelError("model='missing' is not in the registry: choose nano.")
        return Recipe(**{**DEFAULTS, **values})

    def key(self, recipe):
        return content_key(recipe.replace(guidance=round(recipe.guidance)), {})


def plan(sweep, known=lambda _: set(), seconds=lambda recipe: recipe.steps / 2):
    return make_plan(sweep, Registry(), known=known, seconds=seconds)


def test_cells_are_whole_recipes_in_the_order_of_the_sweep():
    made = plan(Sweep("a {cat|dog}", seed=[1, 2]))
    assert [cell.index for cell in made.cells] == [0, 1, 2, 3]
    assert made.cells[1].coords == {"prompt": "a cat", "seed": 2}
    assert made.cells[1].recipe.steps == 4
    assert {cell.key for cell in made.todo} == {cell.key for cell in made.cells}


def test_cells_of_one_key_are_folded_and_the_first_is_made():
    made = plan(Sweep("x", seed=[1, 2], guidance=[3, 3.2, 5]))
    assert len(made.cells) == 6
    assert sorted(cell.index for cell in made.todo) == [0, 2, 3, 5]
    assert sorted(made.folded.values()) == [(0, 1), (3, 4)]
    assert made.price.duplicates == 2


def test_what_the_catalog_has_is_not_made():
    asked = []

    def known(keys):
        asked.append(list(keys))
        return {*keys[:2], "a key of something else"}

    made = plan(Sweep("x", seed="1..5"), known=known)
    assert len(asked) == 1
    assert [cell.index for cell in made.todo] == [2, 3, 4]
    assert made.known == {made.cells[0].key, made.cells[1].key}
    assert (made.price.images, made.price.cached, made.price.duplicates) == (3, 2, 0)


def test_counts_add_up_when_a_known_image_serves_two_cells():
    made = plan(Sweep("x", seed=1, guidance=[3, 3.2, 5]), known=lambda keys: {keys[0]})
    assert (made.price.images, made.price.cached, made.price.duplicates) == (1, 1, 1)


def changes(cells, what):
    found = [what(cell.recipe) for cell in cells]
    return sum(a != b for a, b in pairwise(found))


def test_costly_changes_are_rare():
    sweep = Sweep(
        "a {cat|dog|fox}", seed=[2, 1], size=["128x128", "128x160"], lora={"ink": [0.5, 1]}, steps=[8, 4],
        model=["a", "b"],
    )  # fmt: skip
    todo = plan(sweep).todo
    assert len(todo) == 96
    assert changes(todo, lambda r: r.model) == 1
    assert changes(todo, lambda r: (r.model, r.prompt)) == 5
    assert changes(todo, lambda r: (r.model, r.prompt, r.width, r.height)) == 11
    assert changes(todo, lambda r: (r.model, r.prompt, r.width, r.height, r.steps)) == 23
    assert [cell.recipe.model for cell in todo[:2]] == ["a", "a"]
    assert [cell.recipe.seed for cell in todo[:2]] == [2, 1]  # the order given


def test_sets_of_loras_stay_together():
    class Dropping(Registry):
        """Strength 0 takes the LoRA off."""

        def recipe(self, values):
            loras = {name: strength for name, strength in values.get("loras", {}).items() if strength}
            return super().recipe({**values, "loras": loras})

    sweep = Sweep("a {cat|dog}", seed=1, lora={"ink": [0, 0.5, 1], "wash": [0, 1]})
    made = make_plan(sweep, Dropping(), known=lambda _: set(), seconds=lambda _: None)
    assert len(made.todo) == 12
    assert changes(made.todo, lambda r: [use.name for use in r.loras]) == 3
    assert made.price.lora_switches == 3  # none, then wash, ink, and both


def test_the_first_lora_put_on_counts_as_a_switch():
    assert plan(Sweep("x", seed=[1, 2], lora={"ink": 1})).price.lora_switches == 1
    assert plan(Sweep("x", seed=[1, 2])).price.lora_switches == 0
    assert plan(Sweep("x", seed=1, model=["a", "b"], lora={"ink": 1})).price.lora_switches == 2


def test_the_order_does_not_depend_on_what_is_known():
    sweep = Sweep("a {cat|dog}", seed=[1, 2], steps=[8, 4])
    whole = [cell.index for cell in plan(sweep).todo]
    half = [cell.index for cell in plan(sweep, known=lambda keys: set(keys[:3])).todo]
    assert [index for index in whole if index in half] == half


def test_price_counts_steps_encodings_and_seconds():
    price = plan(Sweep("a {cat|dog}", seed=[1, 2], steps=[4, 8])).price
    assert (price.images, price.steps, price.encodings, price.seconds) == (8, 48, 2, 24.0)


def test_true_guidance_runs_every_step_twice():
    price = plan(Sweep("x", seed=1, steps=4, true_cfg_scale=[2, 4], negative_prompt=["", "blur"])).price
    assert price.steps == 32
    assert price.encodings == 3  # x, the empty negative prompt, and blur


def test_a_text_is_encoded_once_whatever_it_is_used_for():
    fixed = {"seed": 1, "true_cfg_scale": 2}
    assert plan(Sweep("{a|b}", negative_prompt=["blur", "grain"], **fixed)).price.encodings == 4
    assert plan(Sweep("{a|b}", negative_prompt="a", **fixed)).price.encodings == 2
    assert plan(Sweep("a", negative_prompt="a", prompt_2="b", **fixed)).price.encodings == 2
    assert plan(Sweep("a", negative_prompt="b", max_sequence_length=[32, 64], **fixed)).price.encodings == 4
    assert plan(Sweep("a", model=["m", "n"], seed=1)).price.encodings == 2


def test_seconds_are_unknown_when_one_cell_is():
    price = plan(Sweep("x", seed=1, steps=[4, 8]), seconds=lambda recipe: 1.0 if recipe.steps == 4 else None).price
    assert price.seconds is None


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.1, "under 1 s"),
        (14.2, "about 14 s"),
        (125.0, "about 2 min 5 s"),
        (1500.0, "about 25 min"),
        (7500.0, "about 2 h 5 min"),
        (None, "time unknown, nothing recorded yet"),
    ],
)
def test_summary_tells_the_time(seconds, shown):
    assert plan(Sweep("x", seed=1), seconds=lambda _: seconds).summary().endswith(f" · {shown}")


def test_summary_is_one_line():
    sweep = Sweep("a {cat|dog}", seed="1..8", guidance=[3, 3.2, 5])
    made = plan(sweep, known=lambda keys: set(keys[:12]), seconds=lambda _: 0.7)
    assert made.summary() == (
        "48 cells: 12 in the catalog, 16 duplicates folded, 20 to make · 80 steps · 2 prompt encodings · about 14 s"
    )
    assert repr(made) == f"Plan({made.summary()})"


def test_summary_of_a_sweep_that_is_all_in_the_catalog():
    made = plan(Sweep("x", seed=[1, 2]), known=set)
    assert made.summary() == "2 cells: 2 in the catalog, 0 to make"
    assert made.todo == ()
    assert made.price.seconds == 0


def test_html_is_escaped():
    html = plan(Sweep("{<script>alert(1)</script>|b & c}", seed=1))._repr_html_()
    assert "<script" not in html
    assert "b &amp; c" in html
    assert "2 to make" in html
    assert "color:inherit" in html


def test_a_cell_that_cannot_be_made_is_named():
    with pytest.raises(ValueError, match=r"in the cell true_cfg_scale=1: negative_prompt='u' has no effect"):
        plan(Sweep("x", seed=1, true_cfg_scale=[2, 1], negative_prompt="u"))
    with pytest.raises(ModelError, match=r"in the cell model='missing': model='missing' is not"):
        plan(Sweep("x", seed=1, model=["nano", "missing"]))
    with pytest.raises(ModelError, match=r"^model='missing'"):
        plan(Sweep("x", seed=1, model="missing"))


def test_ten_thousand_cells_are_planned():
    made = plan(Sweep("x", seed="1..1000", steps="1..10"))
    assert made.price.images == 10_000
    with pytest.raises(SweepError):
        Sweep("x", seed="1..10001")
