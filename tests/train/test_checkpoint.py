"""Checkpoints: whole or not at all."""

import pytest
import torch

from fluxlab.train import checkpoint
from fluxlab.train.checkpoint import Checkpoint, pack, unpack


@pytest.fixture
def stage(tmp_path):
    return Checkpoint(tmp_path / "work" / "nano", "base")


def test_what_is_saved_comes_back(stage):
    shared = torch.arange(6.0).reshape(2, 3)
    tensors = {"a": shared, "turned": shared.T, "same": shared, "half": torch.ones(2).half(), "scalar": torch.tensor(3)}
    stage.save(tensors, {"step": 7, "seconds": 1.5})
    back, progress = stage.load()
    assert progress == {"step": 7, "seconds": 1.5}
    assert set(back) == set(tensors)
    for name, value in tensors.items():
        assert back[name].dtype == value.dtype
        assert torch.equal(back[name], value)


def test_a_stage_that_has_not_begun_has_none(stage):
    assert stage.load() is None


def test_a_later_one_replaces_the_earlier(stage):
    stage.save({"a": torch.zeros(1)}, {"step": 1})
    stage.save({"b": torch.ones(1)}, {"step": 2})
    back, progress = stage.load()
    assert set(back) == {"b"}
    assert progress == {"step": 2}
    assert [path.name for path in stage.folder.iterdir()] == ["base.safetensors"]


def test_a_crash_leaves_the_earlier_one(stage, monkeypatch):
    stage.save({"a": torch.zeros(1)}, {"step": 1})

    def crash(tensors, path, metadata):
        path.write_bytes(b"half of a fi")
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "save_file", crash)
        with pytest.raises(OSError, match="no space"):
            stage.save({"a": torch.ones(1)}, {"step": 2})
    back, progress = stage.load()
    assert progress == {"step": 1}
    assert torch.equal(back["a"], torch.zeros(1))
    stage.save({"a": torch.ones(1)}, {"step": 2})
    assert stage.load()[1] == {"step": 2}


def test_saving_does_not_tie_the_file_to_the_tensors(stage):
    weights = torch.zeros(2, requires_grad=True)
    stage.save({"a": weights}, {})
    with torch.no_grad():
        weights.add_(1)
    assert torch.equal(stage.load()[0]["a"], torch.zeros(2))


def test_groups_of_tensors_are_packed_by_prefix():
    model, average = {"x": torch.zeros(1), "model.x": torch.ones(1)}, {"x": torch.full((1,), 2.0)}
    packed = {**pack("model", model), **pack("average", average)}
    assert unpack("model", packed) == model
    assert unpack("average", packed) == average
    assert unpack("mod", packed) == {}
