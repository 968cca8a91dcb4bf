"""Attention backends: set for one image, read back, and never left behind in the process."""

import pytest

from fluxlab.engine.attention import attention_backend
from fluxlab.errors import ModelError
from fluxlab.models import load

PROMPT = "a fox to the left of an apple on a blue background"
BASE = {"seed": 7, "steps": 2, "width": 64, "height": 64}


def default():
    from diffusers.models.attention_dispatch import _AttentionBackendRegistry

    return _AttentionBackendRegistry.get_active_backend()[0].value


def in_layers():
    modules = load("nano").pipe.transformer.modules()
    return {module.processor._attention_backend for module in modules if hasattr(module, "processor")}


@pytest.mark.parametrize("name", ["_native_math", "_native_flash"])
def test_the_backend_is_recorded_as_read_back_and_gone_afterwards(lab, name):
    made = lab.generate(PROMPT, **BASE, attention=name)
    assert made.effective["attention"] == name
    assert default() == "native"
    assert in_layers() == {None}
    plain = lab.generate(PROMPT, **BASE)
    assert "attention" not in plain.effective


def test_native_is_no_backend_of_its_own(lab):
    assert lab.generate(PROMPT, **BASE, attention="native").uid == lab.generate(PROMPT, **BASE).uid


def test_the_default_of_the_process_does_not_reach_an_exact_image(lab, lone_pipeline):
    exact = lab.generate(PROMPT, **BASE)
    lone_pipeline.transformer.set_attention_backend("_native_math")
    try:
        with attention_backend(load("nano").pipe.transformer, None) as used:
            assert used == "native"
        assert exact.replay().same
    finally:
        lone_pipeline.transformer.set_attention_backend("native")
        lone_pipeline.transformer.reset_attention_backend()


def test_an_exception_puts_the_backend_back():
    seen = []

    def stopped():
        with attention_backend(load("nano").pipe.transformer, "_native_math"):
            seen.append(default())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert [*seen, default()] == ["_native_math", "native"]
    assert in_layers() == {None}


def test_a_backend_that_cannot_be_set_is_a_sentence():
    with (
        pytest.raises(
            ModelError, match=r"^attention='xformers' cannot be used \(.*pip|install.*\): leave attention out"
        ),
        attention_backend(load("nano").pipe.transformer, "xformers"),
    ):
        raise AssertionError
    assert default() == "native"
