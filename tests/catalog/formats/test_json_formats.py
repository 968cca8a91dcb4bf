"""InvokeAI and SwarmUI: JSON in which any value may be missing or of another type."""

import json

import pytest

from fluxlab.catalog.formats import invokeai, read_foreign, swarmui
from fluxlab.catalog.formats.loose_json import LooseJSONError, loads


def test_old_invoke_models_are_names_alone():
    found = invokeai.parse(
        '{"positive_prompt": "a", "model": "flux", "loras": [{"lora": {"model_name": "ink"}, "weight": 1}]}'
    )
    assert found.parameters == {"prompt": "a", "model": "flux", "loras": {"ink": 1.0}}


def test_invoke_values_of_the_wrong_type_are_told():
    found = invokeai.parse(
        '{"seed": "x", "steps": 2.5, "positive_prompt": 3, "model": 4, "loras": [1], "guidance": true}'
    )
    assert found.parameters == {}
    assert found.extra == {"seed": "x", "steps": 2.5, "positive_prompt": 3, "guidance": True}
    assert len(found.notes) == 6


def test_swarm_loras_may_be_text_and_weights_may_be_missing():
    body = {"prompt": "a", "loras": "ink, wax.safetensors,grain", "loraweights": "0.5,x"}
    found = swarmui.parse(json.dumps({"sui_image_params": body}))
    assert found.parameters["loras"] == {"ink": 0.5, "wax": 1.0, "grain": 1.0}
    assert found.notes == ["the weight of LoRA 'wax.safetensors' is 'x', which is no number: 1 was read."]


def test_json_that_is_not_swarms_is_not_a_prompt(fuzzing):
    for text in ('{"prompt": "fooocus"}', "{", '{"sui_image_params": 1}'):
        found = read_foreign(fuzzing.itxt("parameters", text.encode()))
        assert (found.parameters, found.raw) == ({}, {"parameters": text})
        assert found.notes


def test_numbers_that_json_does_not_have_are_taken():
    value = loads('{"a": NaN, "b": [-Infinity], "c": 1e999, "d": %s, "e": "\\ud800\\u0000"}\0\n' % ("9" * 5000))
    assert value["b"] == [float("-inf")]
    assert value["d"] == "9" * 5000
    assert value["e"] == "\ud800\0"
    for text, reason in (
        ("[" * 200_000, "deep|values"),
        ("[1] x", "after"),
        ("[" * 60 + "]" * 60, "deeper"),
        ("", "not"),
    ):
        with pytest.raises(LooseJSONError, match=reason):
            loads(text)
