"""Loading: once, safely from any thread, without a word, and with a sentence when it fails."""

import json
import logging
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from fluxlab.errors import ModelError
from fluxlab.models import get_spec, load, loading
from fluxlab.models.quiet import IDLE, quiet

THREADS = 8


@pytest.fixture
def model(add_model, tmp_path):
    """A copy of nano's files, to be damaged."""
    folder = tmp_path / "model"
    shutil.copytree(get_spec("nano").folder, folder)
    add_model("copy", source=str(folder))
    return folder


def refusal(name):
    with pytest.raises(ModelError) as caught:
        load(name)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 800
    return message


def test_a_model_is_loaded_once():
    first = load("nano")
    assert load("nano") is first
    assert first.spec is get_spec("nano")
    assert first.pipe.dtype.is_floating_point


def test_threads_share_one_pipeline(nothing_loaded, monkeypatch):
    begun, real, barrier = [], loading._load, Barrier(THREADS)

    def counted(spec, plan):
        begun.append(spec)
        return real(spec, plan)

    def ask(_):
        barrier.wait()
        return load("nano")

    monkeypatch.setattr(loading, "_load", counted)
    with ThreadPoolExecutor(THREADS) as pool:
        loaded = list(pool.map(ask, range(THREADS)))
    assert len({id(one) for one in loaded}) == 1
    assert len(begun) == 1


def test_an_unknown_model():
    assert refusal("nanno").startswith("model='nanno' is unknown: Did you mean 'nano'?")


def test_a_missing_folder(add_model, tmp_path):
    add_model("gone", source=str(tmp_path / "gone"))
    assert refusal("gone").startswith("model 'gone' has no folder")


@pytest.mark.parametrize("index", [None, "garbage", "[]", "{}"])
def test_a_folder_that_is_no_model(add_model, tmp_path, index):
    add_model("empty", source=str(tmp_path))
    if index is not None:
        (tmp_path / "model_index.json").write_text(index)
    message = refusal("empty")
    assert message.startswith(f"model 'empty' could not be loaded from '{tmp_path}' (")
    assert message.endswith("check that the folder is a whole diffusers model with safetensors weights.")


def test_damaged_weights_are_refused_and_mended_ones_load(model):
    weights = model / "transformer" / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    assert "model 'copy' could not be loaded" in refusal("copy")
    weights.unlink()
    assert "model 'copy' could not be loaded" in refusal("copy")
    weights.write_bytes(whole)
    assert load("copy").pipe is not load("nano").pipe


def test_a_pickle_is_not_read_in_place_of_weights(model):
    import torch

    weights = model / "vae" / "diffusion_pytorch_model.safetensors"
    weights.unlink()
    torch.save({"a": torch.zeros(1)}, weights.with_suffix(".bin"))
    assert "model 'copy' could not be loaded" in refusal("copy")


def test_a_registration_that_contradicts_the_model(model, add_model):
    add_model("copy", source=str(model), guidance_embeds=False)
    assert refusal("copy") == (
        "model 'copy' is registered with guidance_embeds=False but its transformer says True: correct the registration."
    )


def test_the_registered_precision_is_used(add_model):
    import torch

    add_model("half", dtype="bfloat16")
    pipe = load("half").pipe
    assert {pipe.transformer.dtype, pipe.vae.dtype, pipe.text_encoder.dtype} == {torch.bfloat16}


def test_loading_says_nothing_and_leaves_logging_alone():
    script = """
import logging, json
from fluxlab.models import load
load("nano")
from diffusers.utils import logging as of_diffusers
from transformers.utils import logging as of_transformers
print(json.dumps({
    "bars": [of_diffusers.is_progress_bar_enabled(), of_transformers.is_progress_bar_enabled()],
    "levels": [of_diffusers.get_verbosity(), of_transformers.get_verbosity()],
    "filters": len(logging.getLogger("transformers.utils.import_utils").filters),
    "root": [logging.getLogger().level, len(logging.getLogger().handlers)],
}))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "bars": [True, True],
        "levels": [logging.WARNING, logging.WARNING],
        "filters": 0,
        "root": [logging.WARNING, 0],
    }


def test_quiet_keeps_other_warnings_and_the_switches_of_a_person():
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    seen = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())
    logger = logging.getLogger("transformers.utils.import_utils")
    assert logger.name in IDLE
    logger.addHandler(handler)

    def work():
        with quiet():
            assert not of_transformers.is_progress_bar_enabled()
            logger.warning("`CLIPImageProcessor` requires torchvision (not installed)")
            logger.warning("weights are missing")
            raise ZeroDivisionError

    of_diffusers.disable_progress_bar()
    try:
        with pytest.raises(ZeroDivisionError):
            work()
        assert seen == ["weights are missing"]
        assert not of_diffusers.is_progress_bar_enabled()
        assert of_transformers.is_progress_bar_enabled()
    finally:
        of_diffusers.enable_progress_bar()
        logger.removeHandler(handler)


def test_quiet_in_two_threads_leaves_the_bars_on():
    from diffusers.utils import logging as of_diffusers

    inside, ready, leave = Event(), Event(), Event()

    def first():
        with quiet():
            inside.set()
            leave.wait(5)

    def second():
        ready.set()
        with quiet():
            assert not of_diffusers.is_progress_bar_enabled()

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(first)]
        assert inside.wait(60)
        futures.append(pool.submit(second))
        assert ready.wait(60)
        leave.set()
        for future in futures:
            future.result()
    assert of_diffusers.is_progress_bar_enabled()
