"""The catalog's table names lossy levers in the same words as everything else."""

import pytest

from fluxlab.levers import lossy_levers


@pytest.mark.parametrize(
    "levers",
    [
        {},
        {"attention": "native"},
        {"attention": "sage"},
        {"step_cache": "first_block:0.12"},
        {"compile": True},
        {"quantization": "int8"},
        {"attention": "flex", "quantization": "int8", "compile": True},
        {"guidance_schedule": "0-0.5: 1"},
    ],
    ids=str,
)
def test_the_column_says_what_the_recipe_says(catalog, keep, levers):
    made = keep(**levers)
    (found,) = catalog.df(columns=["lossy"])["lossy"]
    words = ", ".join(lossy_levers(made.recipe.values()))
    assert (found if isinstance(found, str) else "") == words
    assert ("lossy" in made._repr_html_()) == bool(words)
