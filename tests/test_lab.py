"""`Lab` given what it cannot take: one sentence, before anything is made."""

import pytest

from fluxlab import Lab, Sweep
from fluxlab.errors import CatalogError, GridError, SweepError


@pytest.mark.parametrize("call", ["plan", "run", "start"])
@pytest.mark.parametrize("given", [5, None, "a {fox|cat}", {"prompt": "a fox"}])
def test_what_is_no_sweep_is_one_sentence(home, call, given):
    with pytest.raises(SweepError, match=r"^sweep=.* is no sweep: give one such as Sweep\(.*\)\.$"):
        getattr(Lab(), call)(given)


def test_what_is_no_grid_is_one_sentence(home):
    with pytest.raises(GridError, match="grid=5 is not a grid"):
        Lab().fill(5)


@pytest.mark.parametrize("catalog", [5, b"x", ["a"]])
def test_what_is_no_catalog_is_one_sentence(home, catalog):
    with pytest.raises(CatalogError, match="is no catalog: give a Catalog, or the folder of one"):
        Lab(catalog=catalog)
    with pytest.raises(CatalogError, match="is not a path"):
        Lab(catalog="a\0")


@pytest.mark.parametrize("call", ["run", "start"])
@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("listener", 5, "listener=5 cannot be called: give a function that takes one event."),
        ("progress", "no", "progress='no' is not allowed: it must be True or False."),
        ("previews", "no", "previews='no' is not allowed: it must be True or False."),
        ("mode", "quick", "mode='quick' is not allowed: it must be 'exact' or 'fast'."),
    ],
)
def test_an_option_of_a_run_that_means_nothing_is_one_sentence_and_nothing_is_made(home, call, name, value, sentence):
    lab = Lab()
    with pytest.raises(SweepError) as raised:
        getattr(lab, call)(Sweep("an owl", seed=1, steps=1), **{name: value})
    assert str(raised.value) == sentence
    assert len(lab.catalog.df(status=None)) == 0
