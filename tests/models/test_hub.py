"""Models of the Hugging Face hub: from the cache without a word to the hub, and from a hub on this machine."""

import json
import logging
import shutil

import pytest

from fluxlab.errors import ModelError
from fluxlab.models import get_spec, hub, load, needs_download
from fluxlab.models.files import model_sha256

from .conftest import edit
from .small_hub import COMMIT

NANO = get_spec("nano").folder
WEIGHTS = "transformer/diffusion_pytorch_model.safetensors"


def refusal(act):
    with pytest.raises(ModelError) as caught:
        act()
    message = str(caught.value)
    assert "\n" not in message
    assert message.count(". ") == 0
    assert len(message) < 600
    return message


def test_a_fine_tune_in_the_cache_is_read_and_loaded_offline(cached):
    snapshot = cached("someone/style", NANO)
    spec = get_spec("someone/style")
    assert (spec.name, spec.source, spec.revision) == ("someone/style", "hub:someone/style", COMMIT)
    assert (spec.guidance_embeds, spec.guidance, spec.max_tokens, spec.width) == (True, 3.5, 64, 128)
    assert spec.dtype == "float32"
    assert spec.licence == "a-licence-of-its-own"
    loaded = load("someone/style")
    assert loaded.origin == {"source": "hub:someone/style", "revision": COMMIT, "dtype": "float32"}
    assert loaded.sha256 == model_sha256(get_spec("nano")), "the same files are the same model"
    assert snapshot.name == COMMIT


def test_the_hash_of_a_large_file_is_the_name_of_its_blob(cached):
    snapshot = cached("someone/style", NANO)
    before = model_sha256(get_spec("someone/style"))
    blob = (snapshot / WEIGHTS).resolve()
    blob.write_bytes(b"not read")
    assert model_sha256(get_spec("someone/style")) == before
    (snapshot / "transformer" / "config.json").resolve().write_text("{}")
    assert model_sha256(get_spec("someone/style")) != before


def test_what_other_programs_left_in_the_snapshot_does_not_count(cached):
    snapshot = cached("someone/style", NANO)
    before = model_sha256(get_spec("someone/style"))
    for name in ("flux1-style.safetensors", "vae/diffusion_pytorch_model.fp16.safetensors", ".cache/x/y.json"):
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / name).write_bytes(b"something")
    assert model_sha256(get_spec("someone/style")) == before


def test_a_registered_model_has_its_id_as_a_second_name(cached, monkeypatch):
    assert get_spec("black-forest-labs/FLUX.1-schnell") is get_spec("FLUX.1-schnell")
    assert get_spec("black-forest-labs/FLUX.1-dev") is get_spec("FLUX.1-dev")


def test_a_revision_may_be_named(cached):
    cached("someone/style", NANO)
    assert get_spec(f"someone/style@{COMMIT}").revision == COMMIT
    message = refusal(lambda: get_spec("someone/style@v2"))
    assert "HF_HUB_OFFLINE" in message


@pytest.mark.parametrize("name", ["someone/unheard-of", "FLUX.1-dev"])
def test_a_model_that_is_not_here_offline(cache, name):
    message = refusal(lambda: load(name))
    assert message.startswith(f"model '{name}' is not in the cache of this machine, and HF_HUB_OFFLINE forbids")
    assert "'hf download " in message


def test_half_a_model_offline(cached):
    cached("someone/style", NANO, without=[WEIGHTS])
    assert "HF_HUB_OFFLINE" in refusal(lambda: load("someone/style"))


def test_a_model_is_downloaded_once_without_pickles_and_single_files(online, tmp_path, cache):
    folder = tmp_path / "repository"
    shutil.copytree(NANO, folder)
    for extra in ("flux1-style.safetensors", "vae/diffusion_pytorch_model.bin", "vae/evil.py", "model.ckpt"):
        (folder / extra).write_bytes(b"something else")
    asked = online("someone/style", folder)
    spec = get_spec("someone/style")
    assert not [path for path in asked if path.endswith(".safetensors")], "its facts are small files"
    loaded = load("someone/style")
    assert loaded.origin["revision"] == spec.revision == COMMIT
    assert loaded.sha256 == model_sha256(get_spec("nano"))
    come = {path.relative_to(spec.folder).as_posix() for path in spec.folder.rglob("*") if path.is_file()}
    assert WEIGHTS in come
    assert not {"flux1-style.safetensors", "vae/diffusion_pytorch_model.bin", "vae/evil.py", "model.ckpt"} & come
    count = len(asked)
    hub._FOUND.clear()
    assert load("someone/style") is loaded
    assert len(asked) == count, "what is here is not asked for again"


def test_a_newer_commit_does_not_replace_what_is_here(online, cached):
    older = "f" * 40
    cached("someone/style", NANO, commit=older)
    asked = online("someone/style", NANO)
    assert get_spec("someone/style").revision == older
    assert load("someone/style").origin["revision"] == older
    assert asked == []


def test_a_download_that_was_cut_short_goes_on(online, cached):
    cached("someone/style", NANO, without=[WEIGHTS, "vae/config.json"])
    asked = online("someone/style", NANO)
    assert load("someone/style").sha256 == model_sha256(get_spec("nano"))
    assert f"someone/style/resolve/{COMMIT}/{WEIGHTS}" in asked


def test_a_gated_model(online):
    online("black-forest-labs/FLUX.1-dev", NANO, closed=(403, "GatedRepo"))
    message = refusal(lambda: load("FLUX.1-dev"))
    assert message == (
        "model 'FLUX.1-dev' is gated: accept its terms on https://huggingface.co/black-forest-labs/FLUX.1-dev, then "
        "log in with 'hf auth login' or set HF_TOKEN, and try again."
    )


def test_an_unknown_model_and_an_unknown_revision(online):
    online("someone/style", NANO)
    message = refusal(lambda: get_spec("someone/stile"))
    assert message.startswith("model 'someone/stile' was not found on the hub")
    message = refusal(lambda: get_spec("someone/style@v9"))
    assert message.startswith("model 'someone/style@v9' has no revision 'v9'")


def test_a_hub_that_does_not_answer_is_asked_once(online, monkeypatch, caplog):
    from huggingface_hub import constants

    monkeypatch.setattr(logging.getLogger("huggingface_hub"), "propagate", True)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    message = refusal(lambda: get_spec("someone/style"))
    assert message.startswith("model 'someone/style' is not in the cache of this machine and could not be downloaded")
    assert "check the network" in message
    assert [record.getMessage() for record in caplog.records if record.name.startswith("huggingface_hub")] == []


def test_a_repository_that_is_not_whole(online, tmp_path):
    folder = tmp_path / "repository"
    shutil.copytree(NANO, folder)
    (folder / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    (folder / "vae" / "diffusion_pytorch_model.bin").write_bytes(b"a pickle")
    online("someone/style", folder)
    assert "model 'someone/style' is not whole" in refusal(lambda: load("someone/style"))


def test_a_model_of_another_kind_is_refused_before_its_weights_are_fetched(online, tmp_path):
    folder = tmp_path / "repository"
    shutil.copytree(NANO, folder)
    edit(folder / "model_index.json", _class_name="StableDiffusionXLPipeline")
    asked = online("someone/style", folder)
    assert "is a 'StableDiffusionXLPipeline': only a FluxPipeline" in refusal(lambda: get_spec("someone/style"))
    assert not [path for path in asked if path.endswith(".safetensors")]


def test_shards_that_are_missing_are_noticed(cached, tmp_path):
    folder = tmp_path / "sharded"
    shutil.copytree(NANO, folder)
    part = folder / "text_encoder_2"
    (part / "model.safetensors").rename(part / "model-00001-of-00002.safetensors")
    shards = {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}
    (part / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    assert not hub.is_whole(cached("someone/sharded", folder))
    assert hub.is_whole(cached("someone/whole", NANO))


def test_what_is_to_be_downloaded_is_known_without_asking_the_hub(cached, monkeypatch, tmp_path):
    monkeypatch.setattr(hub, "check_reachable", lambda: pytest.fail("the hub was asked"))
    cached("someone/style", NANO)
    cached("someone/half", NANO, without=[WEIGHTS])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own" / "model").mkdir(parents=True)
    names = ("nano", "someone/style", "own/model", "no name", "nowhere.safetensors")
    assert [name for name in names if needs_download(name)] == []
    for name in ("someone/half", "someone/other", "FLUX.1-dev", "black-forest-labs/FLUX.1-d"):
        assert needs_download(name)
