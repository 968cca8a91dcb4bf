"""Guidance schedules by text: what every step gets, and sentences for what makes no sense."""

import pytest

from fluxlab import Recipe
from fluxlab.errors import RecipeError
from fluxlab.levers import parse_guidance_schedule

BASE = {"prompt": "x", "seed": 1, "steps": 4, "width": 64, "height": 64, "max_sequence_length": 16}


@pytest.mark.parametrize(
    ("text", "steps", "values"),
    [
        ("1, 3.5, 3.5,1", 4, (1, 3.5, 3.5, 1)),
        ("2", 1, (2,)),
        ("0-0.25: 1; 0.25-0.75: 5", 4, (1, 5, 5, 9)),
        ("0.5-1: 5", 4, (9, 9, 5, 5)),
        # A step belongs to the interval that holds the share of the way at which it begins.
        ("0-0.2: 1", 5, (1, 9, 9, 9, 9)),
        ("0-0.21: 1", 5, (1, 1, 9, 9, 9)),
        ("0-0.6: 1", 5, (1, 1, 1, 9, 9)),
        ("0.1-0.2: 1", 4, (9, 9, 9, 9)),
        ("0-1: 2", 3, (2, 2, 2)),
        ("steps 1-2: 1; step 4: 5", 4, (1, 1, 9, 5)),
        ("step 4: 5; steps 1-2: 1;", 4, (1, 1, 9, 5)),
    ],
)
def test_every_step_gets_its_value(text, steps, values):
    assert parse_guidance_schedule(text).at(steps, 9.0) == values


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", r"is no guidance schedule at '': write '1, 3\.5, 3\.5, 1' \(a value for each step\)"),
        ("1, two", "is no guidance schedule at 'two'"),
        ("1,,2", "is no guidance schedule at ''"),
        ("1, -2", "is no guidance schedule at '-2'"),
        ("1, 1e3", "is no guidance schedule at '1e3'"),
        ("1, 101", "has the guidance 101: it must be from 0 to 100"),
        (";:", "is no guidance schedule at ':'"),
        ("0.5: 1", "is no guidance schedule at '0.5: 1'"),
        ("0-2: 1", "a share of the way is from 0 to 1, the lower one first; write 'steps 1-3: 1' to count steps"),
        ("0.5-0.5: 1", "the lower one first"),
        ("steps 0-2: 1", "count whole steps from 1"),
        ("steps 1.5-2: 1", "count whole steps from 1"),
        ("0-0.5: 1; 0.4-1: 2", "gives the way from 0.4 two values: let the intervals not overlap"),
        ("steps 1-2: 1; steps 2-3: 2", "gives the way from 2 two values"),
        ("0-0.5: 1; step 4: 2", "mixes steps and shares of the way"),
        ("1," * 2000, "has 2,001 parts, and at most 1,000 are allowed"),
    ],
)
def test_nonsense_is_refused_with_what_is_allowed(text, says):
    with pytest.raises(RecipeError, match=says) as caught:
        Recipe(**BASE, guidance_schedule=text)
    assert str(caught.value).startswith("guidance_schedule='")
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("text", "steps", "says"),
    [
        ("1, 2", 3, "has 2 values for steps=3: give one for each step, or intervals"),
        ("steps 1-5: 2", 4, "names step 5, but there are steps=4"),
    ],
)
def test_a_schedule_that_does_not_fit_the_steps_is_refused(text, steps, says):
    with pytest.raises(ValueError, match=says):
        parse_guidance_schedule(text).at(steps, 3.5)
