"""Attention backends: the names are diffusers' own, and each says what it lacks."""

import re

import pytest

from fluxlab import Recipe
from fluxlab.errors import RecipeError
from fluxlab.levers import BACKENDS, attention_problem

BASE = {"prompt": "x", "seed": 1, "steps": 4, "width": 64, "height": 64, "max_sequence_length": 16}


def test_every_backend_is_one_that_diffusers_has():
    from diffusers.models.attention_dispatch import AttentionBackendName

    assert set(BACKENDS) <= {backend.value for backend in AttentionBackendName}


def test_an_unknown_backend_is_answered_with_the_nearest():
    with pytest.raises(RecipeError, match=r"^attention='saeg' is no attention backend: Did you mean 'sage'\?"):
        Recipe(**BASE, attention="saeg")


CUDA = {"device": "cuda", "dtype": "bfloat16", "installed": True}


@pytest.mark.parametrize(
    ("name", "facts", "says"),
    [
        ("sage", {**CUDA, "installed": False}, "needs the package 'sageattention'.*pip install 'sageattention>=2"),
        ("_flash_3_hub", {**CUDA, "installed": False}, "pip install 'kernels>=0.12.3'"),
        ("sage", {**CUDA, "device": "cpu"}, "runs on cuda, and this machine computes on cpu: .*_native_math"),
        ("flash", {**CUDA, "dtype": "float32"}, "takes 16-bit numbers, and this model runs in float32"),
        ("_native_cudnn", {**CUDA, "device": "mps"}, "runs on cuda"),
    ],
)
def test_what_is_missing_is_said_with_the_way_out(name, facts, says):
    assert re.search(says, attention_problem(name, **facts))


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_runs_on_a_gpu_that_has_all(name):
    assert attention_problem(name, **CUDA) is None


@pytest.mark.parametrize("name", ["native", "_native_math", "_native_flash", "flex"])
def test_some_backends_run_on_a_processor_in_any_precision(name):
    assert attention_problem(name, device="cpu", dtype="float32", installed=True) is None
