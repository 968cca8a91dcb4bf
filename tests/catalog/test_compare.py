"""Two generations against each other: what changed, and whether the difference has one cause."""

import dataclasses
import html

import pytest
from PIL import Image

from fluxlab.errors import NotFoundError


def fields(comparison, part="recipe"):
    return {d.field: (d.a, d.b) for d in comparison.differences if d.part == part}


def test_one_factor_is_named_and_the_pixels_are_measured(catalog, keep):
    a, b = keep(guidance=1.0, colour=(10, 20, 30)), keep(guidance=3.5, colour=(10, 25, 28))
    found = catalog.compare(a, b.uid[:10])
    assert fields(found) == {"guidance": (1.0, 3.5)}
    assert found.factors == ("guidance",)
    assert (found.same_pixels, found.largest) == (False, 5)
    assert found.verdict == "One factor changed: guidance. The pixels differ by at most 5 of 255."


def test_several_factors_are_flagged(catalog, keep):
    a, b = keep(steps=4, loras={"ink": 0.5}), keep(steps=8, seed=8, guidance=None, colour="blue")
    found = catalog.compare(a, b)
    assert fields(found) == {"seed": (7, 8), "steps": (4, 8), "guidance": (3.5, None), "lora:ink": (0.5, 0.0)}
    assert "4 factors changed: seed, steps, guidance, lora:ink; the difference cannot be put down to one." in repr(
        found
    )


def test_equal_ones_say_so(catalog, keep):
    found = catalog.compare(keep(), keep())
    assert found.differences == ()
    assert found.df().empty
    assert found.same_pixels
    assert found.verdict == "Recipe, files and environment are the same. The pixels are the same."


def test_environment_files_and_pipeline_are_compared_field_by_field(catalog, draft, picture):
    def make(environment, files):
        uid = catalog.begin(draft(environment=environment, files=files))
        return catalog.complete(uid, picture(), {"steps": 4, "odd": float("nan")}, {})

    a = make({"torch": "2.6", "gpu": {"name": "x", "driver": "1"}}, {"model": "a" * 64})
    b = make({"torch": "2.7", "gpu": {"name": "x", "driver": "2"}}, {"model": "a" * 64})
    found = catalog.compare(a, b)
    assert fields(found, "environment") == {"torch": ("2.6", "2.7"), "gpu.driver": ("1", "2")}
    assert found.verdict.startswith("The recipe is the same; beside it torch, gpu.driver changed.")
    assert fields(found, "effective") == {}
    c = make({"torch": "2.6", "gpu": {"name": "x", "driver": "1"}}, {"model": "b" * 64})
    assert catalog.compare(a, c).factors == ("the file of model",)
    assert list(found.df().columns) == ["part", "field", "a", "b"]
    assert found.df()["part"].tolist() == ["environment"] * 2


def test_images_that_cannot_be_compared_say_why(catalog, keep, draft, picture):
    a = keep()
    small = catalog.complete(catalog.begin(draft()), picture("red", (16, 32)), {}, {})
    assert "The sizes differ: 32 x 32 and 16 x 32 pixels." in catalog.compare(a, small).verdict
    failed = catalog.fail(catalog.begin(draft()), ValueError("out of memory"))
    found = catalog.compare(a, failed)
    assert (found.same_pixels, found.largest) == (None, None)
    assert "has no image: it is 'failed' (out of memory)" in found.verdict
    clear = catalog.complete(catalog.begin(draft()), Image.new("RGBA", (32, 32), (255, 0, 0, 0)), {}, {})
    assert catalog.compare(a, clear).largest == 255


def test_what_an_imported_image_does_not_say_is_not_called_a_change(catalog, keep):
    a = keep(steps=4)
    b = dataclasses.replace(
        keep(colour="blue"),
        source="a1111",
        imported={"parameters": {"prompt": "a cat", "steps": 8}},
        _recipe=None,
        _record={"imported": {"parameters": {"prompt": "a cat", "steps": 8}}, "recipe": None},
    )
    found = catalog.compare(a, b)
    assert found.factors == ("steps",)
    assert "Of one of them is not recorded: model" in found.verdict


def test_a_prompt_may_read_not_recorded(catalog, keep):
    assert catalog.compare(keep(prompt="not recorded"), keep()).factors == ("prompt",)


def test_hostile_text_is_escaped(catalog, keep):
    evil = '<script>alert("x")</script>'
    shown = catalog.compare(keep(prompt=evil), keep(prompt=evil + "2", loras={evil: 1.0}))._repr_html_()
    assert "<script" not in shown
    assert html.escape(evil) in shown


def test_an_unknown_uid_is_refused(catalog, keep):
    with pytest.raises(NotFoundError, match="not in the catalog"):
        catalog.compare(keep(), "0" * 32)


def test_many_are_read_at_once_in_their_order(catalog, keep):
    made = [keep(key=str(number), steps=number) for number in (1, 2, 3)]
    assert catalog.get_many([made[2].uid, made[0].uid]) == [made[2], made[0]]
    assert catalog.get_many([]) == []
    with pytest.raises(NotFoundError, match="not in the catalog"):
        catalog.get_many([made[0].uid, "x' OR 1"])


def test_what_is_in_no_recipe_is_not_passed_over(catalog, draft, picture):
    def make(mode="exact", dtype="float32", effective=4, **recipe):
        pipeline = {"model": "nano", "source": "x", "dtype": dtype}
        uid = catalog.begin(draft(mode=mode, pipeline=pipeline, **recipe))
        return catalog.complete(uid, picture(), {"steps": effective}, {})

    plain = make()
    assert (
        "beside the recipe dtype: it may be either" in catalog.compare(plain, make(dtype="bfloat16", steps=8)).verdict
    )
    assert catalog.compare(plain, make(mode="fast")).verdict.startswith(
        "The recipe is the same; beside it mode changed."
    )
    assert "beside it steps changed" in catalog.compare(plain, make(effective=3)).verdict
