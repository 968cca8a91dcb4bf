"""Which levers make another image than the exact one."""

import pytest

from fluxlab.levers import exact_values, lossy_levers


@pytest.mark.parametrize(
    ("values", "levers"),
    [
        ({}, ()),
        ({"guidance_schedule": "1, 2", "compile": False, "attention": "native", "step_cache": None}, ()),
        ({"step_cache": "first_block:0.12"}, ("step_cache first_block:0.12",)),
        ({"attention": "sage"}, ("attention sage",)),
        ({"attention": "_native_math"}, ("attention _native_math",)),
        ({"compile": True, "quantization": "int8"}, ("quantization int8", "compile")),
    ],
)
def test_the_levers_that_are_set_are_named(values, levers):
    assert lossy_levers(values) == levers


def test_the_exact_recipe_keeps_everything_else():
    values = {"prompt": "x", "guidance_schedule": "1, 2", "compile": True, "attention": "flex", "step_cache": "pab"}
    assert exact_values(values) == {"prompt": "x", "guidance_schedule": "1, 2"}
